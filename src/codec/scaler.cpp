#include "codec/scaler.hpp"

#include <libyuv/scale.h>

#include "base/check.hpp"

namespace parley::codec {

frame::Picture Scaler::scale(const frame::Picture& picture, frame::Size size) {
  PARLEY_CHECK(!picture.empty() && size.width > 0 && size.height > 0);
  if (picture.size() == size) return picture;
  auto scaled = pool_.take(size);
  PARLEY_CHECK(libyuv::I420Scale(picture.y().data, picture.y().stride, picture.u().data, picture.u().stride,
                                 picture.v().data, picture.v().stride, picture.width(), picture.height(), scaled->y(),
                                 scaled->y_stride(), scaled->u(), scaled->uv_stride(), scaled->v(), scaled->uv_stride(),
                                 size.width, size.height, libyuv::kFilterBox) == 0);
  return frame::PictureBuffer::share(std::move(scaled), picture.colour());
}

}  // namespace parley::codec
