#include "worker/composition_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace parley::worker {
namespace {

using media::EncodedPacket;

/// What a sink got, kept after its end.
struct Received {
  std::vector<EncodedPacket> packets;
  bool ended = false;
  Ending ending = Ending::Suspended;
  std::vector<EncodedPacket> of(rtp::MediaKind kind) const {
    std::vector<EncodedPacket> found;
    for (const EncodedPacket& packet : packets) {
      if (packet.kind == kind) found.push_back(packet);
    }
    return found;
  }
};

class RecordingSink final : public Sink {
 public:
  RecordingSink(Received& received, size_t fail_after) : received_(received), fail_after_(fail_after) {}
  media::Result<> write(const EncodedPacket& packet) override {
    if (received_.packets.size() >= fail_after_) return media::fail(media::Error::Code::DiskFull, "no space is left");
    received_.packets.push_back(packet);
    return {};
  }
  media::Result<> end(Ending ending) override {
    received_.ended = true;
    received_.ending = ending;
    return {};
  }
  TimeDelta duration() const override { return TimeDelta::millis(1); }
  int64_t bytes() const override { return 1; }

 private:
  Received& received_;
  size_t fail_after_;
};

SinkFactory into(Received& received, size_t fail_after = SIZE_MAX) {
  return [&received, fail_after](const std::vector<media::StreamFormat>&) -> media::Result<std::unique_ptr<Sink>> {
    return std::make_unique<RecordingSink>(received, fail_after);
  };
}

constexpr Timestamp kZero = Timestamp::from_us(7'000'000);
Timestamp at(int64_t ms) { return kZero + TimeDelta::millis(ms); }

/// A composition of a room with anna in it, who sends a picture each 33 ms and a tone, in simulated time.
class Composed {
 public:
  explicit Composed(media::Composition composition = {.quality = media::Quality::Low})
      : loop(
            {.composition = composition, .zero = kZero, .epoch = UtcTime::from_ms(1'000'000)},
            std::make_shared<Room>(Room{{{.id = ParticipantId("anna"), .name = "Anna", .camera_on = true}}, {}, {}}),
            [this](CompositionEvent event) { events.push_back(std::move(event)); }, at(0)) {}

  void run_until(int64_t ms) {
    for (; now_ms < ms; now_ms += 10) {
      loop.feed(SoundArrived{ParticipantId("anna"), false, tone(), at(now_ms)}, at(now_ms));
      if (now_ms % 30 == 0) loop.feed(picture(), at(now_ms));
      loop.on_deadline(at(now_ms));
    }
  }
  template <typename T>
  std::vector<T> events_of() const {
    std::vector<T> found;
    for (const CompositionEvent& event : events) {
      if (const T* e = std::get_if<T>(&event)) found.push_back(*e);
    }
    return found;
  }

  std::vector<CompositionEvent> events;
  CompositionLoop loop;
  int64_t now_ms = 0;

