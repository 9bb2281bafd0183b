#include "synthetic_media.hpp"

#include <algorithm>
#include <array>

namespace parley::sim {

namespace {

constexpr std::array<uint8_t, 4> kMagic{0xa5, 0x5a, 0xc3, 0x3c};
constexpr size_t kStampSize = kMagic.size() + 1 + 1 + 1 + 4 + 4 + 2 + 2;

void write_vp8(ByteWriter& w, const Stamp& stamp, const PayloadOptions& options) {
  const bool starts = stamp.index == 0;
  w.u8(static_cast<uint8_t>(0x80 | (starts ? 0x10 : 0)));  // X, S
  w.u8(0xe0);                                              // I, L, T
  w.u16(static_cast<uint16_t>(0x8000 | (options.picture_id & 0x7fff)));
  w.u8(options.tl0_picture_index);
  w.u8(static_cast<uint8_t>(stamp.temporal << 6 | (stamp.temporal > 0 ? 0x20 : 0)));
  if (!starts) return;
  w.u8(stamp.key ? 0x10 : 0x11);
  w.u16(0);
  if (!stamp.key) return;
  w.u24(0x9d012a);
  const auto width = static_cast<uint16_t>(320 << stamp.layer);
  const auto height = static_cast<uint16_t>(180 << stamp.layer);
  w.u8(static_cast<uint8_t>(width));
  w.u8(static_cast<uint8_t>(width >> 8));
  w.u8(static_cast<uint8_t>(height));
  w.u8(static_cast<uint8_t>(height >> 8));
}

// Not flexible, one spatial layer.
void write_vp9(ByteWriter& w, const Stamp& stamp, const PayloadOptions& options) {
  const bool starts = stamp.index == 0;
  const bool ends = stamp.index + 1 == stamp.count;
  const bool structure = stamp.key && starts;
  w.u8(static_cast<uint8_t>(0x80 | (stamp.key ? 0 : 0x40) | 0x20 | (starts ? 0x08 : 0) | (ends ? 0x04 : 0) |
                            (structure ? 0x02 : 0)));
  w.u16(static_cast<uint16_t>(0x8000 | (options.picture_id & 0x7fff)));
  w.u8(static_cast<uint8_t>(stamp.temporal << 5 | 0x10));  // U: no upper layer looks back past a lower one
  w.u8(options.tl0_picture_index);
  if (!structure) return;
  w.u8(0x10);  // one layer, with its size
  w.u16(1280);
  w.u16(720);
}

// An IDR or other slice in fragments (FU-A); a frame of one packet is a single NAL unit.
void write_h264(ByteWriter& w, const Stamp& stamp) {
  const uint8_t type = stamp.key ? 5 : 1;
  if (stamp.key && stamp.index == 0) {
    // STAP-A with a parameter set alone, so that the picture begins as browsers' pictures do.
    constexpr std::array<uint8_t, 4> kParameterSet{0x67, 0x42, 0xe0, 0x1f};
    w.u8(0x78);
    w.u16(kParameterSet.size());
    w.bytes(kParameterSet);
    w.u16(static_cast<uint16_t>(w.remaining() - 2));
    w.u8(0x60 | 6);  // the rest is one SEI, in which the stamp lies
    return;
  }
  const uint16_t first = stamp.key ? 1 : 0;
  if (stamp.count == first + 1) {
    w.u8(static_cast<uint8_t>(0x60 | type));
    w.u8(0x80);
    return;
  }
  const bool starts = stamp.index == first;
  const bool ends = stamp.index + 1 == stamp.count;
  w.u8(0x7c);
  w.u8(static_cast<uint8_t>((starts ? 0x80 : 0) | (ends ? 0x40 : 0) | type));
  if (starts) w.u8(0x80);
}

void write_av1(ByteWriter& w, const Stamp& stamp) {
  const bool starts = stamp.index == 0;
  const bool ends = stamp.index + 1 == stamp.count;
  const bool key_start = stamp.key && starts;
  w.u8(static_cast<uint8_t>((starts ? 0 : 0x80) | (ends ? 0 : 0x40) | (key_start ? 0x20 : 0x10) |
                            (key_start ? 0x08 : 0)));
  if (key_start) {
    w.u8(2);
    w.u16(0x0800);  // an OBU sequence header
  }
  if (starts) w.u8(0x30);  // an OBU frame
}

}  // namespace

std::vector<uint8_t> make_payload(const Stamp& stamp, const PayloadOptions& options) {
  std::vector<uint8_t> payload(std::max(options.size, kStampSize + 24));
  ByteWriter w(payload);
  switch (options.codec) {
    case rtp::Codec::Opus: break;
    case rtp::Codec::Vp8: write_vp8(w, stamp, options); break;
    case rtp::Codec::Vp9: write_vp9(w, stamp, options); break;
    case rtp::Codec::H264: write_h264(w, stamp); break;
    case rtp::Codec::Av1: write_av1(w, stamp); break;
  }
  w.bytes(kMagic);
  w.u8(stamp.source);
  w.u8(stamp.layer);
  w.u8(static_cast<uint8_t>((stamp.key ? 1 : 0) | stamp.temporal << 1));
  w.u32(stamp.frame);
  w.u32(stamp.depends);
  w.u16(stamp.index);
  w.u16(stamp.count);
  w.fill(static_cast<uint8_t>(stamp.frame | 1), w.remaining());
  return payload;
}

std::optional<Stamp> find_stamp(Bytes payload) {
  const auto found = std::search(payload.begin(), payload.end(), kMagic.begin(), kMagic.end());
  ByteReader r(payload.subspan(static_cast<size_t>(found - payload.begin())));
  r.skip(kMagic.size());
  Stamp stamp;
  stamp.source = r.u8();
  stamp.layer = r.u8();
  const uint8_t flags = r.u8();
  stamp.key = (flags & 1) != 0;
  stamp.temporal = flags >> 1;
  stamp.frame = r.u32();
  stamp.depends = r.u32();
  stamp.index = r.u16();
  stamp.count = r.u16();
  return r.ok() ? std::optional(stamp) : std::nullopt;
}

}  // namespace parley::sim
