#include "ice/full_agent.hpp"

#include <gmock/gmock.h>

#include "ice/test_network.hpp"

// Against a lite server, which is what this agent is for.
namespace parley::ice {
namespace {

using test::kClientAddress;
using test::kClientAddress2;
using test::kServerAddress;
using test::kServerAddress2;
using test::tcp;
using test::udp;
using Kind = StreamRequest::Kind;
using Lite = test::Network<LiteAgent>;

constexpr TimeDelta kMs = TimeDelta::millis(1);
constexpr TimeDelta kSecond = TimeDelta::seconds(1);

Lite lite(FullAgent::Config config = test::client_config(), uint64_t seed = 1) {
  return Lite(std::move(config), LiteAgent(test::kServer), seed);
}

TEST(Candidate, PrioritiesOfTheRfcs) {
  // RFC 8445 section 5.1.2.1; the host of component 1 is the number that browsers show.
  EXPECT_EQ(candidate_priority(126, 65535), 2130706431u);
  EXPECT_EQ(candidate_priority(110, 65535), 1862270975u);
  // RFC 6544 section 4.2: direction above all, then the rest of the preference.
  EXPECT_EQ(tcp_local_preference(TcpDirection::Active, 0), 6 << 13);
  EXPECT_EQ(tcp_local_preference(TcpDirection::Passive, 0xffff), 4 << 13 | 0x1fff);
  // RFC 8445 section 6.1.2.3.
  EXPECT_EQ(pair_priority(2, 1), (uint64_t{1} << 32) + 5);
  EXPECT_EQ(pair_priority(1, 2), (uint64_t{1} << 32) + 4);
  EXPECT_EQ(pair_priority(7, 7), (uint64_t{7} << 32) + 14);
}

TEST(FullAgent, ThePathWorksAfterOneRoundTripAndIsNominatedAfterTwo) {
  Lite net = lite();
  ASSERT_TRUE(net.run_until([&] { return net.agent.selected().has_value(); }, kSecond));
  EXPECT_LE(net.now - net.began, kMs * 43);
  EXPECT_EQ(net.agent.selected(), (Path{Path::Protocol::Udp, 0, kServerAddress, kClientAddress.ip}));
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  EXPECT_LE(net.now - net.began, kMs * 86);
  EXPECT_EQ(net.peer.selected()->remote, kClientAddress);
  EXPECT_EQ(net.agent.rtt(), kMs * 40);
  EXPECT_LE(net.checks.size(), 3u);
  EXPECT_EQ(net.agent.failure(), FullAgent::Failure::None);
}

TEST(FullAgent, ChecksCarryWhatRfc8445WantsInThem) {
  FullAgent agent(test::client_config());
  DatagramBatch out;
  agent.on_deadline(Timestamp::from_us(5), out);
  ASSERT_EQ(out.entries().size(), 1u);
  EXPECT_EQ(out.entries()[0].path, (Path{Path::Protocol::Udp, 0, kServerAddress, kClientAddress.ip}));
  const auto check = stun::MessageView::parse(out.bytes(out.entries()[0]));
  ASSERT_TRUE(check);
  EXPECT_EQ(check->username, "srvr:clnt");
  EXPECT_EQ(check->priority, candidate_priority(110, 65535));
  EXPECT_TRUE(check->ice_controlling && !check->ice_controlled);
  EXPECT_FALSE(check->use_candidate);
  EXPECT_TRUE(check->has_fingerprint);
  EXPECT_TRUE(check->verify(stun::IntegrityKey(as_bytes(test::kServer.pwd))));
}

class FullAgentUnderLoss : public testing::TestWithParam<int> {};

TEST_P(FullAgentUnderLoss, AlwaysConnects) {
  TimeDelta worst;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Lite net = lite(test::client_config({udp(), tcp()}, seed), seed + 1000);
    net.loss = GetParam() / 100.0;
    ASSERT_TRUE(net.run_until([&] { return net.agent.selected().has_value(); }, kSecond * 5)) << "seed " << seed;
    ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond * 12)) << "seed " << seed;
    worst = std::max(worst, net.now - net.began);
    net.run(kSecond);
    EXPECT_EQ(net.peer.selected()->protocol, net.agent.selected()->protocol) << "seed " << seed;
  }
  RecordProperty("worst_ms", static_cast<int>(worst.ms()));
}

INSTANTIATE_TEST_SUITE_P(Percent, FullAgentUnderLoss, testing::Values(1, 5, 10, 30));

