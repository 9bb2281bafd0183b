#include "playout/seat_playout.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "playout/test_media.hpp"

namespace parley::playout {
namespace {

using rtp::rtcp::NtpTime;

constexpr int64_t kNtpOffsetUs = 3'000'000'000'000'000;

struct Network {
  TimeDelta delay = TimeDelta::millis(40);
  double sound_jitter_ms = 10;  ///< mean of an exponential distribution
  double picture_jitter_ms = 10;
  TimeDelta picture_extra;  ///< pictures come this much later than sound of the same instant
  double loss = 0;
};

/// One participant in simulated time: sound every 20 ms, a picture every 40 ms, reports every second.
class Participant {
 public:
  Participant(Delivery delivery, const Network& network, uint64_t seed)
      : network_(network), rng_(seed), sender_(rtp::Codec::Vp8, seed), seat_({.delivery = delivery}) {}

  struct Given {
    Timestamp captured_at;
    Timestamp given_at;
  };
  std::vector<Given> sounds;
  std::vector<Given> pictures;
  int lost = 0;

  void run(int64_t seconds) {
    for (int64_t ms = 0; ms < seconds * 1000; ++ms) {
      if (ms % 20 == 0) send_sound(ms);
      if (ms % 40 == 0) send_picture(ms);
      if (ms % 1000 == 500) report(rtp::MediaKind::Audio, ms, static_cast<uint32_t>(ms * 48));
      if (ms % 1000 == 600) report(rtp::MediaKind::Video, ms, static_cast<uint32_t>(ms * 90));
      while (!flight_.empty() && flight_.begin()->first <= at(ms)) {
        const TestPacket packet = flight_.begin()->second;
        flight_.erase(flight_.begin());
        packet.with([&](const rtp::PacketView& view) { seat_.receive(view, packet.codec, at(ms)); });
        take(ms);
      }
      if (seat_.next_deadline(clock_) <= at(ms)) take(ms);
    }
  }
  SeatPlayout& seat() { return seat_; }

 private:
  void send_sound(int64_t ms) {
    const TestPacket packet{.codec = rtp::Codec::Opus,
                            .sequence_number = sequence_++,
                            .timestamp = static_cast<uint32_t>(ms * 48),
                            .payload = {0xf8, 1, 2}};
    fly(packet, ms, network_.sound_jitter_ms, TimeDelta::zero());
  }
  void send_picture(int64_t ms) {
    // The sender's timestamps run from its start at one frame a call.
    TestFrame frame = sender_.send({.key = ms == 0, .size = 2500, .step = 3600});
    for (TestPacket& packet : frame.packets) {
      packet.timestamp = static_cast<uint32_t>(ms * 90);
      fly(packet, ms, network_.picture_jitter_ms, network_.picture_extra);
    }
  }
  void fly(const TestPacket& packet, int64_t ms, double jitter_ms, TimeDelta extra) {
    TimeDelta delay =
        network_.delay + extra + TimeDelta::micros(std::llround(-std::log(1 - rng_.unit()) * jitter_ms * 1e3));
    while (rng_.chance(network_.loss)) delay += TimeDelta::millis(80);
    flight_.emplace(at(ms) + delay, packet);
  }
  void report(rtp::MediaKind kind, int64_t ms, uint32_t rtp_timestamp) {
    seat_.receive_report(kind, NtpTime::from_us(at(ms).us() + kNtpOffsetUs), rtp_timestamp, clock_,
                         at(ms) + network_.delay);
  }
  void take(int64_t ms) {
    while (const auto piece = seat_.next_sound(clock_, at(ms))) {
      if (piece->kind == SoundPiece::Kind::Lost) ++lost;
      if (piece->kind == SoundPiece::Kind::Packet) sounds.push_back({piece->sound.captured_at, at(ms)});
    }
    while (const auto picture = seat_.next_picture(clock_, at(ms))) pictures.push_back({picture->captured_at, at(ms)});
  }

