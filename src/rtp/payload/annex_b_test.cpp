#include "rtp/payload/annex_b.hpp"

#include <gmock/gmock.h>

#include "rtp/test_bytes.hpp"

namespace parley::rtp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<ByteVector> units(const ByteVector& stream) {
  std::vector<ByteVector> found;
  AnnexBReader reader(stream);
  while (const auto nal = reader.next()) found.emplace_back(nal->begin(), nal->end());
  return found;
}

TEST(AnnexB, StartCodesOfBothLengths) {
  EXPECT_THAT(units(hex("00000001 67aa 000001 68bb 00000001 65cc")),
              ElementsAre(hex("67aa"), hex("68bb"), hex("65cc")));
}

TEST(AnnexB, LeadingAndTrailingZerosBelongToNoUnit) {
  EXPECT_THAT(units(hex("0000 00000001 67aa 0000 000001 68bb 000000")), ElementsAre(hex("67aa"), hex("68bb")));
}

TEST(AnnexB, ZerosInsideAUnitStay) {
  EXPECT_THAT(units(hex("000001 65 0000 03 01 00 02 0000 03")), ElementsAre(hex("65 0000 03 01 00 02 0000 03")));
}

TEST(AnnexB, NothingToFind) {
  EXPECT_THAT(units({}), IsEmpty());
  EXPECT_THAT(units(hex("67aabb")), IsEmpty()) << "without a start code";
  EXPECT_THAT(units(hex("000001")), IsEmpty());
  EXPECT_THAT(units(hex("000001 00 000001")), IsEmpty()) << "an empty unit is none";
  EXPECT_THAT(units(hex("0000")), IsEmpty());
}

TEST(AnnexB, WhatIsAppendedIsRead) {
  std::vector<uint8_t> stream;
  append_annex_b(hex("67 42"), stream);
  append_annex_b(hex("65 0000 03 00"), stream);
  EXPECT_THAT(units(stream), ElementsAre(hex("67 42"), hex("65 0000 03")));
}

}  // namespace
}  // namespace parley::rtp