 private:
  frame::Sound tone() {
    frame::Sound sound{1, std::vector<int16_t>(480)};
    for (int16_t& sample : sound.samples) {
      sample = static_cast<int16_t>(8000 * std::sin(2 * std::numbers::pi * 440 * static_cast<double>(n_++) / 48000));
    }
    return sound;
  }
  PictureArrived picture() {
    auto buffer = std::make_shared<frame::PictureBuffer>(frame::Size{320, 180});
    buffer->fill(static_cast<uint8_t>(60 + now_ms / 30 % 100), 90, 200);
    return {{ParticipantId("anna"), media::Source::Camera},
            frame::PictureBuffer::share(buffer),
            frame::Rotation::None,
            at(now_ms)};
  }
  int64_t n_ = 0;
};

TEST(CompositionLoop, TellsWhatIsGoingToBeShownBeforeAnythingIsDue) {
  Composed composed;
  composed.loop.announce(at(0));
  const auto announced = composed.events_of<Shown>();
  ASSERT_EQ(announced.size(), 1u);
  EXPECT_TRUE(announced[0].tiles.contains({ParticipantId("anna"), media::Source::Camera}));
  composed.run_until(1000);
  EXPECT_EQ(composed.events_of<Shown>().size(), 1u) << "and the pictures show just that";
}

TEST(CompositionLoop, AccountsForItsWork) {
  Composed composed;
  Received received;
  composed.loop.add(SinkId(1), Encoding::H264Aac, into(received), at(0));
  composed.run_until(3000);
  const CompositionCosts costs = composed.loop.costs();
  EXPECT_GT(costs.scale, TimeDelta::zero());
  EXPECT_GE(costs.compose, costs.scale);
  EXPECT_GT(costs.encode, TimeDelta::zero());
  EXPECT_GT(costs.sound, TimeDelta::zero());
}

TEST(CompositionLoop, GivesASinkWhatHappensWhileItIsThere) {
  Composed composed;
  Received received;
  composed.loop.add(SinkId(1), Encoding::H264Aac, into(received), at(1000));
  composed.run_until(4000);
  composed.loop.remove(SinkId(1), at(4000), Ending::Finished);
  composed.run_until(6000);

  ASSERT_TRUE(received.ended);
  EXPECT_EQ(received.ending, Ending::Finished);
  const auto pictures = received.of(rtp::MediaKind::Video);
  ASSERT_NEAR(static_cast<double>(pictures.size()), 90, 1);
  EXPECT_TRUE(pictures.front().key);
  EXPECT_GE(pictures.front().pts, TimeDelta::millis(1000));
  EXPECT_LT(pictures.front().pts, TimeDelta::millis(1034));
  EXPECT_LT(pictures.back().pts, TimeDelta::millis(4000));
  for (size_t i = 1; i < pictures.size(); ++i) {
    EXPECT_NEAR(static_cast<double>((pictures[i].pts - pictures[i - 1].pts).us()), 33'333, 2);
  }
  const auto keys = std::count_if(pictures.begin(), pictures.end(), [](const auto& p) { return p.key; });
  EXPECT_EQ(keys, 2) << "one at the beginning, one two seconds later";
  const auto sound = received.of(rtp::MediaKind::Audio);
  TimeDelta heard;
  for (const EncodedPacket& packet : sound) heard += packet.duration;
  EXPECT_NEAR(heard.seconds_f(), 3, 0.06);

  ASSERT_EQ(composed.events_of<SinkStarted>().size(), 1u);
  EXPECT_NEAR(static_cast<double>(composed.events_of<SinkStarted>()[0].at.ms()), 1'001'000, 34);
  EXPECT_EQ(composed.events_of<SinkFinished>().size(), 1u);
  ASSERT_GE(composed.events_of<Shown>().size(), 1u);
  EXPECT_EQ(composed.events_of<Shown>().back().tiles.begin()->first.person, ParticipantId("anna"));
}

TEST(CompositionLoop, EncodesOnceForAllSinksOfAnEncoding) {
  Composed composed;
  Received first, second;
  composed.loop.add(SinkId(1), Encoding::H264Aac, into(first), at(0));
  composed.run_until(1500);
  composed.loop.add(SinkId(2), Encoding::H264Aac, into(second), at(1500));
  composed.run_until(4000);
  ASSERT_FALSE(second.of(rtp::MediaKind::Video).empty());
  EXPECT_TRUE(second.of(rtp::MediaKind::Video).front().key);
  const EncodedPacket& late = second.packets.back();
  const auto same = std::find_if(first.packets.begin(), first.packets.end(),
                                 [&](const auto& p) { return p.kind == late.kind && p.pts == late.pts; });
  ASSERT_NE(same, first.packets.end());
  EXPECT_EQ(same->data.view().data(), late.data.view().data()) << "the very same bytes";
}

TEST(CompositionLoop, ASinkThatFailsDoesNotDisturbTheOthers) {
  Composed composed;
  Received good, bad;
  composed.loop.add(SinkId(1), Encoding::H264Aac, into(good), at(0));
  composed.loop.add(SinkId(2), Encoding::H264Aac, into(bad, 20), at(0));
  composed.run_until(3000);
  ASSERT_EQ(composed.events_of<SinkFailed>().size(), 1u);
  EXPECT_EQ(composed.events_of<SinkFailed>()[0].sink, SinkId(2));
  EXPECT_EQ(composed.events_of<SinkFailed>()[0].error.code, media::Error::Code::DiskFull);
  EXPECT_EQ(bad.packets.size(), 20u);
  EXPECT_GT(good.packets.size(), 100u);
}

TEST(CompositionLoop, ASinkMovesToAnotherCompositionWithoutGoingBackInTime) {
  Composed from;
  Composed to({.layout = media::LayoutType::Spotlight, .quality = media::Quality::Low});
  Received received;
  from.loop.add(SinkId(1), Encoding::H264Aac, into(received), at(0));
  from.run_until(2000);
  to.run_until(2000);
  to.loop.adopt(from.loop.release(SinkId(1)));
  const size_t before = received.packets.size();
  from.run_until(4000);
  to.run_until(4000);
  const auto first =
      std::find_if(received.packets.begin() + static_cast<std::ptrdiff_t>(before), received.packets.end(),
                   [](const auto& p) { return p.kind == rtp::MediaKind::Video; });
  ASSERT_NE(first, received.packets.end());
  EXPECT_TRUE(first->key) << "the other encoder's pictures cannot follow this one's";
  TimeDelta last = TimeDelta::millis(-1);
  for (const EncodedPacket& packet : received.of(rtp::MediaKind::Video)) {
    EXPECT_GT(packet.pts, last);
    last = packet.pts;
  }
  EXPECT_EQ(to.events_of<SinkStarted>().size(), 0u) << "it had started before";
}

TEST(CompositionLoop, SoundAlone) {
  Composed composed({.quality = media::Quality::Low, .mode = media::Mode::Audio});
  Received received;
  composed.loop.add(SinkId(1), Encoding::H264Aac, into(received), at(0));
  composed.run_until(2000);
  composed.loop.remove(SinkId(1), at(2000), Ending::Finished);
  composed.run_until(3000);
  EXPECT_TRUE(received.ended);
  EXPECT_TRUE(received.of(rtp::MediaKind::Video).empty());
  EXPECT_NEAR(static_cast<double>(received.packets.size()), 2000 / 21.3, 3);
}

TEST(CompositionLoop, AMachineThatIsTooSlowLosesPicturesButNoSound) {
  Composed composed;
  Received received;
  composed.loop.add(SinkId(1), Encoding::H264Aac, into(received), at(0));
  composed.run_until(1000);
  composed.loop.on_deadline(at(3000));  // it slept for two seconds
  composed.now_ms = 3000;
  composed.run_until(4000);
  EXPECT_GT(composed.loop.costs().skipped, 40);
  TimeDelta heard;
  for (const EncodedPacket& packet : received.of(rtp::MediaKind::Audio)) heard += packet.duration;
  EXPECT_NEAR(heard.seconds_f(), 3.6, 0.1);
}

}  // namespace
}  // namespace parley::worker
