// links: codec
#include <algorithm>
#include <cstdint>

#include "base/check.hpp"
#include "codec/limits.hpp"
#include "codec/opus_decoder.hpp"
#include "codec/video_decoder.hpp"

using namespace parley;

namespace {

uint32_t sum_of(frame::Plane plane, int width, int height) {
  uint32_t sum = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) sum += plane.data[y * plane.stride + x];
  }
  return sum;
}

// Every pixel can be read, after the decoder is gone too.
void check(const frame::Picture& picture) {
  PARLEY_CHECK(codec::within_limits(picture.size()));
  const int width = (picture.width() + 1) / 2, height = (picture.height() + 1) / 2;
  volatile uint32_t sink = sum_of(picture.y(), picture.width(), picture.height());
  sink = sum_of(picture.u(), width, height) + sum_of(picture.v(), width, height);
  (void)sink;
}

// Pieces behind two bytes of size each; the top bit of the size says whether the piece calls itself a key picture.
template <class Each>
void for_each_piece(ByteReader& input, Each each) {
  while (input.remaining() > 2) {
    const uint16_t head = input.u16();
    const Bytes piece = input.take(std::min<size_t>(head & 0x7fff, input.remaining()));
    each(frame::Payload({piece.begin(), piece.end()}), (head & 0x8000) != 0);
  }
}

void decode_pictures(rtp::Codec codec, ByteReader& input) {
  frame::Picture last;
  {
    const auto decoder = codec::make_video_decoder(codec);
    for_each_piece(input, [&](frame::Payload data, bool key) {
      const auto picture = decoder->decode({.codec = codec, .key = key, .data = std::move(data)});
      if (picture && *picture) last = **picture;
    });
  }
  if (!last.empty()) check(last);
}

void decode_sound(ByteReader& input) {
  codec::OpusDecoder decoder(2);
  for_each_piece(input, [&](frame::Payload data, bool lost) {
    const frame::EncodedSound packet{.data = std::move(data)};
    if (lost) PARLEY_CHECK(decoder.lost(TimeDelta::millis(20), &packet).frames() == 960);
    const auto sound = decoder.decode(packet);
    PARLEY_CHECK(!sound || (sound->frames() > 0 && sound->duration() <= TimeDelta::millis(120)));
  });
}

}  // namespace

// The first byte chooses the codec.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader input(Bytes(data, size));
  switch (input.u8() % 5) {
    case 0: decode_pictures(rtp::Codec::Vp8, input); break;
    case 1: decode_pictures(rtp::Codec::Vp9, input); break;
    case 2: decode_pictures(rtp::Codec::H264, input); break;
    case 3: decode_pictures(rtp::Codec::Av1, input); break;
    default: decode_sound(input); break;
  }
  return 0;
}
