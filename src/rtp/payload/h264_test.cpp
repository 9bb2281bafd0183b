#include <gtest/gtest.h>

#include "rtp/payload/video_facts.hpp"
#include "rtp/test_bytes.hpp"

namespace parley::rtp {
namespace {

VideoFacts read(const ByteVector& payload, bool marker = false) {
  return read_video_facts(Codec::H264, payload, marker);
}

const ByteVector kSps = hex("67 7a001f bcd94050 05ba1000 000300c0 00002ae0 f1831960");  // 1280x720
const ByteVector kPps = hex("68 ebe3cb 22c0");
const ByteVector kIdr = hex("65 88 84 aa bb");
const ByteVector kSlice = hex("41 9a 24 aa bb");       // first_mb_in_slice 0
const ByteVector kLaterSlice = hex("41 5a 24 aa bb");  // first_mb_in_slice 1
const ByteVector kDelimiter = hex("09 f0");
const ByteVector kSei = hex("06 05 01 00 80");

ByteVector stap(std::initializer_list<ByteVector> nals) {
  ByteVector packet = {0x78};
  for (const ByteVector& nal : nals) packet = concat({packet, {0, static_cast<uint8_t>(nal.size())}, nal});
  return packet;
}

// `head`: S 0x80, E 0x40.
ByteVector fragment(uint8_t head, const ByteVector& nal) {
  return concat({{0x7c, static_cast<uint8_t>(head | (nal[0] & 0x1f))}, ByteVector(nal.begin() + 1, nal.end())});
}

struct Expected {
  bool starts_frame;
  bool keyframe;
};

TEST(H264, PacketKinds) {
  const struct {
    const char* what;
    ByteVector payload;
    Expected expected;
  } cases[] = {
      {"SPS", kSps, {true, true}},
      {"PPS", kPps, {false, false}},
      {"IDR slice without parameter sets", kIdr, {false, true}},
      {"slice", kSlice, {true, false}},
      {"later slice of a picture", kLaterSlice, {false, false}},
      {"delimiter", kDelimiter, {true, false}},
      {"SEI", kSei, {false, false}},
      {"SPS, PPS", stap({kSps, kPps}), {true, true}},
      {"SPS, PPS, IDR", stap({kSps, kPps, kIdr}), {true, true}},
      {"delimiter, SPS, PPS, IDR", stap({kDelimiter, kSps, kPps, kIdr}), {true, true}},
      {"SPS in front of another picture", stap({kSps, kPps, kSlice}), {true, false}},
      {"SEI, slice", stap({kSei, kSlice}), {true, false}},
      {"two later slices", stap({kLaterSlice, kLaterSlice}), {false, false}},
      {"first fragment of an IDR slice", fragment(0x80, kIdr), {false, true}},
      {"middle fragment of an IDR slice", fragment(0, kIdr), {false, true}},
      {"last fragment of an IDR slice", fragment(0x40, kIdr), {false, true}},
      {"first fragment of a slice", fragment(0x80, kSlice), {true, false}},
      {"first fragment of a later slice", fragment(0x80, kLaterSlice), {false, false}},
      {"middle fragment of a slice", fragment(0, kSlice), {false, false}},
      {"first fragment of an SPS", fragment(0x80, kSps), {true, true}},
      {"middle fragment of an SPS", fragment(0, kSps), {false, false}},
  };
  for (const auto& c : cases) {
    const VideoFacts facts = read(c.payload);
    EXPECT_EQ(facts.starts_frame, c.expected.starts_frame) << c.what;
    EXPECT_EQ(facts.keyframe, c.expected.keyframe) << c.what;
    EXPECT_FALSE(facts.ends_frame) << c.what;
    EXPECT_TRUE(read(c.payload, true).ends_frame) << c.what;
  }
}

TEST(H264, SizeComesWithTheParameterSet) {
  for (const ByteVector& payload : {kSps, stap({kSps, kPps}), stap({kSei, kSps, kPps, kIdr})}) {
    EXPECT_EQ(read(payload).width, 1280);
    EXPECT_EQ(read(payload).height, 720);
  }
  EXPECT_EQ(read(kIdr).width, 0);
  EXPECT_EQ(read(hex("67 42")).width, 0) << "a set that cannot be read still announces a key frame";
  EXPECT_TRUE(read(hex("67 42")).keyframe);
}

TEST(H264, MalformedPacketsAreNoPlaceToSwitch) {
  const ByteVector whole = stap({kSps, kIdr});
  ByteVector overrun = whole;
  overrun[2] = 0xff;
  for (const ByteVector& payload :
       {ByteVector(), hex("00"), hex("67"), hex("65"), hex("78"), hex("78 0000"), hex("78 00"), overrun, hex("7c"),
        hex("7c 87"), hex("7c 85"), hex("7c c7 42c01f"), hex("79 0001 0002 67"), hex("7a 0001 0002 67"),
        hex("7d 87 42c01f"), hex("7f 67 42c01f"), hex("60 67 42c01f")}) {
    EXPECT_FALSE(read(payload).starts_frame);
    EXPECT_FALSE(read(payload).keyframe);
  }
}

TEST(H264, EveryCutOfAnAggregateInsideAUnitIsMalformed) {
  const ByteVector whole = stap({kSps, kPps, kIdr});
  const size_t ends[] = {3 + kSps.size(), 5 + kSps.size() + kPps.size()};
  for (size_t size = 0; size < whole.size(); ++size) {
    const bool between_units = std::count(std::begin(ends), std::end(ends), size) > 0;
    EXPECT_EQ(read(prefix(whole, size)).keyframe, between_units) << size;
  }
}

}  // namespace
}  // namespace parley::rtp
