#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "rtp/rtcp/rtcp.hpp"
#include "rtp/test_bytes.hpp"

namespace parley::rtp::rtcp {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr int32_t kLost = TransportFeedback::kLost;
constexpr int32_t kTick = 250;

std::optional<TransportFeedback> read(const ByteVector& packet) {
  Reader reader(packet);
  Message message;
  if (!reader.next(message)) {
    EXPECT_TRUE(reader.malformed());
    return std::nullopt;
  }
  return std::get<TransportFeedback>(message);
}

// Base sequence 0x99, reference time 0x3de802, feedback 0x17; `status_count`, chunks and deltas as told.
ByteVector packet_of(uint16_t status_count, const ByteVector& chunks_and_deltas) {
  ByteVector packet = concat({hex("8f cd 0000 00000001 00000002 0099"),
                              {static_cast<uint8_t>(status_count >> 8), static_cast<uint8_t>(status_count)},
                              hex("3de802 17"),
                              chunks_and_deltas});
  while (packet.size() % 4 != 0) packet.push_back(0);
  packet[2] = static_cast<uint8_t>((packet.size() / 4 - 1) >> 8);
  packet[3] = static_cast<uint8_t>(packet.size() / 4 - 1);
  return packet;
}

ByteVector written(const TransportFeedback& feedback) {
  ByteVector buffer(kMaxTransportFeedbackSize);
  ByteWriter out(buffer);
  EXPECT_TRUE(write(out, feedback));
  buffer.resize(out.size());
  return buffer;
}

bool can_write(const TransportFeedback& feedback) {
  ByteVector buffer(kMaxTransportFeedbackSize);
  ByteWriter out(buffer);
  const bool done = write(out, feedback);
  EXPECT_EQ(out.size() > 0, done);
  return done;
}

TransportFeedback feedback_of(std::initializer_list<int32_t> arrivals) {
  TransportFeedback feedback{Ssrc(1), Ssrc(2), 0x99, 0x17, 0x3de802, {}};
  for (const int32_t arrival : arrivals) feedback.arrivals.push_back(arrival);
  return feedback;
}

void expect_comes_back(const TransportFeedback& sent) {
  const auto got = read(written(sent));
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->sender, sent.sender);
  EXPECT_EQ(got->media, sent.media);
  EXPECT_EQ(got->base_sequence, sent.base_sequence);
  EXPECT_EQ(got->feedback_count, sent.feedback_count);
  EXPECT_EQ(got->reference_time_64ms, sent.reference_time_64ms);
  EXPECT_THAT(items(got->arrivals), ElementsAreArray(sent.arrivals.begin(), sent.arrivals.end()));
}

// Messages as Chrome sends them, padded by its P bit.
TEST(TransportFeedbackReader, RunOfOneSmallDelta) {
  const auto feedback = read(hex("afcd0005 fa17fa17 43032fa0 00990001 3de80217 20019401"));
  ASSERT_TRUE(feedback.has_value());
  EXPECT_EQ(feedback->sender, Ssrc(4195875351));
  EXPECT_EQ(feedback->media, Ssrc(1124282272));
  EXPECT_EQ(feedback->base_sequence, 153);
  EXPECT_EQ(feedback->reference_time_64ms, 4057090);
  EXPECT_EQ(feedback->feedback_count, 23);
  EXPECT_THAT(items(feedback->arrivals), ElementsAre(37000));
}

TEST(TransportFeedbackReader, RunOfSmallDeltas) {
  const auto feedback = read(hex("afcd0007 fa17fa17 193dd8bb 00040007 10636e01 20074c24 24100c0c 10000003"));
  ASSERT_TRUE(feedback.has_value());
  EXPECT_THAT(items(feedback->arrivals), ElementsAre(19000, 28000, 37000, 41000, 44000, 47000, 51000));
}

TEST(TransportFeedbackReader, RunsOfLargeAndSmallDeltas) {
  const auto feedback = read(hex("8fcd0007 fa17fa17 193dd8bb 01740006 45b15a40 40022004 1ffe1f9a d000d000"));
  ASSERT_TRUE(feedback.has_value());
  EXPECT_THAT(items(feedback->arrivals), ElementsAre(2047500, 4070000, 4122000, 4122000, 4174000, 4174000));
}

