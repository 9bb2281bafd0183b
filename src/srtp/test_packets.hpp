#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.hpp"
#include "srtp/profile.hpp"

/// For the tests of this module.
namespace parley::srtp {

using Packet = std::vector<uint8_t>;

inline constexpr Profile kProfiles[] = {Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1_80};

inline MasterKey random_key(Profile profile, Rng& rng) {
  MasterKey key{.profile = profile};
  for (size_t i = 0; i < key_size(profile); ++i) key.key.push_back(static_cast<uint8_t>(rng.u32()));
  for (size_t i = 0; i < salt_size(profile); ++i) key.salt.push_back(static_cast<uint8_t>(rng.u32()));
  return key;
}

struct RtpPacket {
  Packet header;
  Packet payload;
  Packet whole() const {
    Packet out = header;
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
  }
};

struct RtpShape {
  uint32_t ssrc = 0x11223344;
  uint16_t sequence_number = 0;
  size_t payload = 100;
  size_t csrcs = 0;
  size_t extension_words = 0;
  bool extension = false;
};

inline RtpPacket make_rtp(const RtpShape& shape, Rng& rng) {
  RtpPacket packet;
  packet.header.resize(12 + shape.csrcs * 4 + (shape.extension ? 4 + shape.extension_words * 4 : 0));
  rng.fill(packet.header);
  packet.header[0] = static_cast<uint8_t>(0x80 | (shape.extension ? 0x10 : 0) | shape.csrcs);
  store_be16(&packet.header[2], shape.sequence_number);
  store_be32(&packet.header[8], shape.ssrc);
  if (shape.extension) {
    store_be16(&packet.header[12 + shape.csrcs * 4], 0xbede);
    store_be16(&packet.header[14 + shape.csrcs * 4], static_cast<uint16_t>(shape.extension_words));
  }
  packet.payload.resize(shape.payload);
  rng.fill(packet.payload);
  return packet;
}

inline Packet make_rtcp(uint32_t ssrc, size_t words, Rng& rng) {
  Packet packet(8 + words * 4);
  rng.fill(packet);
  packet[0] = 0x80;
  packet[1] = 200;
  store_be16(&packet[2], static_cast<uint16_t>(packet.size() / 4 - 1));
  store_be32(&packet[4], ssrc);
  return packet;
}

}  // namespace parley::srtp
