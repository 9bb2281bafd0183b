#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>

#include "frame/picture.hpp"

/// For the tests of this module: a picture that moves, and how far one picture is from another.
namespace parley::codec {

/// Slanted stripes that drift, with a square of another colour that crosses them: number `n` of the sequence.
inline frame::Picture test_picture(frame::Size size, int n) {
  auto buffer = std::make_shared<frame::PictureBuffer>(size);
  const int side = size.height / 3;
  const int left = (n * 4) % size.width;
  const int top = size.height / 3;
  const auto inside = [&](int x, int y) { return x >= left && x < left + side && y >= top && y < top + side; };
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const double stripe = std::sin((x + y / 2 + n * 2) * 0.12);
      buffer->y()[y * buffer->y_stride() + x] =
          inside(x, y) ? uint8_t{190} : static_cast<uint8_t>(std::lround(110 + 60 * stripe));
    }
  }
  for (int y = 0; y < (size.height + 1) / 2; ++y) {
    for (int x = 0; x < (size.width + 1) / 2; ++x) {
      const bool square = inside(x * 2, y * 2);
      buffer->u()[y * buffer->uv_stride() + x] = square ? 70 : static_cast<uint8_t>(100 + x * 50 / size.width);
      buffer->v()[y * buffer->uv_stride() + x] = square ? 200 : static_cast<uint8_t>(120 + y * 50 / size.height);
    }
  }
  return frame::PictureBuffer::share(std::move(buffer));
}

inline double squared_error(frame::Plane a, frame::Plane b, int width, int height) {
  double sum = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double difference = a.data[y * a.stride + x] - b.data[y * b.stride + x];
      sum += difference * difference;
    }
  }
  return sum;
}

/// Peak signal to noise ratio over all three planes, in decibels; minus infinity for pictures of different sizes.
inline double psnr(const frame::Picture& a, const frame::Picture& b) {
  if (a.size() != b.size() || a.empty()) return -std::numeric_limits<double>::infinity();
  const int chroma_width = (a.width() + 1) / 2, chroma_height = (a.height() + 1) / 2;
  const double error = squared_error(a.y(), b.y(), a.width(), a.height()) +
                       squared_error(a.u(), b.u(), chroma_width, chroma_height) +
                       squared_error(a.v(), b.v(), chroma_width, chroma_height);
  const double samples = a.width() * a.height() + 2.0 * chroma_width * chroma_height;
  return error == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(255.0 * 255.0 * samples / error);
}

}  // namespace parley::codec
