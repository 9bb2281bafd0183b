#include "sfu/vp8_rewriter.hpp"

#include <gtest/gtest.h>

namespace parley::sfu {
namespace {

rtp::VideoFacts facts(uint16_t picture_id, uint8_t tl0, bool is_15_bits = true) {
  rtp::VideoFacts facts;
  facts.has_picture_id = facts.has_tl0_picture_index = true;
  facts.picture_id = picture_id;
  facts.picture_id_is_15_bits = is_15_bits;
  facts.tl0_picture_index = tl0;
  return facts;
}

TEST(Vp8Rewriter, ClosesUpPicturesLeftOut) {
  Vp8Rewriter rewriter;
  rewriter.begin(facts(0x7ffe, 255));
  EXPECT_EQ(rewriter.take(facts(0x7ffe, 255))->picture_id, 0);
  rewriter.skip(facts(0x7fff, 255));
  const auto next = rewriter.take(facts(0, 0));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->picture_id, 1) << "over the wrap of 15 bits";
  EXPECT_EQ(next->tl0_picture_index, 2);
  EXPECT_EQ(rewriter.take(facts(0, 0))->picture_id, 1) << "every packet of a picture has the same";
  EXPECT_FALSE(rewriter.take(facts(0x7fff, 255))) << "a late packet of the one left out";
}

TEST(Vp8Rewriter, KeepsIdsForMissingPictures) {
  Vp8Rewriter rewriter;
  rewriter.begin(facts(100, 1));
  rewriter.take(facts(100, 1));
  EXPECT_EQ(rewriter.take(facts(103, 2))->picture_id, 3);
  EXPECT_EQ(rewriter.take(facts(102, 1))->picture_id, 2);
  EXPECT_EQ(rewriter.take(facts(101, 1))->picture_id, 1);
}

TEST(Vp8Rewriter, ANewRunGoesOn) {
  Vp8Rewriter rewriter;
  rewriter.begin(facts(100, 7));
  EXPECT_EQ(rewriter.take(facts(100, 7))->tl0_picture_index, 1);
  rewriter.take(facts(101, 8));
  rewriter.begin(facts(5, 200));
  const auto ids = rewriter.take(facts(5, 200));
  EXPECT_EQ(ids->picture_id, 2);
  EXPECT_EQ(ids->tl0_picture_index, 3);
  EXPECT_FALSE(rewriter.take(facts(4, 199))) << "from before the run";
}

TEST(Vp8Rewriter, SevenBitIdsWrapEarlier) {
  Vp8Rewriter rewriter;
  rewriter.begin(facts(126, 0, false));
  EXPECT_EQ(rewriter.take(facts(126, 0, false))->picture_id, 0);
  EXPECT_EQ(rewriter.take(facts(127, 0, false))->picture_id, 1);
  EXPECT_EQ(rewriter.take(facts(0, 0, false))->picture_id, 2);
  EXPECT_EQ(rewriter.take(facts(127, 0, false))->picture_id, 1) << "the one before, not 127 ahead";
}

TEST(Vp8Rewriter, AJumpBeyondItsMemoryIsClosed) {
  Vp8Rewriter rewriter;
  rewriter.begin(facts(0, 0));
  rewriter.take(facts(0, 0));
  EXPECT_EQ(rewriter.take(facts(64, 1))->picture_id, 64);
  EXPECT_EQ(rewriter.take(facts(129, 2))->picture_id, 65);
  EXPECT_FALSE(rewriter.take(facts(1, 0))) << "older than it remembers";
}

TEST(Vp8Rewriter, WithoutPictureIdsThereIsNothingToKeep) {
  Vp8Rewriter rewriter;
  rewriter.begin({});
  ASSERT_TRUE(rewriter.take({}));
  rewriter.skip({});
  EXPECT_TRUE(rewriter.take({}));
}

}  // namespace
}  // namespace parley::sfu
