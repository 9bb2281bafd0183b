#include "media/recolour.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace parley::media {
namespace {

using frame::ColourSpace;
using frame::Matrix;
using frame::Range;
using frame::Size;

/// The share of red and blue in luma: BT.601-7 section 2.5.1, BT.709-6 item 3.2, BT.2020-2 table 4.
struct Shares {
  double red, blue;
  double green() const { return 1 - red - blue; }
};
Shares shares_of(Matrix matrix) {
  switch (matrix) {
    case Matrix::Bt601: break;
    case Matrix::Bt709: return {0.2126, 0.0722};
    case Matrix::Bt2020: return {0.2627, 0.0593};
  }
  return {0.299, 0.114};
}

struct Levels {
  double black, luma, chroma;
};
Levels levels_of(Range range) { return range == Range::Full ? Levels{0, 255, 255} : Levels{16, 219, 224}; }

/// y' = yy·y + yu·u + yv·v + offset, u' = uu·u + uv·v and v' alike, with u and v around 128: grey stays grey, so that
/// luma does not matter to chroma. In 1/2^kBits, which leaves 32 bits room for 255 and all sums.
constexpr int kBits = 14;
struct Conversion {
  int32_t yy, yu, yv, offset, uu, uv, vu, vv;
};

int32_t fixed(double value) { return static_cast<int32_t>(std::lround(value * (1 << kBits))); }

Conversion conversion(const ColourSpace& from, const ColourSpace& to) {
  const Shares a = shares_of(from.matrix), b = shares_of(to.matrix);
  const Levels in = levels_of(from.range), out = levels_of(to.range);
  // With luma Y and chroma P in [-0.5, 0.5]: R = Y + 2(1 - red)·Pr, B = Y + 2(1 - blue)·Pb, G from the shares of luma.
  const double red = 2 * (1 - a.red), blue = 2 * (1 - a.blue);
  const double green_u = -blue * a.blue / a.green(), green_v = -red * a.red / a.green();
  // The luma that chroma alone brings in the other matrix, and from it the other chroma.
  const double luma_u = b.green() * green_u + b.blue * blue, luma_v = b.red * red + b.green() * green_v;
  const double luma = out.luma / in.luma, chroma = out.chroma / in.chroma, both = out.luma / in.chroma;
  const double to_u = chroma / (2 * (1 - b.blue)), to_v = chroma / (2 * (1 - b.red));
  return {.yy = fixed(luma),
          .yu = fixed(both * luma_u),
          .yv = fixed(both * luma_v),
          .offset = fixed(out.black - in.black * luma + 0.5),
          .uu = fixed(to_u * (blue - luma_u)),
          .uv = fixed(to_u * -luma_v),
          .vu = fixed(to_v * -luma_u),
          .vv = fixed(to_v * (red - luma_v))};
}

uint8_t clamped(int32_t value) { return static_cast<uint8_t>(std::clamp(value >> kBits, 0, 255)); }

/// One row of chroma; leaves for each of its pixels what it adds to luma. Plain loops without branches: compilers make
/// vector code of them.
void convert_chroma(uint8_t* u, uint8_t* v, int32_t* added, int width, const Conversion& c) {
  constexpr int32_t kMiddle = (128 << kBits) + (1 << (kBits - 1));
  for (int x = 0; x < width; ++x) {
    const int32_t pu = u[x] - 128, pv = v[x] - 128;
    added[x] = c.yu * pu + c.yv * pv + c.offset;
    u[x] = clamped(c.uu * pu + c.uv * pv + kMiddle);
    v[x] = clamped(c.vu * pu + c.vv * pv + kMiddle);
  }
}

void convert_luma(uint8_t* y, const int32_t* added, int width, const Conversion& c) {
  for (int x = 0; x < width / 2; ++x) {
    y[2 * x] = clamped(c.yy * y[2 * x] + added[x]);
    y[2 * x + 1] = clamped(c.yy * y[2 * x + 1] + added[x]);
  }
  if (width % 2 != 0) y[width - 1] = clamped(c.yy * y[width - 1] + added[width / 2]);
}

// Between matrices of one range luma only moves by what chroma says, and 16 bits hold everything: that is what nearly
// all cameras need, for each of their pixels, and costs a third of the above.

struct Moves {
  int16_t yu, yv, uu, uv, vu, vv;  ///< in 1/2^14, all below 2
};
Moves moves_of(const Conversion& c) {
  const auto narrow = [](int32_t value) { return static_cast<int16_t>(value); };
  return {narrow(c.yu), narrow(c.yv), narrow(c.uu), narrow(c.uv), narrow(c.vu), narrow(c.vv)};
}

/// `chroma`, around 0 and in 1/2^7, times a factor in 1/2^14: in 1/2^5. SSE2 and NEON have it as one instruction.
int16_t product(int16_t chroma, int16_t factor) { return static_cast<int16_t>(int32_t{chroma} * factor >> 16); }
/// From 1/2^5, rounded.
int16_t whole(int value) { return static_cast<int16_t>((value + 16) >> 5); }
uint8_t clamped(int16_t value) { return static_cast<uint8_t>(std::clamp<int16_t>(value, 0, 255)); }

void move_chroma(uint8_t* u, uint8_t* v, int16_t* moves, int width, const Moves& m) {
  for (int x = 0; x < width; ++x) {
    const auto pu = static_cast<int16_t>((u[x] - 128) * 128), pv = static_cast<int16_t>((v[x] - 128) * 128);
    moves[x] = whole(product(pu, m.yu) + product(pv, m.yv));
    u[x] = clamped(static_cast<int16_t>(whole(product(pu, m.uu) + product(pv, m.uv)) + 128));
    v[x] = clamped(static_cast<int16_t>(whole(product(pu, m.vu) + product(pv, m.vv)) + 128));
  }
}

void spread(const int16_t* moves, int16_t* twice, int width) {
  for (int x = 0; x < width; ++x) twice[2 * x] = twice[2 * x + 1] = moves[x];
}

void move_luma(uint8_t* y, const int16_t* moves, int width) {
  for (int x = 0; x < width; ++x) y[x] = clamped(static_cast<int16_t>(y[x] + moves[x]));
}

void move(const Planes& pixels, Size size, const Moves& m) {
  const int width = (size.width + 1) / 2, height = (size.height + 1) / 2;
  std::vector<int16_t> moves(static_cast<size_t>(width) * 3);
  int16_t* twice = moves.data() + width;
  for (int row = 0; row < height; ++row) {
    const ptrdiff_t chroma = static_cast<ptrdiff_t>(row) * pixels.uv_stride;
    move_chroma(pixels.u + chroma, pixels.v + chroma, moves.data(), width, m);
    spread(moves.data(), twice, width);
    for (int line = 2 * row; line < std::min(2 * row + 2, size.height); ++line) {
      move_luma(pixels.y + static_cast<ptrdiff_t>(line) * pixels.y_stride, twice, size.width);
    }
  }
}

void copy_plane(const frame::Plane& from, uint8_t* to, int stride, int width, int height) {
  for (int row = 0; row < height; ++row) {
    std::memcpy(to + static_cast<ptrdiff_t>(row) * stride, from.data + static_cast<ptrdiff_t>(row) * from.stride,
                static_cast<size_t>(width));
  }
}

}  // namespace

