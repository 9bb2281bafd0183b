#include "media/canvas.hpp"

#include <libyuv.h>

#include <algorithm>

#include "base/check.hpp"
#include "media/recolour.hpp"

namespace parley::media {
namespace {

using frame::Picture;
using frame::Plane;
using frame::Rotation;
using frame::Size;

bool turned_sideways(Rotation r) { return r == Rotation::Quarter || r == Rotation::ThreeQuarters; }

Planes at(frame::PictureBuffer& to, const Rect& r) {
  PARLEY_CHECK(r.x >= 0 && r.y >= 0 && r.right() <= to.size().width && r.bottom() <= to.size().height);
  PARLEY_CHECK((r.x | r.y | r.width | r.height) % 2 == 0);
  const int chroma = r.y / 2 * to.uv_stride() + r.x / 2;
  return {to.y() + r.y * to.y_stride() + r.x, to.u() + chroma, to.v() + chroma, to.y_stride(), to.uv_stride()};
}

/// Planes for a picture of this (even) size in scratch memory.
Planes in_scratch(std::vector<uint8_t>& memory, Size size) {
  const int stride = (size.width + 63) / 64 * 64;
  const size_t luma = static_cast<size_t>(stride) * static_cast<size_t>(size.height);
  const size_t chroma = luma / 4;
  if (memory.size() < luma + 2 * chroma) memory.resize(luma + 2 * chroma);
  return {memory.data(), memory.data() + luma, memory.data() + luma + chroma, stride, stride / 2};
}

/// The middle of a picture that has the shape of `width` x `height`.
Rect middle(Size size, int64_t width, int64_t height) {
  int w = size.width;
  int h = size.height;
  if (w * height > h * width) {
    w = std::clamp(static_cast<int>(h * width / height) & ~1, 2, size.width);
  } else {
    h = std::clamp(static_cast<int>(w * height / width) & ~1, 2, size.height);
  }
  return {(size.width - w) / 2 & ~1, (size.height - h) / 2 & ~1, w, h};
}

/// Planes that are read, of the size `part`.
struct Pixels {
  Plane y, u, v;
  Size size;
};

void scale_once(const Pixels& from, const Planes& to, Size size) {
  libyuv::I420Scale(from.y.data, from.y.stride, from.u.data, from.u.stride, from.v.data, from.v.stride, from.size.width,
                    from.size.height, to.y, to.y_stride, to.u, to.uv_stride, to.v, to.uv_stride, size.width,
                    size.height, libyuv::kFilterBox);
}

Plane shifted(const Plane& plane, int x, int y) { return {plane.data + y * plane.stride + x, plane.stride}; }

/// Box filter down to less than half, then bilinear. libyuv has vector code for exactly one half and for less than one
/// half, but adds up boxes of other sizes pixel by pixel, which takes three times as long for the same picture.
void scale(const Picture& picture, const Rect& part, const Planes& to, Size size, Scratch& scratch) {
  Pixels from{shifted(picture.y(), part.x, part.y),
              shifted(picture.u(), part.x / 2, part.y / 2),
              shifted(picture.v(), part.x / 2, part.y / 2),
              {part.width, part.height}};
  for (int i = 0; from.size.width > 2 * size.width + 3 && from.size.height > 2 * size.height + 3; i ^= 1) {
    // Up to three columns and rows are left out, so that chroma is halved exactly too.
    from.size = {from.size.width & ~3, from.size.height & ~3};
    const Size half{from.size.width / 2, from.size.height / 2};
    const Planes t = in_scratch(scratch.halves[i], half);
    scale_once(from, t, half);
    from = {{t.y, t.y_stride}, {t.u, t.uv_stride}, {t.v, t.uv_stride}, half};
  }
  scale_once(from, to, size);
}

void darken(const Planes& t, Size size) {
  // Two fifths as bright and two thirds as colourful: text and the picture itself stand out of it.
  for (int row = 0; row < size.height; ++row) {
    for (int x = 0; x < size.width; ++x) {
      uint8_t& y = t.y[row * t.y_stride + x];
      y = static_cast<uint8_t>(16 + (std::max<int>(y, 16) - 16) * 2 / 5);
    }
  }
  for (int row = 0; row < size.height / 2; ++row) {
    for (int x = 0; x < size.width / 2; ++x) {
      for (uint8_t* plane : {t.u, t.v}) {
        uint8_t& c = plane[row * t.uv_stride + x];
        c = static_cast<uint8_t>(128 + (c - 128) * 2 / 3);
      }
    }
  }
}

Rect fitted(Size upright_size, const Rect& rect, Fit fit) {
  return fit == Fit::Crop ? rect : fit_whole(upright_size, rect);
}

}  // namespace

Size upright(Size size, Rotation rotation) { return turned_sideways(rotation) ? Size{size.height, size.width} : size; }

double kept_by_crop(Size size, const Rect& rect) {
  const double a = static_cast<double>(size.width) * rect.height;
  const double b = static_cast<double>(size.height) * rect.width;
  return std::min(a, b) / std::max(a, b);
}

void Canvas::fill(const Rect& rect, Yuv c) {
  const Planes t = at(to_, rect);
  libyuv::SetPlane(t.y, t.y_stride, rect.width, rect.height, c.y);
  libyuv::SetPlane(t.u, t.uv_stride, rect.width / 2, rect.height / 2, c.u);
  libyuv::SetPlane(t.v, t.uv_stride, rect.width / 2, rect.height / 2, c.v);
}

Rect Canvas::draw(const Picture& picture, Rotation rotation, const Rect& rect, Fit fit) {
  const Rect where = fitted(upright(picture.size(), rotation), rect, fit);
  const Planes target = at(to_, where);
  const Size size = upright({where.width, where.height}, rotation);  // before it is turned
  const Rect part = middle(picture.size(), size.width, size.height);
  if (rotation == Rotation::None) {
    scale(picture, part, target, size, scratch_);
    recolour(target, size, picture.colour(), frame::kBt709);
    return where;
  }
  // Scaled first: turning costs by the pixel, and the tile is nearly always smaller than what was sent.
  const Planes t = in_scratch(scratch_.turned, size);
  scale(picture, part, t, size, scratch_);
  recolour(t, size, picture.colour(), frame::kBt709);
  libyuv::I420Rotate(t.y, t.y_stride, t.u, t.uv_stride, t.v, t.uv_stride, target.y, target.y_stride, target.u,
                     target.uv_stride, target.v, target.uv_stride, size.width, size.height,
                     static_cast<libyuv::RotationMode>(rotation));
  return where;
}

void Canvas::draw_backdrop(const Picture& picture, Rotation rotation, const Rect& rect) {
  // A few pixels, stretched: bilinear filtering makes a blur of them.
  constexpr int kSide = 6;
  const Size size{kSide, kSide};
  const Size shape = upright({rect.width, rect.height}, rotation);
  const Planes t = in_scratch(scratch_.small, size);
  scale(picture, middle(picture.size(), shape.width, shape.height), t, size, scratch_);
  recolour(t, size, picture.colour(), frame::kBt709);
  darken(t, size);
  // Its sides are as unequal as those of the rectangle, so that it is stretched and not cropped a second time.
  const Planes target = at(to_, rect);
  const Planes turned = in_scratch(scratch_.turned, size);
  libyuv::I420Rotate(t.y, t.y_stride, t.u, t.uv_stride, t.v, t.uv_stride, turned.y, turned.y_stride, turned.u,
                     turned.uv_stride, turned.v, turned.uv_stride, kSide, kSide,
                     static_cast<libyuv::RotationMode>(rotation));
  const Picture blurred(size, {turned.y, turned.y_stride}, {turned.u, turned.uv_stride}, {turned.v, turned.uv_stride},
                        nullptr);
  scale(blurred, {0, 0, kSide, kSide}, target, {rect.width, rect.height}, scratch_);
}

void Canvas::blend(const Sprite& sprite, int x, int y, const Rect& clip) {
  const int left = std::max(x, clip.x), top = std::max(y, clip.y);
  const int right = std::min(x + sprite.width, clip.right()), bottom = std::min(y + sprite.height, clip.bottom());
  if (left >= right || top >= bottom) return;
  const Planes t = at(to_, {left, top, right - left, bottom - top});
  const auto blend_plane = [](const uint8_t* from, const uint8_t* alpha, int stride, uint8_t* to, int to_stride, int w,
                              int h) {
    libyuv::BlendPlane(from, stride, to, to_stride, alpha, stride, to, to_stride, w, h);
  };
  const int w = right - left, h = bottom - top;
  const int luma = (top - y) * sprite.width + left - x;
  const int chroma = (top - y) / 2 * (sprite.width / 2) + (left - x) / 2;
  blend_plane(&sprite.y[luma], &sprite.alpha[luma], sprite.width, t.y, t.y_stride, w, h);
  const uint8_t* alpha = &sprite.chroma_alpha[chroma];
  blend_plane(&sprite.u[chroma], alpha, sprite.width / 2, t.u, t.uv_stride, w / 2, h / 2);
  blend_plane(&sprite.v[chroma], alpha, sprite.width / 2, t.v, t.uv_stride, w / 2, h / 2);
}

void Canvas::fade(const Rect& rect, Yuv c, int opacity) {
  const Planes t = at(to_, rect);
  scratch_.row.resize(static_cast<size_t>(rect.width));
  const auto fade_plane = [&](uint8_t* plane, int stride, int w, int h, uint8_t value) {
    std::fill_n(scratch_.row.begin(), w, value);
    // A stride of 0 makes each row of the second picture the same one.
    libyuv::InterpolatePlane(plane, stride, scratch_.row.data(), 0, plane, stride, w, h, 255 - opacity);
  };
  fade_plane(t.y, t.y_stride, rect.width, rect.height, c.y);
  fade_plane(t.u, t.uv_stride, rect.width / 2, rect.height / 2, c.u);
  fade_plane(t.v, t.uv_stride, rect.width / 2, rect.height / 2, c.v);
}

void Canvas::copy(const Picture& from, const Rect& rect) {
  PARLEY_CHECK(from.size() == to_.size());
  const Planes t = at(to_, rect);
  const auto copy_plane = [](const Plane& plane, uint8_t* to, int to_stride, int width, int height) {
    libyuv::CopyPlane(plane.data, plane.stride, to, to_stride, width, height);
  };
  copy_plane(shifted(from.y(), rect.x, rect.y), t.y, t.y_stride, rect.width, rect.height);
  copy_plane(shifted(from.u(), rect.x / 2, rect.y / 2), t.u, t.uv_stride, rect.width / 2, rect.height / 2);
  copy_plane(shifted(from.v(), rect.x / 2, rect.y / 2), t.v, t.uv_stride, rect.width / 2, rect.height / 2);
}

}  // namespace parley::media
