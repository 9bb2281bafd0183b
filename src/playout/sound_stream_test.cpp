#include "playout/sound_stream.hpp"

#include <gmock/gmock.h>

#include <map>

#include "playout/test_media.hpp"

namespace parley::playout {
namespace {

using Kind = SoundPiece::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint32_t kStep = 960;  // 20 ms

// Packet `i` of a stream without pauses: one CELT frame of 20 ms that holds its number.
TestPacket sound(int i, uint32_t pause = 0) {
  return {.codec = rtp::Codec::Opus,
          .sequence_number = static_cast<uint16_t>(65'530 + i),
          .timestamp = static_cast<uint32_t>(i) * kStep + pause - 5000,
          .payload = {0xf8, static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8)}};
}

class SoundStreamTest : public ::testing::Test {
 protected:
  void receive(const TestPacket& packet, Timestamp now) {
    packet.with([&](const rtp::PacketView& view) { stream.receive(view, now); });
    take(now);
  }
  void take(Timestamp now) {
    while (auto piece = stream.next(clock, now)) pieces.push_back(std::move(*piece));
  }
  /// Since the last call: "3" a packet, "-" a lost one, "-4" lost with packet 4 for its correction, "40" ms of pause as
  /// "_40".
  std::vector<std::string> taken() {
    std::vector<std::string> all;
    for (const SoundPiece& piece : pieces) {
      const std::string number = piece.sound.data.size() == 0 ? "" : std::to_string(piece.sound.data.view()[1]);
      if (piece.kind == Kind::Packet) all.push_back(number);
      if (piece.kind == Kind::Lost) all.push_back("-" + number);
      if (piece.kind == Kind::Pause) all.push_back("_" + std::to_string(piece.sound.duration.ms()));
      if (end_ && piece.sound.rtp_timestamp != *end_) all.push_back("jump");
      end_ = piece.sound.rtp_timestamp + static_cast<uint32_t>((piece.sound.duration.us() * 48 + 500) / 1000);
    }
    pieces.clear();
    return all;
  }

  SoundStream stream;
  CaptureClock clock;
  std::vector<SoundPiece> pieces;