void recolour(const Planes& pixels, Size size, const ColourSpace& from, const ColourSpace& to) {
  if (from == to) return;
  const Conversion c = conversion(from, to);
  const int width = (size.width + 1) / 2, height = (size.height + 1) / 2;
  if (from.range == to.range) return move(pixels, size, moves_of(c));
  std::vector<int32_t> added(static_cast<size_t>(width));
  for (int row = 0; row < height; ++row) {
    const ptrdiff_t chroma = static_cast<ptrdiff_t>(row) * pixels.uv_stride;
    convert_chroma(pixels.u + chroma, pixels.v + chroma, added.data(), width, c);
    for (int line = 2 * row; line < std::min(2 * row + 2, size.height); ++line) {
      convert_luma(pixels.y + static_cast<ptrdiff_t>(line) * pixels.y_stride, added.data(), size.width, c);
    }
  }
}

frame::Picture recoloured(const frame::Picture& picture, const ColourSpace& to) {
  if (picture.colour() == to) return picture;
  const auto buffer = std::make_shared<frame::PictureBuffer>(picture.size());
  const int width = (picture.width() + 1) / 2, height = (picture.height() + 1) / 2;
  copy_plane(picture.y(), buffer->y(), buffer->y_stride(), picture.width(), picture.height());
  copy_plane(picture.u(), buffer->u(), buffer->uv_stride(), width, height);
  copy_plane(picture.v(), buffer->v(), buffer->uv_stride(), width, height);
  recolour({buffer->y(), buffer->u(), buffer->v(), buffer->y_stride(), buffer->uv_stride()}, picture.size(),
           picture.colour(), to);
  return frame::PictureBuffer::share(buffer, to);
}

}  // namespace parley::media
