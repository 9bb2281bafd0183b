#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "frame/colour.hpp"

namespace parley::frame {

struct Size {
  int width = 0;
  int height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

struct Plane {
  const uint8_t* data = nullptr;
  int stride = 0;  ///< bytes from row to row, at least the plane's width
};

/// Clockwise, as the video orientation extension tells it (3GPP TS 26.114 section 7.4.5): how far the picture has to be
/// turned to stand upright.
enum class Rotation : uint16_t { None = 0, Quarter = 90, Half = 180, ThreeQuarters = 270 };

/// One picture: I420, 8 bits, in the colour space it tells. Copies share the pixels, which are immutable; whoever made
/// them says by `owner` how long they live, so that a decoder's own buffers need no copy. Chroma planes are
/// (width + 1) / 2 by (height + 1) / 2.
class Picture {
 public:
  Picture() = default;
  Picture(Size size, Plane y, Plane u, Plane v, std::shared_ptr<const void> owner, ColourSpace colour = {})
      : size_(size), colour_(colour), y_(y), u_(u), v_(v), owner_(std::move(owner)) {}

  bool empty() const { return size_.width == 0 || size_.height == 0; }
  Size size() const { return size_; }
  int width() const { return size_.width; }
  int height() const { return size_.height; }
  const ColourSpace& colour() const { return colour_; }
  /// The same pixels, understood otherwise.
  Picture meaning(const ColourSpace& colour) const& { return Picture(size_, y_, u_, v_, owner_, colour); }
  const Plane& y() const { return y_; }
  const Plane& u() const { return u_; }
  const Plane& v() const { return v_; }

 private:
  Size size_;
  ColourSpace colour_;
  Plane y_, u_, v_;
  std::shared_ptr<const void> owner_;
};

/// Pixels being written; `share()` makes a Picture of them. Rows are 64-byte aligned, which SIMD code likes.
class PictureBuffer {
 public:
  explicit PictureBuffer(Size size);

  Size size() const { return size_; }
  uint8_t* y() { return planes_[0]; }
  uint8_t* u() { return planes_[1]; }
  uint8_t* v() { return planes_[2]; }
  int y_stride() const { return y_stride_; }
  int uv_stride() const { return uv_stride_; }
  /// Fills the whole picture with one colour.
  void fill(uint8_t y, uint8_t u, uint8_t v);

  /// The buffer lives on inside the picture; writing to it afterwards is the caller's own risk.
  static Picture share(std::shared_ptr<PictureBuffer> buffer, ColourSpace colour = {});

 private:
  struct Free {
    void operator()(uint8_t* p) const;
  };
  Size size_;
  int y_stride_;
  int uv_stride_;
  std::unique_ptr<uint8_t, Free> memory_;
  uint8_t* planes_[3];
};

}  // namespace parley::frame
