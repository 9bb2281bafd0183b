#include "frame/picture.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.hpp"

namespace parley::frame {
namespace {

constexpr int kAlignment = 64;

constexpr int aligned(int bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

void PictureBuffer::Free::operator()(uint8_t* p) const { std::free(p); }

PictureBuffer::PictureBuffer(Size size)
    : size_(size), y_stride_(aligned(size.width)), uv_stride_(aligned((size.width + 1) / 2)) {
  PARLEY_CHECK(size.width > 0 && size.height > 0);
  const size_t luma = static_cast<size_t>(y_stride_) * static_cast<size_t>(size.height);
  const size_t chroma = static_cast<size_t>(uv_stride_) * static_cast<size_t>((size.height + 1) / 2);
  memory_.reset(static_cast<uint8_t*>(std::aligned_alloc(kAlignment, luma + 2 * chroma)));
  if (!memory_) throw std::bad_alloc();
  planes_[0] = memory_.get();
  planes_[1] = planes_[0] + luma;
  planes_[2] = planes_[1] + chroma;
}

void PictureBuffer::fill(uint8_t y, uint8_t u, uint8_t v) {
  const size_t chroma = static_cast<size_t>(uv_stride_) * static_cast<size_t>((size_.height + 1) / 2);
  std::memset(planes_[0], y, static_cast<size_t>(y_stride_) * static_cast<size_t>(size_.height));
  std::memset(planes_[1], u, chroma);
  std::memset(planes_[2], v, chroma);
}

Picture PictureBuffer::share(std::shared_ptr<PictureBuffer> buffer, ColourSpace colour) {
  const Plane y{buffer->y(), buffer->y_stride()};
  const Plane u{buffer->u(), buffer->uv_stride()};
  const Plane v{buffer->v(), buffer->uv_stride()};
  const Size size = buffer->size();
  return Picture(size, y, u, v, std::move(buffer), colour);
}

}  // namespace parley::frame
