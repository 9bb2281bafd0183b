#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.hpp"
#include "base/rng.hpp"
#include "rtp/codec.hpp"
#include "rtp/packet.hpp"
#include "rtp/payload/annex_b.hpp"
#include "rtp/payload/leb128.hpp"
#include "rtp/payload/packetizer.hpp"
#include "rtp/test_bytes.hpp"

/// For tests only: a sender whose frames look like the codec's to whoever does not decode them.
namespace parley::playout {

using rtp::ByteVector;

inline constexpr Timestamp at(int64_t ms) { return Timestamp::from_us(1'000'000'000) + TimeDelta::millis(ms); }

/// A packet as it came off the wire.
struct TestPacket {
  rtp::Codec codec = rtp::Codec::Vp8;
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  bool marker = false;
  ByteVector payload;
  ByteVector descriptor;   ///< dependency descriptor extension
  ByteVector orientation;  ///< video orientation extension
  ByteVector color_space;  ///< colour space extension

  /// Gives `use` the parsed packet.
  template <typename Use>
  void with(Use use) const {
    rtp::ExtensionMap map;
    map.set(rtp::Extension::DependencyDescriptor, 1);
    map.set(rtp::Extension::VideoOrientation, 2);
    map.set(rtp::Extension::ColorSpace, 3);
    rtp::HeaderWriter writer({marker, PayloadType(96), sequence_number, timestamp, Ssrc(1)});
    writer.add(1, Bytes(descriptor));
    writer.add(2, Bytes(orientation));
    writer.add(3, Bytes(color_space));
    ByteVector bytes(rtp::HeaderWriter::kMaxSize);
    bytes.resize(writer.finish(bytes));
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    const auto view = rtp::PacketView::parse(bytes, map);
    PARLEY_CHECK(view.has_value());
    use(*view);
  }
};

/// One frame as it was encoded, and as it was sent.
struct TestFrame {
  bool key = false;
  uint32_t timestamp = 0;
  int number = 0;  ///< counts frames
  ByteVector data;
  std::vector<TestPacket> packets;
};

inline const ByteVector kTestSps = rtp::hex("67 42c01e d9014141f9");
inline const ByteVector kTestPps = rtp::hex("68 ce3880");
inline const ByteVector kTestSequenceHeader = rtp::hex("0a 09 000000 24cf7f0d bf00");

inline ByteVector test_frame_data(rtp::Codec codec, bool key, size_t size, Rng& rng) {
  ByteVector body(std::max<size_t>(size, 16));
  rng.fill(body);
  for (uint8_t& byte : body) byte = static_cast<uint8_t>(byte | 1);  // no start codes
  const auto head = [&body](const ByteVector& bytes) { std::copy(bytes.begin(), bytes.end(), body.begin()); };
  switch (codec) {
    case rtp::Codec::Vp8: head(key ? rtp::hex("10 0200 9d012a 8002 6801") : rtp::hex("11 0200")); return body;
    case rtp::Codec::H264: {
      head(key ? rtp::hex("65 88") : rtp::hex("41 9a"));
      ByteVector stream;
      if (key) rtp::append_annex_b(kTestSps, stream);
      if (key) rtp::append_annex_b(kTestPps, stream);
      rtp::append_annex_b(body, stream);
      return stream;
    }
    case rtp::Codec::Av1: {
      ByteVector unit = key ? kTestSequenceHeader : ByteVector();
      unit.push_back(0x32);
      rtp::write_leb128(body.size(), [&](uint8_t byte) { unit.push_back(byte); });
      return rtp::concat({unit, body});
    }
    default: return body;
  }
}

class TestSender {
 public:
  TestSender(rtp::Codec codec, uint64_t seed, uint16_t first_sequence = 1000, uint32_t first_timestamp = 90'000)
      : rng_(seed), codec_(codec), sequence_(first_sequence), timestamp_(first_timestamp) {}

  struct Wanted {
    bool key = false;
    size_t size = 2500;
    std::optional<rtp::TemporalLayer> layer = {};  ///< VP8 and VP9
    uint32_t step = 3000;                          ///< ticks after the frame before
  };
  TestFrame send(const Wanted& wanted) {
    timestamp_ += wanted.step;
    TestFrame frame{.key = wanted.key, .timestamp = timestamp_, .number = number_++};
    frame.data = test_frame_data(codec_, wanted.key, wanted.size, rng_);
    packetize(frame, wanted);
    for (size_t i = 0; i < payloads_.size(); ++i) {
      frame.packets.push_back({.codec = codec_,
                               .sequence_number = sequence_++,
                               .timestamp = timestamp_,
                               .marker = i + 1 == payloads_.size(),
                               .payload = {payloads_[i].begin(), payloads_[i].end()}});
    }
    return frame;
  }
  TestFrame key() { return send({.key = true, .size = 9000}); }
  TestFrame delta() { return send({}); }
  /// Takes a number and holds nothing, as SFUs send them and browsers probe.
  TestPacket padding() { return {.codec = codec_, .sequence_number = sequence_++, .timestamp = timestamp_}; }
  void change_codec(rtp::Codec codec) { codec_ = codec; }
  void jump(uint16_t sequence) { sequence_ = sequence; }

 private:
  void packetize(const TestFrame& frame, const Wanted& wanted) {
    constexpr size_t kLimit = 1100;
    switch (codec_) {
      case rtp::Codec::Vp8:
        rtp::packetize_vp8(frame.data, {.picture_id = picture_id_++, .layer = wanted.layer}, kLimit, payloads_);
        return;
      case rtp::Codec::Vp9: {
        rtp::Vp9Descriptor descriptor{.picture_id = picture_id_++, .inter_picture = !frame.key, .layer = wanted.layer};
        if (frame.key) descriptor.size = rtp::PictureSize{640, 360};
        rtp::packetize_vp9(frame.data, descriptor, kLimit, payloads_);
        return;
      }
      case rtp::Codec::H264: rtp::packetize_h264(frame.data, kLimit, payloads_); return;
      case rtp::Codec::Av1: rtp::packetize_av1(frame.data, kLimit, payloads_); return;
      case rtp::Codec::Opus: break;
    }
    PARLEY_CHECK(false);
  }

  Rng rng_;
  rtp::Codec codec_;
  uint16_t sequence_;
  uint32_t timestamp_;
  uint16_t picture_id_ = 100;
  int number_ = 0;
  rtp::Payloads payloads_;
};

}  // namespace parley::playout
