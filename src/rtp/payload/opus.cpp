#include "rtp/payload/opus.hpp"

#include <array>

namespace parley::rtp {
namespace {

// RFC 6716 section 3.1, table 2: by configuration number, in samples at 48 kHz.
constexpr uint32_t frame_samples(uint8_t configuration) {
  constexpr std::array<uint32_t, 4> kSilk = {480, 960, 1920, 2880};
  constexpr std::array<uint32_t, 4> kCelt = {120, 240, 480, 960};
  if (configuration < 12) return kSilk[configuration % 4];
  if (configuration < 16) return kSilk[configuration % 2];  // hybrid: 10 and 20 ms
  return kCelt[configuration % 4];
}

}  // namespace

std::optional<uint32_t> opus_samples(Bytes packet) {
  if (packet.empty()) return std::nullopt;
  const uint8_t code = packet[0] & 3;
  uint32_t frames = code == 0 ? 1 : 2;
  if (code == 3) {
    if (packet.size() < 2) return std::nullopt;
    frames = packet[1] & 0x3f;
  }
  const uint32_t samples = frames * frame_samples(packet[0] >> 3);
  if (samples == 0 || samples > kMaxOpusSamples) return std::nullopt;
  return samples;
}

}  // namespace parley::rtp
