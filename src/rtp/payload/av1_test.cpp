#include <gtest/gtest.h>

#include "rtp/payload/video_facts.hpp"
#include "rtp/test_bytes.hpp"

namespace parley::rtp {
namespace {

VideoFacts read(const ByteVector& payload, bool marker = false) {
  return read_video_facts(Codec::Av1, payload, marker);
}

// OBUs without their size field, as they travel.
const ByteVector kSequenceHeader = hex("08 000000 24");
const ByteVector kDelimiter = hex("10");
const ByteVector kFrame = hex("30 aabbcc");
const ByteVector kLayerFrame = hex("34 48 aabbcc");  // temporal id 2, spatial id 1
const ByteVector kFrameHeader = hex("18 aa");
const ByteVector kTileGroup = hex("20 aabb");
const ByteVector kMetadata = hex("28 04");

// Each element with its size in front: W = 0.
ByteVector sized(uint8_t aggregation, std::initializer_list<ByteVector> obus) {
  ByteVector packet = {aggregation};
  for (const ByteVector& obu : obus) packet = concat({packet, {static_cast<uint8_t>(obu.size())}, obu});
  return packet;
}

// W elements, the last one without size.
ByteVector counted(uint8_t aggregation, std::initializer_list<ByteVector> obus) {
  ByteVector packet = {static_cast<uint8_t>(aggregation | obus.size() << 4)};
  size_t i = 0;
  for (const ByteVector& obu : obus) {
    if (++i < obus.size()) packet.push_back(static_cast<uint8_t>(obu.size()));
    packet = concat({packet, obu});
  }
  return packet;
}

TEST(Av1, PacketKinds) {
  constexpr uint8_t kZ = 0x80, kY = 0x40, kN = 0x08;
  const struct {
    const char* what;
    ByteVector payload;
    bool starts_frame;
    bool keyframe;
  } cases[] = {
      {"new sequence, counted", counted(kN, {kSequenceHeader, kFrame}), true, true},
      {"new sequence, sized", sized(kN, {kSequenceHeader, kFrame}), true, true},
      {"new sequence whose frame goes on", counted(kN | kY, {kSequenceHeader, kFrame}), true, true},
      {"new sequence behind a delimiter", sized(kN, {kDelimiter, kSequenceHeader, kFrame}), true, true},
      {"new sequence without its header", counted(kN, {kFrame}), true, false},
      {"sequence header repeated", counted(0, {kSequenceHeader, kFrame}), true, false},
      {"frame", counted(0, {kFrame}), true, false},
      {"frame header and tiles", counted(0, {kFrameHeader, kTileGroup}), true, false},
      {"metadata, then a frame", counted(0, {kMetadata, kFrame}), true, false},
      {"tiles", counted(0, {kTileGroup}), false, false},
      {"fragment that goes on", counted(kZ, {kFrame}), false, false},
      {"end of a fragment, then tiles", counted(kZ, {hex("3030"), kTileGroup}), false, false},
      {"three counted", counted(kN, {kSequenceHeader, kMetadata, kFrame}), true, true},
      {"empty element", sized(0, {{}, kFrame}), true, false},
  };
  for (const auto& c : cases) {
    const VideoFacts facts = read(c.payload);
    EXPECT_EQ(facts.starts_frame, c.starts_frame) << c.what;
    EXPECT_EQ(facts.keyframe, c.keyframe) << c.what;
    EXPECT_FALSE(facts.ends_frame) << c.what;
    EXPECT_TRUE(read(c.payload, true).ends_frame) << c.what;
  }
}

TEST(Av1, LayersComeFromTheObuExtension) {
  const VideoFacts facts = read(counted(0, {kDelimiter, kLayerFrame}));
  EXPECT_EQ(facts.temporal_id, 2);
  EXPECT_EQ(facts.spatial_id, 1);
  const VideoFacts continued = read(counted(0x80, {kLayerFrame}));
  EXPECT_EQ(continued.temporal_id, 0) << "a continuation has no OBU header";
  EXPECT_EQ(continued.spatial_id, 0);
}

TEST(Av1, LongElementSizes) {
  ByteVector obu(300, 0xaa);
  obu[0] = 0x30;
  EXPECT_TRUE(read(concat({hex("00 ac02"), obu})).starts_frame);
  EXPECT_TRUE(read(concat({hex("00 ac8200"), obu})).starts_frame) << "leb128 may have leading zeros";
  EXPECT_FALSE(read(concat({hex("00 ad02"), obu})).starts_frame) << "one byte too long";
}

TEST(Av1, MalformedPacketsAreNoPlaceToSwitch) {
  for (const ByteVector& payload : {
           ByteVector(), hex("08"),                        // nothing behind the aggregation header
           counted(0x88, {kSequenceHeader, kFrame}),       // N and Z exclude each other
           hex("28 ff08"),                                 // element overruns
           hex("08 80808080 80808080 80 08"),              // endless size
           hex("08 ffffffff ffffffff ff"),                 // size beyond any
           hex("38 01 08"),                                // fewer elements than counted
           concat({hex("08 01 88"), sized(0, {kFrame})}),  // forbidden bit
           hex("18 0c"),                                   // extension bit without extension
       }) {
    EXPECT_FALSE(read(payload).starts_frame);
    EXPECT_FALSE(read(payload).keyframe);
  }
}

TEST(Av1, EveryCutIsMalformedOrEndsBetweenElements) {
  const ByteVector whole = sized(0x08, {kSequenceHeader, kFrame});
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(read(prefix(whole, size)).keyframe, size == 2 + kSequenceHeader.size()) << size;
  }
}

}  // namespace
}  // namespace parley::rtp