  Network network_;
  Rng rng_;
  TestSender sender_;
  uint16_t sequence_ = 0;
  std::multimap<Timestamp, TestPacket> flight_;
  SeatPlayout seat_;
  CaptureClock clock_;
};

// How many were handed out at the distance from capture that the last one was, give or take `within_ms`.
double steady(const std::vector<Participant::Given>& given, int64_t within_ms) {
  const TimeDelta usual = given.back().given_at - given.back().captured_at;
  size_t near = 0;
  for (size_t i = given.size() / 2; i < given.size(); ++i) {
    const TimeDelta off = given[i].given_at - given[i].captured_at - usual;
    near += off <= TimeDelta::millis(within_ms) && -off <= TimeDelta::millis(within_ms) ? 1 : 0;
  }
  return static_cast<double>(near) / static_cast<double>(given.size() - given.size() / 2);
}

TEST(SeatPlayout, PacedSoundAndPictureComeSteadilyAndTogether) {
  for (const uint64_t seed : {1, 2, 3}) {
    Participant participant(Delivery::Paced, {}, seed);
    participant.run(60);
    EXPECT_GT(steady(participant.sounds, 15), 0.9) << seed;
    EXPECT_GT(steady(participant.pictures, 15), 0.9) << seed;
    EXPECT_GT(participant.sounds.size(), 2900u);
    EXPECT_GT(participant.pictures.size(), 1450u);
    const SeatPlayout::Delays& delays = participant.seat().delays();
    EXPECT_LT((delays.picture - delays.sound).us(), 5000) << "one delay for both";
    EXPECT_GT(delays.sound, TimeDelta::millis(20)) << "jitter of 10 ms on the average needs that";
    EXPECT_LT(delays.sound, TimeDelta::millis(120));
  }
}

TEST(SeatPlayout, SoundWaitsForPicturesThatComeLater) {
  Participant participant(Delivery::Paced, {.picture_extra = TimeDelta::millis(100)}, 1);
  participant.run(60);
  const SeatPlayout::Delays& delays = participant.seat().delays();
  EXPECT_GT(delays.sound, TimeDelta::millis(100));
  EXPECT_LT((delays.picture - delays.sound).us(), 5000);
}

TEST(SeatPlayout, ButNotForever) {
  Participant participant(Delivery::Paced, {.picture_extra = TimeDelta::millis(600)}, 1);
  participant.run(60);
  const SeatPlayout::Delays& delays = participant.seat().delays();
  EXPECT_LT(delays.sound, TimeDelta::millis(100) + SeatPlayout::kMaxSoundHold);
  EXPECT_GT(delays.picture, TimeDelta::millis(590));
}

TEST(SeatPlayout, LossIsRepairedWithinTheDelayThatItCauses) {
  Participant participant(Delivery::Paced, {.loss = 0.05}, 4);
  participant.run(60);
  EXPECT_GT(participant.pictures.size(), 1400u);
  EXPECT_LT(participant.lost, 3000 * 3 / 100) << "one lost in 20 comes 80 ms later, which is worth waiting for";
}

TEST(SeatPlayout, AsSoonAsCompleteWaitsForNothingButWhatIsMissing) {
  Participant participant(Delivery::AsSoonAsComplete, {.sound_jitter_ms = 0, .picture_jitter_ms = 0}, 1);
  participant.run(20);
  ASSERT_GT(participant.sounds.size(), 990u);
  ASSERT_GT(participant.pictures.size(), 490u);
  for (size_t i = 0; i < participant.sounds.size(); ++i) {
    EXPECT_EQ(participant.sounds[i].given_at, at(static_cast<int64_t>(i) * 20 + 40));
  }
  for (size_t i = 0; i < participant.pictures.size(); ++i) {
    EXPECT_EQ(participant.pictures[i].given_at, at(static_cast<int64_t>(i) * 40 + 40));
  }
}

TEST(SeatPlayout, CapturedTimesOfSoundAndPictureAreOnOneClock) {
  Participant participant(Delivery::AsSoonAsComplete, {.picture_extra = TimeDelta::millis(70)}, 5);
  participant.run(30);
  // Both began at once, so picture i was captured with sound 2 i.
  for (size_t i = 100; i < participant.pictures.size(); ++i) {
    const TimeDelta apart = participant.pictures[i].captured_at - participant.sounds[2 * i].captured_at;
    EXPECT_LT(std::abs(apart.us()), 2000) << i;
  }
}

TEST(SeatPlayout, AnotherParticipantOnTheSeatBeginsAfresh) {
  Participant participant(Delivery::Paced, {.picture_extra = TimeDelta::millis(100)}, 1);
  participant.run(20);
  participant.seat().restart();
  EXPECT_TRUE(participant.seat().next_deadline({}).is_never());
  EXPECT_EQ(participant.seat().picture().wanted_delay({}), TimeDelta::zero());
  EXPECT_FALSE(participant.seat().take_key_frame_wish(at(30'000))) << "nothing came of the new one";
}

}  // namespace
}  // namespace parley::playout