TEST(TransportFeedbackReader, OneBitVector) {
  const auto feedback = read(hex("afcd0006 fa17fa17 193dd8bb 0001000e 10636d00 ba00100c 0c100002"));
  ASSERT_TRUE(feedback.has_value());
  EXPECT_EQ(feedback->reference_time_64ms, 1074029);
  EXPECT_THAT(items(feedback->arrivals), ElementsAre(4000, 7000, 10000, kLost, 14000, kLost, kLost, kLost, kLost, kLost,
                                                     kLost, kLost, kLost, kLost));
}

TEST(TransportFeedbackReader, TwoBitVectorAndARunLongerThanTheCount) {
  const auto feedback = read(hex("afcd0007 9b74f61f 9371dcbc 853c0009 63f916b3 d5520030 9baa6aaa 7b010901"));
  ASSERT_TRUE(feedback.has_value());
  EXPECT_THAT(items(feedback->arrivals),
              ElementsAre(38750, 81250, 107750, 150250, 181000, kLost, 247250, kLost, kLost));
}

TEST(TransportFeedbackReader, TimesMayGoBack) {
  const auto feedback = read(packet_of(2, hex("4002 ff38 0064")));
  ASSERT_TRUE(feedback.has_value());
  EXPECT_THAT(items(feedback->arrivals), ElementsAre(-200 * kTick, -100 * kTick));
}

TEST(TransportFeedbackReader, ReferenceTimeIsSigned) {
  ByteVector packet = packet_of(1, hex("2001 00"));
  packet[16] = packet[17] = packet[18] = 0xff;
  EXPECT_EQ(read(packet)->reference_time_64ms, -1);
}

TEST(TransportFeedbackReader, ReservedSymbolIsMalformed) {
  EXPECT_FALSE(read(packet_of(1, hex("6001 00"))).has_value());
  EXPECT_FALSE(read(packet_of(2, hex("dc00 00"))).has_value());
}

TEST(TransportFeedbackReader, NoPacketsOrAnEmptyRunIsMalformed) {
  EXPECT_FALSE(read(packet_of(0, hex("2001 00"))).has_value());
  EXPECT_FALSE(read(packet_of(1, hex("2000 2001 00"))).has_value());
}

TEST(TransportFeedbackReader, MissingChunksOrDeltasAreMalformed) {
  EXPECT_FALSE(read(packet_of(1, {})).has_value());
  EXPECT_FALSE(read(packet_of(15, hex("8000"))).has_value()) << "the padding is a run of none";
  EXPECT_FALSE(read(packet_of(7, hex("2007 01 02 03 04 05 06"))).has_value());
  EXPECT_FALSE(read(packet_of(2, hex("4002 0001"))).has_value());
}

TEST(TransportFeedbackReader, MoreStatusesThanTheBoundAreCut) {
  // 8191 lost, then 512 more with a delta each: all are walked over, the first 512 are kept.
  const auto lost = read(packet_of(8191 + 600, concat({hex("1fff 2258"), ByteVector(600, 4)})));
  ASSERT_TRUE(lost.has_value());
  EXPECT_TRUE(lost->arrivals.full());
  EXPECT_THAT(items(lost->arrivals), Each(kLost));
  const auto received = read(packet_of(600, concat({hex("2258"), ByteVector(600, 1)})));
  ASSERT_TRUE(received.has_value());
  EXPECT_TRUE(received->arrivals.full());
  EXPECT_EQ(received->arrivals.back(), 512 * kTick);
}

TEST(TransportFeedbackReader, ArrivalsBeyond32BitsAreMalformed) {
  ByteVector deltas;
  for (int i = 0; i < 512; ++i) deltas = concat({deltas, hex("7fff")});
  EXPECT_FALSE(read(packet_of(512, concat({hex("4200"), deltas}))).has_value());
  for (size_t i = 0; i < deltas.size(); i += 2) deltas[i] = 0x80, deltas[i + 1] = 0;
  EXPECT_FALSE(read(packet_of(512, concat({hex("4200"), deltas}))).has_value());
}

TEST(TransportFeedbackWriter, OneRun) {
  EXPECT_EQ(written(feedback_of({37000})), hex("8fcd0005 00000001 00000002 00990001 3de80217 20019400"));
}

TEST(TransportFeedbackWriter, OneBitVectorForSmallDeltasAndLosses) {
  const TransportFeedback feedback =
      feedback_of({4000, 7000, 10000, kLost, 14000, kLost, kLost, kLost, kLost, kLost, kLost, kLost, kLost, 14000});
  EXPECT_EQ(written(feedback), hex("8fcd0006 00000001 00000002 0099000e 3de80217 ba01100c 0c100000"));
}

