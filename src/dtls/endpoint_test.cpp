#include "dtls/endpoint.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "dtls/two_endpoints.hpp"

namespace parley::dtls {
namespace {

TEST(Endpoint, HandshakeAndKeys) {
  TwoEndpoints pair;
  EXPECT_EQ(pair.passive.state(), State::New);
  EXPECT_TRUE(pair.passive.next_deadline().is_never());
  EXPECT_FALSE(pair.passive.srtp_keys());
  EXPECT_TRUE(pair.connect());
  const srtp::SessionKeys* a = pair.active.srtp_keys();
  const srtp::SessionKeys* p = pair.passive.srtp_keys();
  ASSERT_TRUE(a && p);
  EXPECT_EQ(a->local.profile, srtp::Profile::AeadAes128Gcm) << "the server's first choice";
  EXPECT_TRUE(same(a->local, p->remote));
  EXPECT_TRUE(same(a->remote, p->local));
  EXPECT_FALSE(same(a->local, a->remote));
  EXPECT_EQ(a->local.key.size(), 16u);
  EXPECT_EQ(a->local.salt.size(), 12u);
  EXPECT_TRUE(pair.active.next_deadline().is_never());
  EXPECT_TRUE(pair.passive.next_deadline().is_never());
  EXPECT_EQ(pair.active.stats().retransmissions + pair.passive.stats().retransmissions, 0u);
  EXPECT_EQ(pair.elapsed(), pair.link.delay * 4) << "two round trips";
  EXPECT_LE(pair.largest_datagram, Endpoint::kMtu);
}

TEST(Endpoint, TwoAssociationsHaveDifferentKeys) {
  TwoEndpoints one, two;
  ASSERT_TRUE(one.connect() && two.connect());
  EXPECT_FALSE(same(one.active.srtp_keys()->local, two.active.srtp_keys()->local));
}

// One identity serves all media shards.
TEST(Endpoint, ThreadsShareAnIdentity) {
  identity(0);  // made before they start
  std::atomic<int> connected = 0;
  const auto work = [&](uint64_t seed) {
    for (int i = 0; i < 10; ++i) {
      TwoEndpoints pair(Scenario{.seed = seed});
      connected += pair.connect();
    }
  };
  std::thread other(work, 1);
  work(2);
  other.join();
  EXPECT_EQ(connected, 20);
}

TEST(Endpoint, AnyStrongFingerprintOfTheListWillDo) {
  const Fingerprint right = identity(0)->fingerprint();
  Fingerprint wrong = right;
  wrong.digest[5] ^= 1;
  TwoEndpoints pair(Scenario{.accepted_by_passive = {{"sha-1", {1, 2, 3}}, wrong, right}});
  EXPECT_TRUE(pair.connect());
}

TEST(Endpoint, WrongFingerprintFails) {
  for (size_t byte : {0u, 31u}) {
    Fingerprint wrong = identity(0)->fingerprint();
    wrong.digest[byte] ^= 0x10;
    TwoEndpoints pair(Scenario{.accepted_by_passive = {wrong}});
    EXPECT_FALSE(pair.connect());
    EXPECT_EQ(pair.passive.state(), State::Failed);
    EXPECT_EQ(pair.passive.failure(), Failure::WrongFingerprint);
    EXPECT_EQ(pair.active.failure(), Failure::PeerAlert);
    EXPECT_FALSE(pair.passive.srtp_keys());
    EXPECT_TRUE(pair.passive.next_deadline().is_never());
  }
}

TEST(Endpoint, TheClientChecksTheServerToo) {
  TwoEndpoints pair(Scenario{.accepted_by_active = {identity(0)->fingerprint()}});
  EXPECT_FALSE(pair.connect());
  EXPECT_EQ(pair.active.failure(), Failure::WrongFingerprint);
  EXPECT_EQ(pair.passive.failure(), Failure::PeerAlert);
}

TEST(Endpoint, WeakOrUnknownHashesAreNotLookedAt) {
  for (const char* algorithm : {"sha-1", "md5", "SHA-256", ""}) {
    Fingerprint f = identity(0)->fingerprint();
    f.algorithm = algorithm;
    TwoEndpoints pair(Scenario{.accepted_by_passive = {f, {algorithm, {}}}});
    EXPECT_FALSE(pair.connect()) << algorithm;
    EXPECT_EQ(pair.passive.failure(), Failure::WrongFingerprint) << algorithm;
  }
}

TEST(Endpoint, NoFingerprintMatchesNothing) {
  TwoEndpoints pair(Scenario{.accepted_by_passive = {Fingerprint{}}});
  EXPECT_FALSE(pair.connect());
  EXPECT_EQ(pair.passive.failure(), Failure::WrongFingerprint);
}

TEST(Endpoint, ApplicationDataBothWays) {
  TwoEndpoints pair;
  EXPECT_FALSE(pair.active.send(as_bytes("too early"), kPath, pair.now, pair.out));
  ASSERT_TRUE(pair.connect());
  const std::string large(Endpoint::kMaxApplicationData, 'x');
  EXPECT_TRUE(pair.active.send(as_bytes("one"), kPath, pair.now, pair.from_active()));
  EXPECT_TRUE(pair.active.send(as_bytes(large), kPath, pair.now, pair.from_active()));
  EXPECT_TRUE(pair.passive.send(as_bytes("two"), kPath, pair.now, pair.from_passive()));
  pair.run();
  EXPECT_EQ(pair.heard_by_passive, (std::vector<std::string>{"one", large}));
  EXPECT_EQ(pair.heard_by_active, std::vector<std::string>{"two"});
  EXPECT_LE(pair.largest_datagram, Endpoint::kMtu);
}

TEST(Endpoint, ManyRecordsInOneDatagram) {
  TwoEndpoints pair;
  ASSERT_TRUE(pair.connect());
  DatagramBatch out;
  for (int i = 0; i < 40; ++i) pair.active.send(as_bytes("m" + std::to_string(i)), kPath, pair.now, out);
  std::vector<uint8_t> joined;
  for (const auto& entry : out.entries()) joined.insert(joined.end(), out.bytes(entry).begin(), out.bytes(entry).end());
  pair.passive.receive(joined, kPath, pair.now, pair.out);
  ASSERT_EQ(pair.passive.message_count(), 40u);
  EXPECT_EQ(as_text(pair.passive.message(0)), "m0");
  EXPECT_EQ(as_text(pair.passive.message(39)), "m39");
}

TEST(Endpoint, ReplayedAndForgedRecordsAreDropped) {
  TwoEndpoints pair;
  ASSERT_TRUE(pair.connect());
  DatagramBatch out;
  pair.active.send(as_bytes("once"), kPath, pair.now, out);
  std::vector<uint8_t> packet(out.bytes(out.entries()[0]).begin(), out.bytes(out.entries()[0]).end());
  for (size_t i = 0; i < packet.size(); ++i) {
    std::vector<uint8_t> forged = packet;
    forged[i] ^= 1;
    pair.passive.receive(forged, kPath, pair.now, pair.out);
    EXPECT_EQ(pair.passive.message_count(), 0u) << i;
    ASSERT_EQ(pair.passive.state(), State::Connected) << i;
  }
  pair.passive.receive(packet, kPath, pair.now, pair.out);
  EXPECT_EQ(pair.passive.message_count(), 1u);
  pair.passive.receive(packet, kPath, pair.now, pair.out);
  EXPECT_EQ(pair.passive.message_count(), 0u);
}

TEST(Endpoint, CloseIsToldAndAnswered) {
  TwoEndpoints pair;
  ASSERT_TRUE(pair.connect());
  pair.passive.close(kPath, pair.now, pair.from_passive());
  EXPECT_EQ(pair.passive.state(), State::Closed);
  EXPECT_FALSE(pair.passive.srtp_keys());
  pair.run();
  EXPECT_EQ(pair.active.state(), State::Closed);
  EXPECT_FALSE(pair.active.send(as_bytes("x"), kPath, pair.now, pair.out));
  EXPECT_TRUE(pair.active.next_deadline().is_never());
}

TEST(Endpoint, CloseDuringTheHandshake) {
  TwoEndpoints pair;
  pair.active.start(kPath, pair.now, pair.from_active());
  EXPECT_FALSE(pair.active.next_deadline().is_never());
  pair.active.close(kPath, pair.now, pair.from_active());
  EXPECT_EQ(pair.active.state(), State::Closed);
  EXPECT_TRUE(pair.active.next_deadline().is_never());
}

TEST(Endpoint, PassiveNeedsNoStartAndActiveTakesNothingBefore) {
  TwoEndpoints pair;
  pair.passive.start(kPath, pair.now, pair.out);
  EXPECT_TRUE(pair.out.empty());
  pair.active.receive(std::vector<uint8_t>{22, 254, 253, 0}, kPath, pair.now, pair.out);
  EXPECT_EQ(pair.active.state(), State::New);
  EXPECT_TRUE(pair.connect());
}

TEST(Endpoint, UnansweredFlightIsRepeatedThenGivenUp) {
  TwoEndpoints pair;
  DatagramBatch out;
  pair.active.start(kPath, pair.now, out);
  const Timestamp begin = pair.now;
  std::vector<int64_t> at_ms;
  while (pair.active.state() == State::Handshaking) {
    const Timestamp deadline = pair.active.next_deadline();
    ASSERT_FALSE(deadline.is_never());
    pair.active.on_deadline(kPath, deadline - TimeDelta::micros(1), out);  // early: nothing
    EXPECT_EQ(pair.active.next_deadline(), deadline);
    out.clear();
    pair.active.on_deadline(kPath, deadline, out);
    at_ms.push_back((deadline - begin).ms());
    EXPECT_EQ(out.empty(), pair.active.state() == State::Failed);
  }
  EXPECT_EQ(pair.active.failure(), Failure::Timeout);
  ASSERT_EQ(at_ms.size(), static_cast<size_t>(Endpoint::kMaxRetransmissions) + 1);
  EXPECT_EQ(pair.active.stats().retransmissions, static_cast<uint64_t>(Endpoint::kMaxRetransmissions));
  EXPECT_EQ((std::vector<int64_t>(at_ms.begin(), at_ms.begin() + 7)),
            (std::vector<int64_t>{100, 300, 700, 1500, 3100, 6300, 9500}));
  EXPECT_TRUE(pair.active.next_deadline().is_never());
}

// Which datagram of the handshake is lost: each in turn, either way. Above all the last, which the server repeats only
// because the client does.
TEST(Endpoint, AnySingleLossIsRepaired) {
  for (bool from_active : {true, false}) {
    for (int lost = 0; lost < 4; ++lost) {
      TwoEndpoints pair;
      int count = 0;
      pair.drop = [&](bool active, Bytes) { return active == from_active && count++ == lost; };
      EXPECT_TRUE(pair.connect()) << from_active << ' ' << lost;
      EXPECT_LT(pair.elapsed(), TimeDelta::millis(1000));
      EXPECT_TRUE(same(pair.active.srtp_keys()->local, pair.passive.srtp_keys()->remote));
    }
  }
}

TEST(Endpoint, LossReorderAndDuplicates) {
  uint64_t retransmissions = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    TwoEndpoints pair(
        Scenario{.link = {.loss = 0.25, .duplicate = 0.2, .jitter = TimeDelta::millis(60)}, .seed = seed});
    EXPECT_TRUE(pair.connect()) << "seed " << seed << ' ' << to_string(pair.active.failure()) << " / "
                                << to_string(pair.passive.failure());
    if (pair.active.srtp_keys() && pair.passive.srtp_keys()) {
      EXPECT_TRUE(same(pair.active.srtp_keys()->local, pair.passive.srtp_keys()->remote)) << seed;
    }
    retransmissions += pair.active.stats().retransmissions + pair.passive.stats().retransmissions;
  }
  EXPECT_GT(retransmissions, 60u);
}

TEST(Endpoint, HostileBytesBeforeAHandshake) {
  Rng rng(7);
  for (int i = 0; i < 300; ++i) {
    TwoEndpoints pair(Scenario{.seed = static_cast<uint64_t>(i)});
    std::vector<uint8_t> packet(rng.below(200));
    rng.fill(packet);
    // Half of them with a plausible record header, so that they reach the handshake layer.
    if (packet.size() >= 13 && rng.chance(0.5)) {
      packet[0] = static_cast<uint8_t>(20 + rng.below(4));
      packet[1] = 254;
      packet[2] = 253;
      store_be16(&packet[3], 0);
      store_be16(&packet[11], static_cast<uint16_t>(packet.size() - 13));
    }
    pair.passive.receive(packet, kPath, pair.now, pair.out);
    EXPECT_FALSE(pair.passive.srtp_keys());
  }
}

TEST(Endpoint, RandomGarbageDoesNotDisturbAHandshakeOrAConnection) {
  Rng rng(8);
  TwoEndpoints pair;
  const auto disturb = [&](Endpoint& endpoint) {
    for (int i = 0; i < 50; ++i) {
      std::vector<uint8_t> packet(1 + rng.below(100));
      rng.fill(packet);
      packet[0] = static_cast<uint8_t>(24 + rng.below(40));  // content types that DTLS 1.2 does not have
      endpoint.receive(packet, kPath, pair.now, pair.out);
    }
  };
  pair.drop = [&](bool active, Bytes) {
    disturb(active ? pair.passive : pair.active);
    return false;
  };
  EXPECT_TRUE(pair.connect());
  disturb(pair.passive);
  EXPECT_EQ(pair.passive.state(), State::Connected);
}

TEST(Endpoint, OtherProtocolsAreDropped) {
  TwoEndpoints pair;
  for (int first = 0; first < 256; ++first) {
    const std::vector<uint8_t> packet(30, static_cast<uint8_t>(first));
    if (is_dtls(packet)) continue;
    pair.passive.receive(packet, kPath, pair.now, pair.out);
  }
  pair.passive.receive(Bytes(), kPath, pair.now, pair.out);
  EXPECT_EQ(pair.passive.stats().datagrams_received, 0u);
  EXPECT_EQ(pair.passive.state(), State::New);
}

TEST(Endpoint, RepliesGoToThePathOfTheCall) {
  TwoEndpoints pair;
  DatagramBatch out;
  const Path other = {Path::Protocol::Tcp, 3, kPath.remote};
  pair.active.start(other, pair.now, out);
  EXPECT_EQ(out.entries()[0].path, other);
  out.clear();
  pair.active.on_deadline(kPath, pair.active.next_deadline(), out);
  EXPECT_EQ(out.entries()[0].path, kPath) << "a repeat follows the selected path";
}

}  // namespace
}  // namespace parley::dtls
