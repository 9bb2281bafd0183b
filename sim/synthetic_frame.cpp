#include "synthetic_frame.hpp"

#include <algorithm>
#include <array>

#include "rtp/payload/annex_b.hpp"
#include "rtp/payload/leb128.hpp"

namespace parley::sim {

namespace {

using Frame = std::vector<uint8_t>;

constexpr std::array<uint8_t, 4> kMagic{0xa5, 0x5a, 0xc3, 0x3c};
constexpr size_t kStampSize = 1 + 1 + 1 + 4 + 4 + 8;

void append(Frame& frame, std::initializer_list<uint8_t> bytes) { frame.insert(frame.end(), bytes); }

// Half a byte in each, none of them small: no start code and nothing else that means something to a parser.
void append_stamp(Frame& frame, const FrameStamp& stamp) {
  std::array<uint8_t, kStampSize> bytes;
  ByteWriter w(bytes);
  w.u8(stamp.source);
  w.u8(stamp.layer);
  w.u8(static_cast<uint8_t>((stamp.key ? 1 : 0) | stamp.temporal << 1));
  w.u32(stamp.frame);
  w.u32(stamp.depends);
  w.u64(static_cast<uint64_t>(stamp.captured_at.us()));
  frame.insert(frame.end(), kMagic.begin(), kMagic.end());
  for (const uint8_t byte : bytes) {
    append(frame, {static_cast<uint8_t>(0x80 | byte >> 4), static_cast<uint8_t>(0x80 | (byte & 15))});
  }
}

uint8_t filling(const FrameStamp& stamp) { return static_cast<uint8_t>(0x80 | (stamp.frame & 0x7f)); }

Frame body(std::initializer_list<uint8_t> head, const FrameStamp& stamp, size_t size) {
  Frame bytes(head);
  append_stamp(bytes, stamp);
  bytes.resize(std::max(size, bytes.size()), filling(stamp));
  return bytes;
}

Frame make_h264(const FrameStamp& stamp, size_t size) {
  constexpr std::array<uint8_t, 10> kSps{0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x01, 0x41, 0x41, 0xf9, 0x80};
  constexpr std::array<uint8_t, 4> kPps{0x68, 0xce, 0x38, 0x80};
  Frame frame;
  if (stamp.key) rtp::append_annex_b(kSps, frame);
  if (stamp.key) rtp::append_annex_b(kPps, frame);
  rtp::append_annex_b(body({static_cast<uint8_t>(stamp.key ? 0x65 : 0x41), 0x88}, stamp, size), frame);
  return frame;
}

Frame make_av1(const FrameStamp& stamp, size_t size) {
  Frame frame;
  if (stamp.key) append(frame, {0x0a, 3, 0x18, 0x26, 0xff});  // a reduced sequence header, cut where the size stands
  const Frame obu = body({}, stamp, size);
  append(frame, {0x32});
  rtp::write_leb128(obu.size(), [&](uint8_t byte) { frame.push_back(byte); });
  frame.insert(frame.end(), obu.begin(), obu.end());
  return frame;
}

}  // namespace

std::vector<uint8_t> make_frame(rtp::Codec codec, const FrameStamp& stamp, size_t size) {
  switch (codec) {
    case rtp::Codec::Opus: return body({0xf8}, stamp, size);  // one CELT frame of 20 ms
    case rtp::Codec::Vp8:
      if (!stamp.key) return body({0x11, 2, 0}, stamp, size);
      return body({0x10, 2, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, static_cast<uint8_t>(180 + stamp.layer), 0}, stamp, size);
    case rtp::Codec::Vp9: return body({static_cast<uint8_t>(stamp.key ? 0x82 : 0x86)}, stamp, size);
    case rtp::Codec::H264: return make_h264(stamp, size);
    case rtp::Codec::Av1: return make_av1(stamp, size);
  }
  return {};
}

std::optional<FrameStamp> read_frame(Bytes frame) {
  const auto found = std::search(frame.begin(), frame.end(), kMagic.begin(), kMagic.end());
  Bytes rest(found, frame.end());
  if (rest.size() < kMagic.size() + 2 * kStampSize) return std::nullopt;
  rest = rest.subspan(kMagic.size());
  std::array<uint8_t, kStampSize> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>((rest[2 * i] & 15) << 4 | (rest[2 * i + 1] & 15));
  }
  ByteReader r(bytes);
  FrameStamp stamp{.source = r.u8(), .layer = r.u8()};
  const uint8_t flags = r.u8();
  stamp.key = (flags & 1) != 0;
  stamp.temporal = flags >> 1;
  stamp.frame = r.u32();
  stamp.depends = r.u32();
  stamp.captured_at = Timestamp::from_us(static_cast<int64_t>(r.u64()));
  rest = rest.subspan(2 * kStampSize);
  const bool whole = std::ranges::all_of(rest, [&](uint8_t byte) { return byte == filling(stamp); });
  return whole ? std::optional(stamp) : std::nullopt;
}

}  // namespace parley::sim