TEST(FullAgent, ChecksKeepThePaceAndTheOrderOfPriorities) {
  std::vector<RemoteCandidate> remotes;
  for (uint16_t i = 0; i < 6; ++i) {
    remotes.push_back(udp({IpAddress::v4(0xc0000300u + i), 50'000}, static_cast<uint16_t>(100 * i)));
  }
  Lite net = lite(test::client_config(remotes));
  net.udp_blocked = true;
  net.run(kSecond * 3);
  ASSERT_GE(net.checks.size(), 20u);
  for (size_t i = 1; i < net.checks.size(); ++i) {
    EXPECT_GE(net.checks[i].at - net.checks[i - 1].at, FullAgent::kPace);
    if (i >= 6) continue;
    EXPECT_GT(net.checks[i - 1].path.remote.ip, net.checks[i].path.remote.ip) << "the best first";
  }
}

TEST(FullAgent, UnansweredChecksBecomeRarer) {
  Lite net = lite();
  net.udp_blocked = true;
  net.run(kSecond * 7);
  std::vector<int64_t> at;
  for (const auto& check : net.checks) at.push_back((check.at - net.checks[0].at).ms());
  EXPECT_THAT(at, testing::ElementsAre(0, 100, 300, 700, 1500, 3100, 4700, 6300));
}

TEST(FullAgent, WithoutAPathItFailsAfterFifteenSeconds) {
  Lite net = lite(test::client_config({udp(), tcp()}));
  net.udp_blocked = net.tcp_refused = true;
  net.run(FullAgent::kConnectTimeout - kMs * 10);
  EXPECT_EQ(net.agent.failure(), FullAgent::Failure::None);
  net.run(kMs * 20);
  EXPECT_EQ(net.agent.failure(), FullAgent::Failure::NoPath);
  EXPECT_TRUE(net.agent.next_deadline().is_never());
  const size_t sent = net.checks.size();
  net.run(kSecond * 5);
  EXPECT_EQ(net.checks.size(), sent);
}

TEST(FullAgent, AnotherAddressIsTriedWhenTheBestIsDead) {
  Lite net = lite(test::client_config({udp(kServerAddress, 9), udp(kServerAddress2, 5)}));
  net.dead = {kServerAddress.ip};
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  EXPECT_EQ(net.agent.selected()->remote, kServerAddress2);
  EXPECT_EQ(net.peer.selected()->local, kServerAddress2.ip);
  EXPECT_LE(net.now - net.began, kMs * 50 + kMs * 90);
}

// --- TCP -------------------------------------------------------------------------------------------------------------

TEST(FullAgent, NoStreamIsOpenedWhereUdpWorks) {
  Lite net = lite(test::client_config({udp(), tcp()}));
  net.run(kSecond * 3);
  EXPECT_TRUE(net.agent.nominated());
  EXPECT_TRUE(net.requests.empty());
}

TEST(FullAgent, TcpCarriesWhereUdpIsBlocked) {
  Lite net = lite(test::client_config({udp(), tcp()}));
  net.udp_blocked = true;
  ASSERT_TRUE(net.run_until([&] { return net.agent.selected().has_value(); }, kSecond));
  EXPECT_LE(net.now - net.began, FullAgent::kTcpDelay + kMs * 90) << "usable as soon as it answers";
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  EXPECT_GE(net.now - net.began, FullAgent::kUdpPatience);
  EXPECT_LE(net.now - net.began, FullAgent::kUdpPatience + kMs * 50);
  EXPECT_EQ(net.agent.selected()->protocol, Path::Protocol::Tcp);
  EXPECT_EQ(net.peer.selected()->protocol, Path::Protocol::Tcp);
  ASSERT_EQ(net.requests.size(), 1u);
  EXPECT_EQ(net.requests[0].kind, Kind::Open);
  EXPECT_EQ(net.requests[0].path.remote, kServerAddress);
}

TEST(FullAgent, TcpAloneIsUsedAtOnce) {
  Lite net = lite(test::client_config({tcp()}));
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  EXPECT_LE(net.now - net.began, kMs * 130);
}

TEST(FullAgent, SlowUdpIsPreferredToTcpAndTheStreamIsClosed) {
  Lite net = lite(test::client_config({udp(), tcp()}));
  net.delay = kMs * 150;
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond * 2));
  EXPECT_EQ(net.agent.selected()->protocol, Path::Protocol::Udp);
  net.run(kSecond);
  ASSERT_EQ(net.requests.size(), 2u);
  EXPECT_EQ(net.requests[1].kind, Kind::Close);
  EXPECT_EQ(net.requests[1].path, net.requests[0].path);
}

TEST(FullAgent, AStreamThatBreaksIsLeftForWhatElseWorks) {
  Lite net = lite(test::client_config({udp(), tcp()}));
  net.udp_blocked = true;
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond * 2));
  net.udp_blocked = false;
  net.agent.forget(*net.agent.selected());
  EXPECT_FALSE(net.agent.selected());
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond * 2));
  EXPECT_EQ(net.agent.selected()->protocol, Path::Protocol::Udp);
}

