#include "playout/parameter_sets.hpp"

#include <gtest/gtest.h>

#include "playout/test_media.hpp"

namespace parley::playout {
namespace {

ByteVector stream(std::initializer_list<ByteVector> nals) {
  ByteVector bytes;
  for (const ByteVector& nal : nals) rtp::append_annex_b(nal, bytes);
  return bytes;
}

const ByteVector kIdr = rtp::hex("65 88 84");
const ByteVector kOtherPps = rtp::hex("68 4e3880");    // id 1
const ByteVector kChangedPps = rtp::hex("68 ce3c80");  // id 0 again

TEST(ParameterSets, AKeyFrameThatHasThemStaysAsItIs) {
  ParameterSets sets;
  const ByteVector whole = stream({kTestSps, kTestPps, kIdr});
  sets.learn(whole);
  EXPECT_EQ(sets.complete(whole), whole);
  EXPECT_TRUE(sets.size().has_value());
}

TEST(ParameterSets, WhatIsMissingIsPutInFront) {
  ParameterSets sets;
  EXPECT_FALSE(sets.complete(stream({kIdr})));
  sets.learn(stream({kTestSps}));
  EXPECT_FALSE(sets.complete(stream({kIdr}))) << "both kinds are needed";
  sets.learn(stream({kTestPps, kOtherPps}));
  EXPECT_EQ(sets.complete(stream({kIdr})), stream({kTestSps, kTestPps, kOtherPps, kIdr}));
  EXPECT_EQ(sets.complete(stream({kTestSps, kIdr})), stream({kTestPps, kOtherPps, kTestSps, kIdr}));
}

TEST(ParameterSets, ASetReplacesThatOfItsId) {
  ParameterSets sets;
  sets.learn(stream({kTestSps, kTestPps, kOtherPps}));
  sets.learn(stream({kChangedPps}));
  EXPECT_EQ(sets.complete(stream({kIdr})), stream({kTestSps, kOtherPps, kChangedPps, kIdr}));
}

TEST(ParameterSets, AreBounded) {
  ParameterSets sets;
  sets.learn(stream({kTestSps}));
  ByteVector expected = stream({kTestSps});
  // Ids 1 to 30 as exp-Golomb codes of five to nine bits, the first of which have to go.
  for (uint32_t id = 1; id <= 30; ++id) {
    rtp::ByteVector pps = {0x68, 0, 0};
    const uint32_t code = id + 1;
    const auto width = static_cast<unsigned>(std::bit_width(code));
    const uint32_t bits = code << (16 - (2 * width - 1));
    pps[1] = static_cast<uint8_t>(bits >> 8);
    pps[2] = static_cast<uint8_t>(bits | 1);
    sets.learn(stream({pps}));
    if (id > 30 - ParameterSets::kMaxSets) rtp::append_annex_b(pps, expected);
  }
  ByteVector huge(ParameterSets::kMaxSetSize + 1, 0xff);
  huge[0] = 0x68;
  sets.learn(stream({huge}));
  rtp::append_annex_b(kIdr, expected);
  EXPECT_EQ(sets.complete(stream({kIdr})), expected);
}

}  // namespace
}  // namespace parley::playout
