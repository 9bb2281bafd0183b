#include <gmock/gmock.h>

#include "ice/full_agent.hpp"
#include "ice/test_network.hpp"

// Against another full agent, and against datagrams made by hand.
namespace parley::ice {
namespace {

using test::kClientAddress;
using test::kServerAddress;
using test::udp;
using Full = test::Network<FullAgent>;

constexpr TimeDelta kMs = TimeDelta::millis(1);
constexpr TimeDelta kSecond = TimeDelta::seconds(1);

FullAgent::Config peer_config(std::vector<RemoteCandidate> remotes, uint64_t seed = 2) {
  return {.local = test::kServer,
          .remote = test::kClient,
          .hosts = {{kServerAddress}},
          .remotes = std::move(remotes),
          .rng = Rng(seed)};
}

// Both begin as the controlling side, so that each run has a role conflict; which one yields is up to the tie-breakers.
TEST(FullAgentPeers, ResolveTheConflictAndAgreeOnAPath) {
  int yielded = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Full net(test::client_config({udp()}, seed), FullAgent(peer_config({udp(kClientAddress)}, seed + 500)), seed);
    net.loss = seed % 3 * 0.1;
    const auto agreed = [&] { return net.agent.nominated() && net.peer.nominated(); };
    ASSERT_TRUE(net.run_until(agreed, kSecond * 8)) << "seed " << seed;
    EXPECT_NE(net.agent.controlling(), net.peer.controlling()) << "seed " << seed;
    EXPECT_EQ(net.agent.selected()->remote, kServerAddress);
    EXPECT_EQ(net.peer.selected()->remote, kClientAddress);
    yielded += !net.agent.controlling();
  }
  EXPECT_GT(yielded, 10);
  EXPECT_LT(yielded, 50);
}

TEST(FullAgentPeers, KeepConsentBothWaysAndLoseIt) {
  Full net(test::client_config(), FullAgent(peer_config({udp(kClientAddress)})));
  net.run(kSecond * 60);
  EXPECT_TRUE(net.agent.nominated() && net.peer.nominated());
  net.udp_blocked = true;
  net.run(kSecond * 31);
  EXPECT_EQ(net.agent.failure(), FullAgent::Failure::NoConsent);
  EXPECT_EQ(net.peer.failure(), FullAgent::Failure::NoConsent);
}

TEST(FullAgentPeers, LearnAnAddressFromTheChecksThatComeFromIt) {
  // The peer knows no candidate of the client's: a NAT stands in between.
  Full net(test::client_config(), FullAgent(peer_config({})));
  net.nat = SocketAddress{IpAddress::v4(0xcb007105), 33'333};
  ASSERT_TRUE(net.run_until([&] { return net.agent.nominated() && net.peer.nominated(); }, kSecond * 3));
  EXPECT_EQ(net.peer.selected()->remote, *net.nat);
  EXPECT_EQ(net.peer.stats().candidates_full, 0u);
}

// One agent, and a peer that says what the test wants.
class FullAgentAlone : public testing::Test {
 protected:
  using Verdict = FullAgent::Verdict;
  struct Message {
    stun::Class message_class = stun::Class::Request;
    stun::TransactionId id{1, 2, 3};
    std::string username = "clnt:srvr";
    std::string password = test::kClient.pwd;
    std::optional<uint64_t> controlling;
    std::optional<uint64_t> controlled;
    bool use_candidate = false;
    bool integrity = true;
    std::optional<stun::ErrorCode> error;
  };
  static std::vector<uint8_t> encode(const Message& m) {
    std::vector<uint8_t> buffer(stun::Writer::kMaxSize);
    stun::Writer writer(buffer, m.message_class, stun::kBinding, m.id);
    if (m.message_class == stun::Class::Request) {
      writer.username(m.username);
      writer.priority(7);
    } else if (m.error) {
      writer.error(*m.error);
    } else {
      writer.xor_mapped_address(kClientAddress);
    }
    if (m.controlling) writer.ice_controlling(*m.controlling);
    if (m.controlled) writer.ice_controlled(*m.controlled);
    if (m.use_candidate) writer.use_candidate();
    if (m.integrity) writer.integrity(stun::IntegrityKey(as_bytes(m.password)));
    buffer.resize(*writer.finish());
    return buffer;
  }
  Verdict give(const Message& message) { return give(encode(message)); }
  Verdict give(Bytes bytes) {
    sent.clear();
    return agent.receive(bytes, path, now, sent);
  }
  // The answer to the latest check of the agent.
  Message answer() {
    Message m{.message_class = stun::Class::Success, .id = last_check, .password = test::kServer.pwd};
    return m;
  }
  void tick(TimeDelta span = kMs * 100) {
    now += span;
    sent.clear();
    agent.on_deadline(now, sent);
    for (const auto& entry : sent.entries()) {
      last = std::vector<uint8_t>(sent.bytes(entry).begin(), sent.bytes(entry).end());
      last_check = stun::MessageView::parse(last)->transaction;
    }
  }
  std::optional<stun::MessageView> reply() {
    if (sent.entries().empty()) return std::nullopt;
    const Bytes bytes = sent.bytes(sent.entries()[0]);
    last.assign(bytes.begin(), bytes.end());
    return *stun::MessageView::parse(last);
  }

  FullAgent agent{test::client_config()};
  Path path{Path::Protocol::Udp, 0, kServerAddress, kClientAddress.ip};
  Timestamp now = Timestamp::from_us(1'000'000);
  DatagramBatch sent;
  std::vector<uint8_t> last;
  stun::TransactionId last_check{};
};

TEST_F(FullAgentAlone, AnswersTheChecksOfThePeer) {
  EXPECT_EQ(give(Message{.controlled = 1}), Verdict::Accepted);
  const auto answered = reply();
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->message_class, stun::Class::Success);
  EXPECT_EQ(answered->xor_mapped_address, kServerAddress);
  EXPECT_TRUE(answered->verify(stun::IntegrityKey(as_bytes(test::kClient.pwd))));
  EXPECT_EQ(agent.last_heard(), now);
  EXPECT_FALSE(agent.selected()) << "that the peer reaches us does not mean that we reach it";
}

TEST_F(FullAgentAlone, RefusesRequestsWithoutTheRightCredentials) {
  EXPECT_EQ(give(Message{.password = "wrong"}), Verdict::BadAuth);
  EXPECT_EQ(reply()->error->code, 401);
  EXPECT_EQ(give(Message{.username = "othr:srvr"}), Verdict::BadAuth);
  EXPECT_EQ(reply()->error->code, 401);
  EXPECT_EQ(give(Message{.integrity = false}), Verdict::BadAuth);
  EXPECT_EQ(reply()->error->code, 400);
  EXPECT_EQ(agent.stats().bad_auth, 3u);
  EXPECT_FALSE(agent.last_heard());
}

TEST_F(FullAgentAlone, RefusesAttributesThatItDoesNotUnderstand) {
  std::vector<uint8_t> buffer(stun::Writer::kMaxSize);
  stun::Writer writer(buffer, stun::Class::Request, stun::kBinding, {9});
  writer.username("clnt:srvr");
  writer.priority(1);  // its type becomes one that nobody knows
  const size_t at = 20 + 4 + 12;
  ASSERT_EQ(load_be16(&buffer[at]), 0x24);
  store_be16(&buffer[at], 0x7777);
  writer.integrity(stun::IntegrityKey(as_bytes(test::kClient.pwd)));
  buffer.resize(*writer.finish());
  EXPECT_EQ(give(buffer), Verdict::Refused);
  const auto refused = reply();
  EXPECT_EQ(refused->error->code, 420);
  ASSERT_EQ(refused->unknown_attributes.size(), 1u);
  EXPECT_EQ(refused->unknown_attributes[0], 0x7777);
}

// RFC 8445 section 7.3.1.1: the larger tie-breaker controls.
TEST_F(FullAgentAlone, RoleConflictsAreDecidedByTheTieBreaker) {
  EXPECT_EQ(give(Message{.controlling = 0}), Verdict::Refused);
  EXPECT_EQ(reply()->error->code, 487);
  EXPECT_TRUE(agent.controlling());
  EXPECT_EQ(give(Message{.controlling = UINT64_MAX}), Verdict::Accepted);
  EXPECT_FALSE(agent.controlling());
  EXPECT_EQ(give(Message{.controlled = UINT64_MAX}), Verdict::Refused);
  EXPECT_EQ(reply()->error->code, 487);
  EXPECT_EQ(give(Message{.controlled = 0}), Verdict::Accepted);
  EXPECT_TRUE(agent.controlling());
  EXPECT_EQ(agent.stats().role_conflicts, 2u);
}

TEST_F(FullAgentAlone, A487ChangesTheRoleAndChecksAgain) {
  tick();
  EXPECT_TRUE(stun::MessageView::parse(last)->ice_controlling);
  Message conflict = answer();
  conflict.message_class = stun::Class::Error;
  conflict.error = stun::ErrorCode{487, "Role Conflict"};
  EXPECT_EQ(give(conflict), Verdict::Accepted);
  EXPECT_FALSE(agent.controlling());
  tick();
  const auto again = stun::MessageView::parse(last);
  EXPECT_TRUE(again->ice_controlled && !again->ice_controlling);
  EXPECT_FALSE(again->use_candidate);
}

TEST_F(FullAgentAlone, ControlledItTakesThePathThatThePeerNominates) {
  give(Message{.controlling = UINT64_MAX});
  tick();
  EXPECT_EQ(give(answer()), Verdict::Accepted);
  EXPECT_EQ(agent.selected(), path);
  EXPECT_FALSE(agent.nominated());
  EXPECT_TRUE(sent.empty()) << "to nominate is the other's business";
  give(Message{.controlling = UINT64_MAX, .use_candidate = true});
  EXPECT_TRUE(agent.nominated());
}

// An answer would be taken for consent, and a nomination would bring back a path that is given up.
TEST_F(FullAgentAlone, AfterAFailureItIsSilentUntilTheNextSession) {
  give(Message{.controlling = UINT64_MAX, .use_candidate = true});
  tick();
  give(answer());
  ASSERT_TRUE(agent.nominated());
  for (int i = 0; i < 400 && agent.failure() == FullAgent::Failure::None; ++i) tick();
  ASSERT_EQ(agent.failure(), FullAgent::Failure::NoConsent);
  EXPECT_EQ(give(Message{.controlling = UINT64_MAX, .use_candidate = true}), Verdict::Ignored);
  EXPECT_TRUE(sent.empty());
  EXPECT_FALSE(agent.selected());
  EXPECT_FALSE(agent.nominated());
  agent.restart(test::kClient, test::kServer, {udp()});
  EXPECT_EQ(give(Message{.controlling = UINT64_MAX}), Verdict::Accepted);
}

TEST_F(FullAgentAlone, ANominationBeforeTheCheckSucceededCountsAfterwards) {
  give(Message{.controlling = UINT64_MAX, .use_candidate = true});
  EXPECT_FALSE(agent.nominated());
  tick();
  give(answer());
  EXPECT_TRUE(agent.nominated());
}

TEST_F(FullAgentAlone, OnlyTheRightAnswerByTheRightPathCounts) {
  tick();
  Message wrong = answer();
  wrong.password = "wrong";
  EXPECT_EQ(give(wrong), Verdict::BadAuth);
  Message stranger = answer();
  stranger.id[0] ^= 1;
  EXPECT_EQ(give(stranger), Verdict::Ignored);
  path.remote.port ^= 1;
  EXPECT_EQ(give(answer()), Verdict::Ignored);
  path.remote.port ^= 1;
  EXPECT_FALSE(agent.selected());
  EXPECT_EQ(give(answer()), Verdict::Accepted) << "what went before used nothing up";
  EXPECT_TRUE(agent.selected());
  EXPECT_EQ(give(answer()), Verdict::Ignored) << "once";
}

TEST_F(FullAgentAlone, ErrorsWithoutIntegrityChangeNothing) {
  tick();
  Message error = answer();
  error.message_class = stun::Class::Error;
  error.error = stun::ErrorCode{401, "Unauthenticated"};
  error.integrity = false;
  EXPECT_EQ(give(error), Verdict::BadAuth);
  tick();
  EXPECT_EQ(sent.entries().size(), 1u) << "the pair is still checked";
}

TEST_F(FullAgentAlone, AnAuthenticErrorEndsThePair) {
  tick();
  Message error = answer();
  error.message_class = stun::Class::Error;
  error.error = stun::ErrorCode{420, "Unknown Attribute"};
  EXPECT_EQ(give(error), Verdict::Accepted);
  tick(kSecond);
  EXPECT_TRUE(sent.empty());
  give(Message{.controlled = 1});  // a check of the peer's revives it (RFC 8445 section 7.3.1.4)
  tick();
  EXPECT_EQ(sent.entries().size(), 1u);
}

TEST_F(FullAgentAlone, WhatIsNoBindingIsIgnoredOrMalformed) {
  std::vector<uint8_t> indication = encode(Message{.message_class = stun::Class::Indication});
  EXPECT_EQ(give(indication), Verdict::Ignored);
  EXPECT_EQ(give(std::vector<uint8_t>{0, 1, 2}), Verdict::Malformed);
  EXPECT_EQ(agent.stats().ignored, 1u);
  EXPECT_EQ(agent.stats().malformed, 1u);
  EXPECT_TRUE(sent.empty());
}

TEST_F(FullAgentAlone, StrangersCandidatesAreBounded) {
  for (uint16_t port = 1; port < 200; ++port) {
    path.remote.port = port;
    EXPECT_EQ(give(Message{.controlled = 1}), Verdict::Accepted);
  }
  EXPECT_EQ(agent.stats().candidates_full, 199u - (CheckList::kMaxRemotes - 1));
}

}  // namespace
}  // namespace parley::ice