// --- consent ---------------------------------------------------------------------------------------------------------

TEST(FullAgent, ConsentIsAskedForEveryFiveSecondsAtRandom) {
  Lite net = lite();
  net.media = true;
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  net.checks.clear();
  net.run(kSecond * 200);
  ASSERT_GE(net.checks.size(), 35u);
  std::set<int64_t> intervals;
  for (size_t i = 1; i < net.checks.size(); ++i) {
    const TimeDelta interval = net.checks[i].at - net.checks[i - 1].at;
    EXPECT_GE(interval, kMs * 3999);
    EXPECT_LE(interval, kMs * 6002);
    intervals.insert(interval.ms());
  }
  EXPECT_GE(intervals.size(), 20u) << "RFC 7675: randomised";
}

TEST(FullAgent, SilentPeersAreAskedSooner) {
  Lite net = lite();
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  net.checks.clear();
  net.run(kSecond * 20);
  EXPECT_GE(net.checks.size(), 7u) << "so that a server that waits 5 s hears us";
  EXPECT_LE(net.checks.size(), 9u);
  EXPECT_LE(net.now - *net.agent.last_heard(), FullAgent::kSilence + kMs * 45);
}

TEST(FullAgent, ConsentIsOverAfterThirtySecondsWithoutAnAnswer) {
  Lite net = lite();
  net.media = true;  // even if media comes: RFC 7675 counts answers alone
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  net.run(kSecond * 10);
  net.peer_answers = false;
  const Timestamp stopped = net.now;
  ASSERT_TRUE(net.run_until([&] { return net.agent.failure() != FullAgent::Failure::None; }, kSecond * 40));
  EXPECT_EQ(net.agent.failure(), FullAgent::Failure::NoConsent);
  EXPECT_FALSE(net.agent.selected());
  EXPECT_GE(net.now - stopped, FullAgent::kConsentLifetime - kSecond * 6);
  EXPECT_LE(net.now - stopped, FullAgent::kConsentLifetime);
}

TEST(FullAgent, AShortOutageIsOver) {
  Lite net = lite();
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  for (int i = 0; i < 3; ++i) {
    net.udp_blocked = true;
    net.run(kSecond * 20);
    net.udp_blocked = false;
    net.run(kSecond * 3);
    EXPECT_LE(net.now - *net.agent.last_heard(), kSecond * 3);
  }
  EXPECT_EQ(net.agent.failure(), FullAgent::Failure::None);
}

// --- restarts and changes
// ---------------------------------------------------------------------------------------------

TEST(FullAgent, ARestartKeepsThePathUntilTheNewOneWorks) {
  Lite net = lite(test::client_config({udp()}));
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  const Credentials client{"new1", "client password of 24 c2"};
  const Credentials server{"new2", "server password of 24 c2"};
  net.peer.restart(server);
  net.agent.restart(client, server, {udp(kServerAddress2)});
  EXPECT_EQ(net.agent.selected()->remote, kServerAddress);
  EXPECT_TRUE(net.agent.knows(*net.agent.selected()));
  EXPECT_FALSE(net.agent.nominated());
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  EXPECT_EQ(net.agent.selected()->remote, kServerAddress2);
  EXPECT_EQ(net.peer.selected()->local, kServerAddress2.ip);
  EXPECT_FALSE(net.peer.answers_to(test::kServer.ufrag));
  net.run(kSecond * 40);
  EXPECT_EQ(net.agent.failure(), FullAgent::Failure::None);
}

TEST(FullAgent, ARestartMendsAFailure) {
  Lite net = lite();
  net.udp_blocked = true;
  net.run(kSecond * 16);
  ASSERT_EQ(net.agent.failure(), FullAgent::Failure::NoPath);
  net.udp_blocked = false;
  net.agent.restart(test::kClient, test::kServer, {udp()});
  EXPECT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
}

TEST(FullAgent, ARestartClosesTheStreamsOfBefore) {
  Lite net = lite(test::client_config({tcp()}));
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  const Path old = *net.agent.selected();
  net.agent.restart(test::kClient, test::kServer, {tcp()});
  net.run(kMs);
  EXPECT_EQ(net.agent.selected(), old) << "it carries on";
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  EXPECT_NE(net.agent.selected()->stream, old.stream) << "numbers are not used twice";
  net.run(kMs);
  EXPECT_EQ(net.requests.back().kind, Kind::Close);
  EXPECT_EQ(net.requests.back().path, old);
}

// A deadline that stays due would keep a thread busy until the new stream is there.
TEST(FullAgent, ARestartOverAStreamWaitsForTheNextOne) {
  Lite net = lite(test::client_config({tcp()}));
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  net.agent.restart(test::kClient, test::kServer, {tcp()});
  DatagramBatch out;
  net.agent.on_deadline(net.now, out);
  EXPECT_EQ(net.agent.next_deadline(), net.now + FullAgent::kConnectTimeout) << "nobody has opened the stream yet";
}

