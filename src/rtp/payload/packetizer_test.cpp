#include "rtp/payload/packetizer.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "base/rng.hpp"
#include "rtp/payload/annex_b.hpp"
#include "rtp/payload/depacketizer.hpp"
#include "rtp/payload/leb128.hpp"
#include "rtp/payload/video_facts.hpp"
#include "rtp/test_bytes.hpp"

namespace parley::rtp {
namespace {

ByteVector bytes_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

std::vector<Bytes> views(const Payloads& payloads) {
  std::vector<Bytes> all;
  for (size_t i = 0; i < payloads.size(); ++i) all.push_back(payloads[i]);
  return all;
}

CodedPicture put_together(Codec codec, const Payloads& payloads) {
  auto picture = depacketize(codec, views(payloads));
  EXPECT_TRUE(picture.has_value());
  return picture.value_or(CodedPicture{});
}

ByteVector random_bytes(Rng& rng, size_t size) {
  ByteVector bytes(size);
  rng.fill(bytes);
  return bytes;
}

// What GSO wants: all of one size, save a shorter last one.
void expect_run(const Payloads& payloads, size_t from = 0) {
  for (size_t i = from; i + 1 < payloads.size(); ++i) EXPECT_EQ(payloads[i].size(), payloads[from].size()) << i;
  if (payloads.size() > from) {
    EXPECT_LE(payloads[payloads.size() - 1].size(), payloads[from].size());
  }
}

TEST(Packetizer, EqualPieces) {
  EXPECT_EQ(equal_piece(0, 100), 0u);
  EXPECT_EQ(equal_piece(100, 100), 100u);
  EXPECT_EQ(equal_piece(101, 100), 51u);
  EXPECT_EQ(equal_piece(1000, 300), 250u);
  EXPECT_EQ(equal_piece(1001, 300), 251u);
}

// --- VP8 -------------------------------------------------------------------------------------------------------------

ByteVector vp8_frame(Rng& rng, size_t size, bool key) {
  ByteVector frame = random_bytes(rng, std::max<size_t>(size, 10));
  const ByteVector head = key ? hex("10 0200 9d012a 8002 6801") : hex("11 0200");
  std::copy(head.begin(), head.end(), frame.begin());
  return frame;
}

TEST(Vp8Packetizer, DescriptorAsInTheRfc) {
  Payloads out;
  packetize_vp8(hex("11 0200 aa"), {.picture_id = 0x1234, .layer = TemporalLayer{2, true, 0x56}}, 1200, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(bytes_of(out[0]), hex("90 e0 9234 56 a0 11 0200 aa"));
  packetize_vp8(hex("11 0200 aa"), {}, 1200, out);
  EXPECT_EQ(bytes_of(out[0]), hex("10 11 0200 aa"));
  packetize_vp8(hex("11 0200 aa"), {.picture_id = 1, .non_reference = true}, 1200, out);
  EXPECT_EQ(bytes_of(out[0]), hex("b0 80 8001 11 0200 aa"));
}

TEST(Vp8Packetizer, FragmentsAreEqualAndJoinAgain) {
  Rng rng(1);
  Payloads out;
  for (const size_t size : {10, 100, 1189, 1194, 1195, 2400, 50'000}) {
    for (const bool key : {true, false}) {
      const ByteVector frame = vp8_frame(rng, size, key);
      packetize_vp8(frame, {.picture_id = 7, .layer = TemporalLayer{1, false, 9}}, 1200, out);
      EXPECT_EQ(out.size(), (frame.size() + 1193) / 1194);
      expect_run(out);
      for (const Bytes payload : views(out)) EXPECT_LE(payload.size(), 1200u);
      const CodedPicture picture = put_together(Codec::Vp8, out);
      EXPECT_EQ(picture.data, frame);
      EXPECT_EQ(picture.key, key);
      EXPECT_EQ(picture.size.value_or(PictureSize{}), key ? PictureSize(640, 360) : PictureSize());
      const VideoFacts facts = read_video_facts(Codec::Vp8, out[0], false);
      EXPECT_TRUE(facts.starts_frame);
      EXPECT_EQ(facts.picture_id, 7);
      EXPECT_EQ(facts.tl0_picture_index, 9);
      EXPECT_EQ(facts.temporal_id, 1);
    }
  }
}

TEST(Vp8Depacketizer, RefusesPartsOfFrames) {
  Rng rng(2);
  Payloads out;
  packetize_vp8(vp8_frame(rng, 5000, true), {.picture_id = 7}, 1200, out);
  std::vector<Bytes> all = views(out);
  EXPECT_EQ(depacketize(Codec::Vp8, std::span(all).subspan(1)).error(), PayloadError::Incomplete);
  const std::vector<Bytes> twice = {all[0], all[1], all[0]};
  EXPECT_EQ(depacketize(Codec::Vp8, twice).error(), PayloadError::Incomplete);
  EXPECT_EQ(depacketize(Codec::Vp8, {}).error(), PayloadError::Incomplete);
  const ByteVector cut = hex("90 80");
  EXPECT_EQ(depacketize(Codec::Vp8, std::vector<Bytes>{cut}).error(), PayloadError::Malformed);
}

// --- VP9 -------------------------------------------------------------------------------------------------------------

TEST(Vp9Packetizer, DescriptorAsInTheRfc) {
  Payloads out;
  packetize_vp9(hex("82 aa"), {.picture_id = 0x123, .inter_picture = false, .size = PictureSize{320, 180}}, 1200, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(bytes_of(out[0]), hex("8e 8123 10 0140 00b4 82 aa"));
  packetize_vp9(hex("86 bb"),
                {.picture_id = 0x124, .layer = TemporalLayer{1, true, 5}, .spatial_id = 2, .inter_layer = true}, 1200,
                out);
  EXPECT_EQ(bytes_of(out[0]), hex("ec 8124 35 05 86 bb"));
}

TEST(Vp9Packetizer, FragmentsJoinAgain) {
  Rng rng(3);
  Payloads out;
  for (const size_t size : {1, 1190, 1191, 3000, 40'000}) {
    for (const bool key : {true, false}) {
      const ByteVector frame = random_bytes(rng, size);
      Vp9Descriptor descriptor{.picture_id = 9, .inter_picture = !key};
      if (key) descriptor.size = PictureSize{1280, 720};
      packetize_vp9(frame, descriptor, 1200, out);
      for (const Bytes payload : views(out)) EXPECT_LE(payload.size(), 1200u);
      expect_run(out, key ? 1 : 0);
      const CodedPicture picture = put_together(Codec::Vp9, out);
      EXPECT_EQ(picture.data, frame);
      EXPECT_EQ(picture.key, key);
      EXPECT_EQ(picture.size.value_or(PictureSize{}), key ? PictureSize(1280, 720) : PictureSize());
    }
  }
}

TEST(Vp9Depacketizer, SpatialLayersMakeASuperframe) {
  Rng rng(4);
  const ByteVector layers[] = {random_bytes(rng, 100), random_bytes(rng, 1300), random_bytes(rng, 70'000)};
  std::vector<Payloads> packets(3);
  std::vector<Bytes> all;
  for (uint8_t i = 0; i < 3; ++i) {
    packetize_vp9(
        layers[i],
        {.picture_id = 9, .inter_picture = false, .layer = TemporalLayer{}, .spatial_id = i, .inter_layer = i > 0},
        1200, packets[i]);
    for (const Bytes payload : views(packets[i])) all.push_back(payload);
  }
  const auto picture = depacketize(Codec::Vp9, all);
  ASSERT_TRUE(picture);
  EXPECT_TRUE(picture->key);
  // VP9 specification Annex B: the marker with the sizes' width (3 bytes) and the count, and little-endian sizes.
  const ByteVector index = hex("d2 640000 140500 701101 d2");
  EXPECT_EQ(picture->data, concat({layers[0], layers[1], layers[2], index}));

  all.erase(all.begin() + 1);
  EXPECT_EQ(depacketize(Codec::Vp9, all).error(), PayloadError::Incomplete) << "layer 1 without its start";
}

TEST(Vp9Depacketizer, SizeFromTheFrameWhereTheDescriptorHasNone) {
  // frame_marker 2, profile 0, key frame, shown; sync code; colour space 2, range 0; 640 x 360.
  const ByteVector key = hex("82 498342 40 27f0 1670 0000");
  Payloads out;
  packetize_vp9(key, {.inter_picture = false}, 1200, out);
  EXPECT_EQ(put_together(Codec::Vp9, out).size, (PictureSize{640, 360}));
}

// --- H.264 -----------------------------------------------------------------------------------------------------------

// A baseline SPS of 320 x 240 (as in h264_sps_test), a PPS, and slices of a given size without start codes inside.
const ByteVector kSps = hex("67 42c01e d9014141f9");
const ByteVector kPps = hex("68 ce3880");

ByteVector slice(Rng& rng, uint8_t header, size_t size) {
  ByteVector nal = random_bytes(rng, size);
  for (uint8_t& byte : nal) byte = static_cast<uint8_t>(byte | 1);
  nal[0] = header;
  if (size > 1) nal[1] |= 0x80;  // first macroblock 0
  return nal;
}

ByteVector annex_b(std::initializer_list<ByteVector> nals) {
  ByteVector stream;
  for (const ByteVector& nal : nals) append_annex_b(nal, stream);
  return stream;
}

TEST(H264Packetizer, SmallUnitsGoTogetherLargeOnesInFragments) {
  Rng rng(5);
  const ByteVector idr = slice(rng, 0x65, 3000);
  const ByteVector frame = annex_b({kSps, kPps, idr});
  Payloads out;
  packetize_h264(frame, 1200, out);
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(bytes_of(out[0]), concat({hex("78"), hex("0009"), kSps, hex("0004"), kPps})) << "STAP-A";
  EXPECT_EQ(bytes_of(out[1].first(3)), (ByteVector{0x7c, 0x85, idr[1]})) << "FU-A, start";
  EXPECT_EQ(bytes_of(out[2].first(2)), hex("7c 05"));
  EXPECT_EQ(bytes_of(out[3].first(2)), hex("7c 45")) << "end";
  expect_run(out, 1);
  const CodedPicture picture = put_together(Codec::H264, out);
  EXPECT_EQ(picture.data, frame);
  EXPECT_TRUE(picture.key);
  EXPECT_TRUE(picture.size.has_value());
  EXPECT_TRUE(read_video_facts(Codec::H264, out[0], false).keyframe);
}

TEST(H264Packetizer, OneSmallUnitGoesAlone) {
  Payloads out;
  packetize_h264(annex_b({hex("09 10"), hex("41 9a 22"), hex("0c ff ff 80")}), 1200, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(bytes_of(out[0]), hex("41 9a 22")) << "delimiter and filler are left out";
  packetize_h264({}, 1200, out);
  EXPECT_TRUE(out.empty());
}

TEST(H264Packetizer, AnyUnitsJoinAgain) {
  Rng rng(6);
  Payloads out;
  for (int round = 0; round < 300; ++round) {
    ByteVector frame;
    const size_t count = 1 + rng.below(12);
    for (size_t i = 0; i < count; ++i) {
      append_annex_b(slice(rng, 0x41, rng.chance(0.5) ? 2 + rng.below(60) : 2 + rng.below(5000)), frame);
    }
    const size_t limit = 64 + rng.below(1400);
    packetize_h264(frame, limit, out);
    for (const Bytes payload : views(out)) ASSERT_LE(payload.size(), limit);
    const CodedPicture picture = put_together(Codec::H264, out);
    ASSERT_EQ(picture.data, frame);
    EXPECT_FALSE(picture.key);
  }
}

TEST(H264Depacketizer, ParameterSetsAloneShowNothing) {
  const auto picture = depacketize(Codec::H264, std::vector<Bytes>{kSps, kPps});
  ASSERT_TRUE(picture);
  EXPECT_FALSE(picture->decodes);
  EXPECT_FALSE(picture->key);
}

TEST(H264Depacketizer, BrokenFragmentsAndWhatIsNotNegotiated) {
  const ByteVector start = hex("7c 85 aa"), middle = hex("7c 05 bb"), end = hex("7c 45 cc"), single = hex("41 9a");
  const auto result = [](std::vector<Bytes> payloads) { return depacketize(Codec::H264, payloads); };
  EXPECT_EQ(result({start, middle, end})->data, hex("00000001 65 aa bb cc"));
  EXPECT_EQ(result({start, end})->data, hex("00000001 65 aa cc"));
  EXPECT_EQ(result({middle, end}).error(), PayloadError::Incomplete);
  EXPECT_EQ(result({start, middle}).error(), PayloadError::Incomplete);
  EXPECT_EQ(result({start, start, end}).error(), PayloadError::Incomplete);
  EXPECT_EQ(result({start, single}).error(), PayloadError::Incomplete);
  const ByteVector other = hex("7c 41 cc"), both = hex("7c c5 aa"), cut = hex("7c 85"), nested = hex("7c 9c aa");
  EXPECT_EQ(result({start, other}).error(), PayloadError::Malformed) << "of another type";
  EXPECT_EQ(result({both}).error(), PayloadError::Malformed);
  EXPECT_EQ(result({cut}).error(), PayloadError::Malformed);
  EXPECT_EQ(result({nested}).error(), PayloadError::Malformed);
  const ByteVector stap_b = hex("79 0001 0002 4100"), fu_b = hex("7d 85 0001 aa");
  EXPECT_EQ(result({stap_b}).error(), PayloadError::Unsupported);
  EXPECT_EQ(result({fu_b}).error(), PayloadError::Unsupported);
  const ByteVector overrun = hex("78 0003 4100"), empty_unit = hex("78 0000"), forbidden = hex("e5 00");
  EXPECT_EQ(result({overrun}).error(), PayloadError::Malformed);
  EXPECT_EQ(result({empty_unit}).error(), PayloadError::Malformed);
  EXPECT_EQ(result({forbidden}).error(), PayloadError::Malformed);
}

// --- AV1 -------------------------------------------------------------------------------------------------------------

ByteVector obu(uint8_t header, const ByteVector& payload) {
  ByteVector out = {static_cast<uint8_t>(header | 0x02)};
  write_leb128(payload.size(), [&](uint8_t byte) { out.push_back(byte); });
  return concat({out, payload});
}
const ByteVector kDelimiter = hex("12 00");
const ByteVector kSequenceHeader = obu(0x08, hex("000000 24cf7f0d bf"));

TEST(Av1Packetizer, ElementsTravelWithoutSizeFieldAndDelimiter) {
  Payloads out;
  packetize_av1(concat({kDelimiter, kSequenceHeader, obu(0x30, hex("aabb"))}), 1200, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(bytes_of(out[0]), hex("08 09 08 000000 24cf7f0d bf 03 30 aabb"));
  const CodedPicture picture = put_together(Codec::Av1, out);
  EXPECT_TRUE(picture.key);
  EXPECT_EQ(picture.data, concat({kSequenceHeader, obu(0x30, hex("aabb"))}));
}

TEST(Av1Packetizer, AnyTemporalUnitJoinsAgain) {
  Rng rng(7);
  Payloads out;
  for (int round = 0; round < 500; ++round) {
    const bool key = rng.chance(0.3);
    ByteVector unit = key ? kSequenceHeader : ByteVector();
    const size_t count = 1 + rng.below(6);
    for (size_t i = 0; i < count; ++i) {
      const size_t size = rng.chance(0.5) ? rng.below(130) : rng.below(9000);
      ByteVector body = random_bytes(rng, size);
      unit = concat({unit, obu(0x30, body)});
    }
    const size_t limit = 64 + rng.below(1400);
    packetize_av1(concat({kDelimiter, unit}), limit, out);
    for (const Bytes payload : views(out)) ASSERT_LE(payload.size(), limit);
    const CodedPicture picture = put_together(Codec::Av1, out);
    ASSERT_EQ(picture.data, unit);
    EXPECT_EQ(picture.key, key);
  }
}

TEST(Av1Packetizer, FragmentsOfOneFrameAreEqual) {
  Payloads out;
  packetize_av1(obu(0x30, ByteVector(10'000, 0xab)), 1200, out);
  EXPECT_EQ(out.size(), 9u);
  expect_run(out);
}

TEST(Av1Packetizer, WhatIsNoTemporalUnitGivesNothing) {
  Payloads out;
  packetize_av1(hex("32 05 aa"), 1200, out);
  EXPECT_TRUE(out.empty());
  packetize_av1(kDelimiter, 1200, out);
  EXPECT_TRUE(out.empty());
}

TEST(Av1Depacketizer, CountedElementsAsBrowsersSendThem) {
  // W = 2: the second element goes to the end, and on in the next packet.
  const ByteVector first = hex("68 0a 08000000 24cf7f0d bf00 30 aabb"), second = hex("90 ccdd");
  const auto picture = depacketize(Codec::Av1, std::vector<Bytes>{first, second});
  ASSERT_TRUE(picture);
  EXPECT_TRUE(picture->key);
  EXPECT_EQ(picture->data, hex("0a 09 000000 24cf7f0d bf00 32 04 aabbccdd"));
  EXPECT_EQ(depacketize(Codec::Av1, std::vector<Bytes>{first}).error(), PayloadError::Incomplete);
  EXPECT_EQ(depacketize(Codec::Av1, std::vector<Bytes>{second}).error(), PayloadError::Incomplete);
  const ByteVector not_continued = hex("10 30aa");
  EXPECT_EQ(depacketize(Codec::Av1, std::vector<Bytes>{first, not_continued}).error(), PayloadError::Incomplete);
}

TEST(Av1Depacketizer, MalformedOnes) {
  for (const ByteVector& payload : {hex("00"), hex("00 05 30"), hex("10 b0"), hex("10 34"), hex("10 10")}) {
    EXPECT_FALSE(depacketize(Codec::Av1, std::vector<Bytes>{payload})) << testing::PrintToString(payload);
  }
}

TEST(Depacketizer, SoundIsNoPicture) {
  const ByteVector payload = hex("78");
  EXPECT_EQ(depacketize(Codec::Opus, std::vector<Bytes>{payload}).error(), PayloadError::Unsupported);
}

}  // namespace
}  // namespace parley::rtp
