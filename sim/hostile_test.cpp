#include <gtest/gtest.h>

#include "world.hpp"

namespace parley::sim {
namespace {

constexpr TimeDelta kSecond = TimeDelta::seconds(1);
constexpr uint64_t kFps = 29;
const Network kGood = symmetric({.delay = TimeDelta::millis(20)});

struct Meeting {
  World world{1};
  World::Member* publisher = nullptr;
  World::Member* receiver = nullptr;

  Meeting() {
    publisher = &world.join({}, kGood);
    world.enable(*publisher);
    publisher->client->publish(kAudioLine, {.number = 1, .codec = rtp::Codec::Opus});
    publisher->client->publish(kVideoLine,
                               {.number = 2, .codec = rtp::Codec::Vp8, .packets_per_frame = {3}, .packet_size = 400});
    receiver = &world.join({}, kGood);
    world.seat(*receiver, 0, *publisher);
    receiver->client->watch(seat_audio(0), rtp::Codec::Opus);
    receiver->client->watch(seat_video(0), rtp::Codec::Vp8);
    world.run(kSecond * 2);
  }
  const Sink::Stats& video() { return receiver->client->sink(seat_video(0)).stats(); }
  void expect_unharmed(uint64_t decoded_before, int64_t seconds) {
    EXPECT_GE(video().decoded, decoded_before + static_cast<uint64_t>(seconds) * kFps - 2);
    EXPECT_EQ(video().broken, 0u);
    EXPECT_EQ(world.state(*publisher).state, engine::ConnectionState::Connected);
    EXPECT_EQ(world.state(*receiver).state, engine::ConnectionState::Connected);
  }
};

TEST(Hostile, RandomBytesFromEverywhereChangeNothing) {
  Meeting meeting;
  const uint64_t decoded = meeting.video().decoded;
  Rng& rng = meeting.world.rng();
  const Path stranger{Path::Protocol::Udp, 0, {IpAddress::v4(0x0a000001), 666}};
  uint64_t injected = 0;
  for (int ms = 0; ms < 3000; ++ms) {
    for (int i = 0; i < 5; ++i) {
      std::vector<uint8_t> bytes(rng.below(200));
      rng.fill(bytes);
      // Half of them as if from a member: an address is easily forged.
      const Path& from = rng.chance(0.5) ? stranger : meeting.publisher->client->address();
      if (!bytes.empty() && rng.chance(0.5)) bytes[0] = static_cast<uint8_t>(128 + rng.below(64));
      meeting.world.inject(0, from, bytes);
      ++injected;
    }
    meeting.world.run(TimeDelta::millis(1));
  }
  meeting.expect_unharmed(decoded, 3);
  const auto& drops = meeting.world.shard().stats().drops;
  EXPECT_GT(drops.unknown_path, 1000u);
  EXPECT_GT(drops.malformed, 100u);
  EXPECT_GT(drops.bad_auth, 1000u);
  EXPECT_GE(drops.unknown_path + drops.malformed + drops.bad_auth, injected * 9 / 10);
}

TEST(Hostile, ReplayedDatagramsAreDroppedAndCounted) {
  Meeting meeting;
  const uint64_t decoded = meeting.video().decoded;
  const uint64_t forwarded = meeting.world.shard().stats().packets_forwarded;
  // A duplicating path: every datagram of the publisher twice.
  meeting.publisher->up->configure({.delay = TimeDelta::millis(20), .duplicate = 1});
  meeting.world.run(kSecond * 3);
  meeting.expect_unharmed(decoded, 3);
  EXPECT_GT(meeting.world.shard().stats().drops.replayed, 3 * (kFps * 3 + 45));
  EXPECT_LE(meeting.world.shard().stats().packets_forwarded - forwarded, 3u * (31 * 3 + 51));
  EXPECT_EQ(meeting.video().duplicates, 0u);
}

TEST(Hostile, ChecksWithWrongPasswordsAreRefusedAndCounted) {
  Meeting meeting;
  const uint64_t decoded = meeting.video().decoded;
  const Path thief{Path::Protocol::Udp, 0, {IpAddress::v4(0x0a000002), 667}};
  for (int i = 0; i < 100; ++i) {
    std::array<uint8_t, stun::Writer::kMaxSize> buffer;
    stun::Writer writer(buffer, stun::Class::Request, stun::kBinding, {static_cast<uint8_t>(i)});
    writer.username(meeting.receiver->description.local_ice.ufrag + ":x");
    writer.ice_controlling(1);
    writer.use_candidate();
    writer.integrity(stun::IntegrityKey(as_bytes("not the password, no")));
    meeting.world.inject(0, thief, Bytes(buffer.data(), *writer.finish()));
    meeting.world.run(TimeDelta::millis(10));
  }
  meeting.expect_unharmed(decoded, 1);
  EXPECT_GE(meeting.world.shard().stats().drops.bad_auth, 100u);
}

// An authenticated peer that lies: packets with unknown payload types, mids and SSRCs, and commands for what is not
// there.
TEST(Hostile, CommandsForThingsThatAreNotThereAreHarmless) {
  Meeting meeting;
  const uint64_t decoded = meeting.video().decoded;
  World& world = meeting.world;
  const ConnectionId nobody(999);
  world.execute(0, engine::CloseConnection{nobody});
  world.execute(0, engine::UpdateConnection{nobody, meeting.publisher->description});
  world.execute(0, engine::EnableTrack{{nobody, 200}, true});
  world.execute(0, engine::Subscribe{nobody, 1, {meeting.publisher->id, 1}, ShardIndex(0), {}});
  world.execute(0, engine::Subscribe{meeting.receiver->id, 250, {meeting.publisher->id, 1}, ShardIndex(0), {}});
  world.execute(0, engine::Subscribe{meeting.receiver->id, kVideoLine, {meeting.publisher->id, 1}, ShardIndex(0), {}});
  world.execute(0, engine::Unsubscribe{meeting.receiver->id, 250});
  world.execute(0, engine::SetPreference{nobody, 3, {}});
  // Audio on a video line and back; a repeated subscription.
  world.execute(0,
                engine::Subscribe{meeting.receiver->id, seat_video(1), {meeting.publisher->id, 0}, ShardIndex(0), {}});
  world.execute(0,
                engine::Subscribe{meeting.receiver->id, seat_audio(1), {meeting.publisher->id, 1}, ShardIndex(0), {}});
  world.seat(*meeting.receiver, 0, *meeting.publisher);
  world.execute(0, engine::OpenConnection{meeting.receiver->id, meeting.receiver->description});
  world.run(kSecond * 2);
  meeting.expect_unharmed(decoded, 2);
  world.run(kSecond * 45);
  EXPECT_EQ(world.shard().stats().tracks, 4u) << "what nobody uses is swept";
}

}  // namespace
}  // namespace parley::sim