TEST(FullAgent, OfOurAddressesTheOneThatIsLeftIsUsed) {
  FullAgent::Config config = test::client_config();
  config.hosts = {{kClientAddress, 10}, {kClientAddress2, 5}};
  Lite net = lite(config);
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  EXPECT_EQ(net.agent.selected()->local, kClientAddress.ip);
  net.agent.set_hosts({{kClientAddress2, 5}});
  EXPECT_FALSE(net.agent.selected());
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  EXPECT_EQ(net.agent.selected()->local, kClientAddress2.ip);
  net.run(kMs * 100);
  EXPECT_EQ(net.peer.selected()->remote, kClientAddress2);
}

TEST(FullAgent, CandidatesMayComeLate) {
  Lite net = lite(test::client_config({}));
  net.run(kSecond);
  EXPECT_TRUE(net.checks.empty());
  net.agent.add_remote(udp());
  EXPECT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
}

TEST(FullAgent, TheKernelMayChooseOurAddress) {
  FullAgent::Config config = test::client_config();
  config.hosts = {{{IpAddress(), 5000}}};
  Lite net = lite(config);
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated(); }, kSecond));
  EXPECT_TRUE(net.agent.selected()->local.is_unspecified());
  EXPECT_TRUE(net.agent.knows({Path::Protocol::Udp, 0, kServerAddress, kClientAddress2.ip}));
}

// --- which pairs there are -------------------------------------------------------------------------------------------

TEST(CheckList, PairsWhatCanReachEachOther) {
  const auto ip = [](const char* text) { return IpAddress::parse(text).value(); };
  struct Case {
    const char* host;
    const char* remote;
    bool pair;
  };
  const Case cases[] = {
      {"10.0.0.1", "192.0.2.1", true},   {"10.0.0.1", "2001:db8::1", false}, {"2001:db8::2", "2001:db8::1", true},
      {"::", "192.0.2.1", true},         {"::", "2001:db8::1", true},        {"0.0.0.0", "192.0.2.1", true},
      {"0.0.0.0", "2001:db8::1", false}, {"127.0.0.1", "127.0.0.1", true},   {"127.0.0.1", "192.0.2.1", false},
      {"10.0.0.1", "127.0.0.1", true},   {"fe80::1", "fe80::2", true},       {"fe80::1", "2001:db8::1", false},
      {"2001:db8::2", "fe80::2", false}, {"::1", "2001:db8::1", false}};
  for (const Case& c : cases) {
    CheckList list;
    list.set_hosts({{{ip(c.host), 1}}});
    EXPECT_TRUE(list.add_remote(udp({ip(c.remote), 2})));
    EXPECT_EQ(list.pairs().size(), c.pair ? 1u : 0u) << c.host << ' ' << c.remote;
  }
}

TEST(CheckList, IsBounded) {
  CheckList list;
  std::vector<HostCandidate> hosts;
  for (uint32_t i = 0; i < 40; ++i) hosts.push_back({{IpAddress::v4(0x0a000000 + i), 1}});
  list.set_hosts(hosts);
  size_t added = 0;
  for (uint32_t i = 0; i < 200; ++i) added += list.add_remote(udp({IpAddress::v4(0xc0000000 + i), 2}));
  EXPECT_EQ(list.pairs().size(), CheckList::kMaxPairs);
  EXPECT_EQ(added, CheckList::kMaxPairs / CheckList::kMaxHosts) << "all of their pairs have room";
  EXPECT_EQ(list.add_reflexive({Path::Protocol::Udp, 0, {IpAddress::v4(1), 1}, IpAddress::v4(0x0a000000)}, 1), nullptr);

  CheckList one;
  one.set_hosts({{kClientAddress}});
  for (uint32_t i = 0; i < 200; ++i) one.add_remote(udp({IpAddress::v4(0xc0000000 + i), 2}));
  EXPECT_EQ(one.pairs().size(), CheckList::kMaxRemotes);
  EXPECT_TRUE(one.add_remote(udp({IpAddress::v4(0xc0000000), 2}))) << "a known one changes nothing";
}

TEST(CheckList, ForgetsTheOldestOfManyChecks) {
  Pair pair;
  for (uint8_t i = 0; i < 20; ++i) pair.note_sent({.id = {i}, .sent = Timestamp::from_us(i)});
  EXPECT_EQ(pair.outstanding.size(), Pair::kMaxOutstanding);
  EXPECT_EQ(pair.find_check({11}), nullptr);
  ASSERT_NE(pair.find_check({12}), nullptr);
  EXPECT_EQ(pair.find_check({19})->sent, Timestamp::from_us(19));
}

}  // namespace
}  // namespace parley::ice