TEST(TransportFeedbackWriter, TwoBitVectorWhereADeltaIsLarge) {
  const TransportFeedback feedback = feedback_of({0, 64000, kLost, 63750});
  EXPECT_EQ(written(feedback), hex("8fcd0006 00000001 00000002 00990004 3de80217 d880 00 0100 ffff 00"));
}

TEST(TransportFeedbackWriter, LongRunsTakeOneChunk) {
  TransportFeedback feedback = feedback_of({});
  for (int i = 0; i < 200; ++i) feedback.arrivals.push_back(kLost);
  for (int i = 0; i < 200; ++i) feedback.arrivals.push_back(i * kTick);
  EXPECT_EQ(written(feedback).size(), 20u + 2 * 2 + 200);
  expect_comes_back(feedback);
}

TEST(TransportFeedbackWriter, SmallDeltaEndsAt255Ticks) {
  EXPECT_EQ(written(feedback_of({255 * kTick})).size(), 24u);
  expect_comes_back(feedback_of({255 * kTick}));
  expect_comes_back(feedback_of({256 * kTick}));
  expect_comes_back(feedback_of({-kTick}));
}

TEST(TransportFeedbackWriter, ArrivalsAreRoundedDownWithoutDrift) {
  const auto got = read(written(feedback_of({249, 499, 751, -1})));
  ASSERT_TRUE(got.has_value());
  EXPECT_THAT(items(got->arrivals), ElementsAre(0, 250, 750, -250));
}

TEST(TransportFeedbackWriter, WhatTheFormatCannotSayIsRefused) {
  EXPECT_FALSE(can_write(feedback_of({})));
  EXPECT_TRUE(can_write(feedback_of({32767 * kTick})));
  EXPECT_FALSE(can_write(feedback_of({32768 * kTick})));
  EXPECT_TRUE(can_write(feedback_of({-32768 * kTick})));
  EXPECT_FALSE(can_write(feedback_of({-32769 * kTick})));
  EXPECT_FALSE(can_write(feedback_of({0, kLost, 32768 * kTick})));
}

TEST(TransportFeedbackWriter, WritesAllOrNothing) {
  const TransportFeedback feedback = feedback_of({0, 64000, kLost, 63750});
  const size_t size = written(feedback).size();
  for (size_t room = 0; room < size; ++room) {
    ByteVector buffer(room, 0xee);
    ByteWriter out(buffer);
    EXPECT_FALSE(write(out, feedback));
    EXPECT_EQ(buffer, ByteVector(room, 0xee));
  }
}

TEST(TransportFeedbackWriter, TheWorstCaseHasTheStatedSize) {
  // Large deltas with a small one after each six, so that no chunk can cover more than seven packets.
  TransportFeedback feedback = feedback_of({});
  int32_t arrival = 0;
  for (size_t i = 0; !feedback.arrivals.full(); ++i) {
    arrival += (i % 7 == 6 ? 0 : 300) * kTick;
    feedback.arrivals.push_back(arrival);
  }
  const size_t size = written(feedback).size();
  EXPECT_LE(size, kMaxTransportFeedbackSize);
  EXPECT_GT(size, kMaxTransportFeedbackSize - 80) << "a byte for each small delta and the padding";
  expect_comes_back(feedback);
}

TEST(TransportFeedbackWriter, RandomFeedbackComesBack) {
  Rng rng(4);
  for (int round = 0; round < 3000; ++round) {
    TransportFeedback feedback{Ssrc(rng.u32()),
                               Ssrc(rng.u32()),
                               rng.u16(),
                               static_cast<uint8_t>(rng.below(256)),
                               static_cast<int32_t>(rng.below(1 << 24)) - (1 << 23),
                               {}};
    const double loss = rng.unit() * rng.unit();
    const double jump = rng.unit() * rng.unit() * 0.3;
    int32_t arrival = static_cast<int32_t>(rng.below(256)) * kTick;
    for (uint64_t n = 1 + rng.below(TransportFeedback::kMaxPackets); n > 0; --n) {
      if (rng.chance(loss)) {
        feedback.arrivals.push_back(kLost);
        continue;
      }
      arrival += rng.chance(jump) ? (static_cast<int32_t>(rng.below(4000)) - 2000) * kTick
                                  : static_cast<int32_t>(rng.below(40)) * kTick;
      feedback.arrivals.push_back(arrival);
    }
    expect_comes_back(feedback);
  }
}

}  // namespace
}  // namespace parley::rtp::rtcp
