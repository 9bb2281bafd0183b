#include "media/recolour.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace parley::media {

namespace {

using Table = std::array<uint8_t, 256>;

/// value → (value - from) * scale + to
Table table(double from, double scale, double to) {
  Table t;
  for (size_t i = 0; i < t.size(); ++i) {
    const double value = (static_cast<double>(i) - from) * scale + to;
    t[i] = static_cast<uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
  }
  return t;
}

void map_plane(const frame::Plane& in, uint8_t* out, int out_stride, frame::Size size, const Table& t) {
  for (int y = 0; y < size.height; ++y) {
    const uint8_t* row = in.data + static_cast<ptrdiff_t>(y) * in.stride;
    std::transform(row, row + size.width, out + static_cast<ptrdiff_t>(y) * out_stride,
                   [&](uint8_t v) { return t[v]; });
  }
}

frame::Picture map(const frame::Picture& p, const Table& luma, const Table& chroma) {
  auto out = std::make_shared<frame::PictureBuffer>(p.size());
  const frame::Size half{(p.width() + 1) / 2, (p.height() + 1) / 2};
  map_plane(p.y(), out->y(), out->y_stride(), p.size(), luma);
  map_plane(p.u(), out->u(), out->uv_stride(), half, chroma);
  map_plane(p.v(), out->v(), out->uv_stride(), half, chroma);
  return frame::PictureBuffer::share(std::move(out));
}

}  // namespace

frame::Picture to_full_range(const frame::Picture& picture) {
  static const Table luma = table(16, 255.0 / 219, 0);
  static const Table chroma = table(128, 255.0 / 224, 128);
  return map(picture, luma, chroma);
}

frame::Picture to_limited_range(const frame::Picture& picture) {
  static const Table luma = table(0, 219.0 / 255, 16);
  static const Table chroma = table(128, 224.0 / 255, 128);
  return map(picture, luma, chroma);
}

}  // namespace parley::media
