#include <gtest/gtest.h>

#include "world.hpp"

namespace parley::sim {
namespace {

using engine::ConnectionState;

constexpr TimeDelta kSecond = TimeDelta::seconds(1);

TEST(Connect, OnAGoodNetworkWithinFourRoundTrips) {
  World world(1);
  auto& member = world.join({}, symmetric({.delay = TimeDelta::millis(20)}));
  const Timestamp start = world.now();
  ASSERT_TRUE(world.run_until([&] { return member.client->connected(); }, kSecond));
  // ICE 1, DTLS 1.2 2 and a tick each.
  EXPECT_LE(world.now() - start, TimeDelta::millis(40 * 4));
  world.run(TimeDelta::millis(100));
  EXPECT_EQ(world.state(member).state, ConnectionState::Connected);
}

struct Loss {
  double loss;
  uint64_t seed;
  bool server_is_dtls_client;
};
class ConnectUnderLoss : public testing::TestWithParam<Loss> {};

TEST_P(ConnectUnderLoss, AlwaysSucceeds) {
  const auto [loss, seed, active] = GetParam();
  World world(seed);
  const LinkConfig link{
      .delay = TimeDelta::millis(30), .jitter = TimeDelta::millis(30), .loss = loss, .duplicate = 0.02};
  std::vector<World::Member*> members;
  for (int i = 0; i < 10; ++i) members.push_back(&world.join({.server_is_dtls_client = active}, symmetric(link)));
  const auto all_up = [&] {
    return std::all_of(members.begin(), members.end(), [&](auto* m) {
      return m->client->connected() && world.state(*m).state == ConnectionState::Connected;
    });
  };
  EXPECT_TRUE(world.run_until(all_up, TimeDelta::seconds(10)));
}

INSTANTIATE_TEST_SUITE_P(Losses, ConnectUnderLoss,
                         testing::Values(Loss{0, 1, false}, Loss{0.01, 2, false}, Loss{0.05, 3, false},
                                         Loss{0.10, 4, false}, Loss{0, 5, true}, Loss{0.05, 6, true},
                                         Loss{0.10, 7, true}));

TEST(Connect, WrongFingerprintFailsWithAReason) {
  World world(3);
  auto& member = world.join({.wrong_fingerprint = true}, symmetric({}));
  ASSERT_TRUE(world.run_until([&] { return world.state(member).state == ConnectionState::Failed; }, kSecond));
  EXPECT_FALSE(world.state(member).reason.empty());
  world.run(kSecond);
  EXPECT_EQ(world.state(member).state, ConnectionState::Failed) << "a failed connection stays so";
}

TEST(Connect, SilenceDisconnectsAndAnyPacketRepairs) {
  World world(4);
  auto& member = world.join({}, symmetric({}));
  ASSERT_TRUE(world.run_until([&] { return world.state(member).state == ConnectionState::Connected; }, kSecond));
  member.client->go_silent(true);
  world.run(engine::kDisconnectedAfter - kSecond);
  EXPECT_EQ(world.state(member).state, ConnectionState::Connected);
  world.run(kSecond * 2);
  EXPECT_EQ(world.state(member).state, ConnectionState::Disconnected);
  member.client->go_silent(false);
  ASSERT_TRUE(world.run_until([&] { return world.state(member).state == ConnectionState::Connected; }, kSecond * 3));
  member.client->go_silent(true);
  world.run(kSecond * 7);
  EXPECT_EQ(world.state(member).state, ConnectionState::Disconnected) << "it is watched again";
}

}  // namespace
}  // namespace parley::sim