 private:
  std::optional<uint32_t> end_;
};

TEST_F(SoundStreamTest, InOrderAsTheyCome) {
  for (int i = 0; i < 10; ++i) {
    receive(sound(i), at(20 * i));
    EXPECT_THAT(taken(), ElementsAre(std::to_string(i)));
  }
  EXPECT_EQ(stream.next_deadline(clock), Timestamp::never());
}

TEST_F(SoundStreamTest, ReorderedAndDoubledOnesComeOnceInOrder) {
  for (const int i : {0, 2, 1, 1, 2, 4, 3, 0}) receive(sound(i), at(0));
  EXPECT_THAT(taken(), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_EQ(stream.stats().duplicates + stream.stats().late, 3u);
}

TEST_F(SoundStreamTest, ALossIsToldAfterTheWaitWithThePacketThatMayRepairIt) {
  receive(sound(0), at(0));
  receive(sound(3), at(60));
  receive(sound(4), at(80));
  EXPECT_THAT(taken(), ElementsAre("0"));
  EXPECT_EQ(stream.next_deadline(clock), at(160));
  take(at(159));
  EXPECT_THAT(taken(), IsEmpty());
  take(at(160));
  EXPECT_THAT(taken(), ElementsAre("-", "-3", "3", "4"));
  receive(sound(2), at(170));
  EXPECT_THAT(taken(), IsEmpty());
  EXPECT_EQ(stream.stats().late, 1u);
  EXPECT_EQ(stream.stats().lost, 2u);
}

TEST_F(SoundStreamTest, ARetransmissionWithinTheWaitRepairsAll) {
  receive(sound(0), at(0));
  receive(sound(2), at(40));
  receive(sound(1), at(400));
  EXPECT_THAT(taken(), ElementsAre("0", "1", "2"));
}

TEST_F(SoundStreamTest, SilenceThatIsNotSentIsAPause) {
  receive(sound(0), at(0));
  receive(sound(1, 380 * 48), at(400));  // DTX: 380 ms left out
  EXPECT_THAT(taken(), ElementsAre("0", "_380", "1"));
  EXPECT_EQ(stream.stats().lost, 0u);
}

TEST_F(SoundStreamTest, LossAndPauseTogether) {
  receive(sound(0), at(0));
  receive(sound(2, 400 * 48), at(440));
  take(at(2000));
  EXPECT_THAT(taken(), ElementsAre("0", "_400", "-2", "2"));
}

TEST_F(SoundStreamTest, ALongLossIsConcealedOnlyAtItsEnd) {
  receive(sound(0), at(0));
  receive(sound(51), at(1020));
  take(at(2000));
  EXPECT_THAT(taken(), ElementsAre("0", "_800", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-51", "51"));
}

TEST_F(SoundStreamTest, ATimestampThatJumpsBackGoesOnThere) {
  receive(sound(0), at(0));
  TestPacket back = sound(1);
  back.timestamp -= 480'000;
  receive(back, at(20));
  TestPacket next = sound(2);
  next.timestamp -= 480'000;
  receive(next, at(40));
  EXPECT_THAT(taken(), ElementsAre("0", "1", "jump", "2"));
}

TEST_F(SoundStreamTest, TheStreamMayBeginAnewElsewhere) {
  receive(sound(0), at(0));
  for (const int i : {20'000, 20'001, 20'002}) receive(sound(i), at(20));
  EXPECT_EQ(stream.stats().restarts, 1u);
  EXPECT_EQ(stream.stats().packets, 3u) << "the first one elsewhere is not believed";
}

TEST_F(SoundStreamTest, EmptyPacketsTakeNumbersOnly) {
  TestPacket padding = sound(1);
  padding.payload.clear();
  receive(sound(0), at(0));
  receive(padding, at(1));
  TestPacket next = sound(2);
  next.timestamp -= kStep;
  receive(next, at(20));
  EXPECT_THAT(taken(), ElementsAre("0", "2"));
}

TEST_F(SoundStreamTest, AnEmptyPacketBehindALossIsNoSound) {
  TestPacket padding = sound(2);
  padding.payload.clear();
  receive(sound(0), at(0));
  receive(padding, at(40));
  take(at(2000));
  EXPECT_THAT(taken(), ElementsAre("0"));
  receive(sound(3), at(2000));
  EXPECT_THAT(taken(), IsEmpty()) << "it may be late, or its source had paused";
  EXPECT_EQ(stream.next_deadline(clock), at(2000) + StreamClock::kPatience);
  take(at(2060));
  EXPECT_THAT(taken(), ElementsAre("_40", "3")) << "how much of it was lost nobody can tell any more";
}

TEST_F(SoundStreamTest, WhatIsNoOpusIsNotTaken) {
  TestPacket packet = sound(0);
  packet.payload = {0xfb, 0};  // no frames
  receive(packet, at(0));
  packet.payload.assign(SoundStream::kMaxPacketSize + 1, 0xf8);
  receive(packet, at(0));
  EXPECT_THAT(taken(), IsEmpty());
  EXPECT_EQ(stream.stats().malformed, 2u);
}

TEST_F(SoundStreamTest, PacketsThatNobodyTakesAreBounded) {
  stream.set_delay(TimeDelta::seconds(1000));
  for (int i = 0; i < static_cast<int>(SoundStream::kMaxPackets) + 7; ++i) receive(sound(i), at(20 * i));
  EXPECT_EQ(stream.stats().overflows, 7u);
  stream.set_delay(std::nullopt);
  take(at(100'000));
  EXPECT_EQ(stream.stats().packets, SoundStream::kMaxPackets);
}

TEST_F(SoundStreamTest, WithADelayPacketsComeAtTheirTimeAndLossesAtTheirs) {
  stream.set_delay(TimeDelta::millis(60));
  receive(sound(0), at(0));
  receive(sound(1), at(25));  // 5 ms late
  receive(sound(3), at(60));
  EXPECT_THAT(taken(), ElementsAre("0"));
  EXPECT_EQ(stream.next_deadline(clock), at(80));
  take(at(80));
  EXPECT_THAT(taken(), ElementsAre("1"));
  EXPECT_EQ(stream.next_deadline(clock), at(100)) << "the time of the lost one, not the end of the long wait";
  take(at(100));
  EXPECT_THAT(taken(), ElementsAre("-3"));
  take(at(119));
  EXPECT_THAT(taken(), IsEmpty());
  take(at(120));
  EXPECT_THAT(taken(), ElementsAre("3"));
}

TEST_F(SoundStreamTest, RestartForgetsAndGoesOn) {
  receive(sound(0), at(0));
  receive(sound(2), at(0));
  stream.restart();
  EXPECT_EQ(stream.next_deadline(clock), Timestamp::never());
  receive(sound(500), at(10));
  EXPECT_EQ(stream.stats().packets, 2u);
}

// Seeded loss, reorder and DTX: what comes out is every packet that came in time, once, and in RTP time nothing is
// missing or doubled.
TEST_F(SoundStreamTest, RandomLossLeavesNoHole) {
  for (const int percent : {0, 1, 5, 10}) {
    stream.restart();
    taken();
    Rng rng(static_cast<uint64_t>(percent) + 1);
    std::multimap<Timestamp, TestPacket> flight;
    uint32_t pause = 0;
    int64_t lost = 0;
    const SoundStream::Stats before = stream.stats();
    constexpr int kPackets = 3000;
    for (int i = 0; i < kPackets; ++i) {
      if (rng.chance(0.01)) pause += 400 * 48;
      const Timestamp sent = at(20 * i) + TimeDelta::micros(static_cast<int64_t>(pause) * 1000 / 48);
      const bool gone = i > 0 && i + 1 < kPackets && rng.chance(percent / 100.0);
      lost += gone ? 1 : 0;
      if (!gone) flight.emplace(sent + TimeDelta::millis(static_cast<int64_t>(rng.below(45))), sound(i, pause));
    }
    for (const auto& [when, packet] : flight) receive(packet, when);
    take(at(1'000'000'000));
    std::optional<uint32_t> end;
    for (const SoundPiece& piece : pieces) {
      ASSERT_EQ(piece.sound.rtp_timestamp, end.value_or(piece.sound.rtp_timestamp));
      end = piece.sound.rtp_timestamp + static_cast<uint32_t>((piece.sound.duration.us() * 48 + 500) / 1000);
    }
    EXPECT_EQ(*end, sound(kPackets, pause).timestamp);
    EXPECT_EQ(static_cast<int64_t>(stream.stats().packets - before.packets + stream.stats().late - before.late),
              kPackets - lost);
    EXPECT_LE(stream.stats().late - before.late, 1u) << "only one from before the first that came";
    EXPECT_EQ(static_cast<int64_t>(stream.stats().lost - before.lost), lost);
    pieces.clear();
  }
}

}  // namespace
}  // namespace parley::playout
