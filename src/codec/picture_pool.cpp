#include "codec/picture_pool.hpp"

#include <cstring>

namespace parley::codec {
namespace {

void copy_plane(frame::Plane from, uint8_t* to, int to_stride, frame::Size size) {
  for (int row = 0; row < size.height; ++row) {
    std::memcpy(to + static_cast<ptrdiff_t>(row) * to_stride, from.data + static_cast<ptrdiff_t>(row) * from.stride,
                static_cast<size_t>(size.width));
  }
}

}  // namespace

std::shared_ptr<frame::PictureBuffer> PicturePool::take(frame::Size size) {
  return recycler_.take([&](const frame::PictureBuffer& buffer) { return buffer.size() == size; },
                        [&] { return std::make_unique<frame::PictureBuffer>(size); });
}

frame::Picture PicturePool::copy(frame::Size size, frame::Plane y, frame::Plane u, frame::Plane v) {
  auto buffer = take(size);
  const frame::Size chroma{(size.width + 1) / 2, (size.height + 1) / 2};
  copy_plane(y, buffer->y(), buffer->y_stride(), size);
  copy_plane(u, buffer->u(), buffer->uv_stride(), chroma);
  copy_plane(v, buffer->v(), buffer->uv_stride(), chroma);
  return frame::PictureBuffer::share(std::move(buffer));
}

}  // namespace parley::codec
