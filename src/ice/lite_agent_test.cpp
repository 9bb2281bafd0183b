#include "ice/lite_agent.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/counted_allocations.hpp"

namespace parley::ice {
namespace {

using Verdict = CheckResult::Verdict;
using Packet = std::vector<uint8_t>;

const Credentials kLocal = {"LOCL", "local password of 24 char"};
const Credentials kNext = {"NEXT", "another password 24 chars."};

Path udp(uint16_t port) { return {Path::Protocol::Udp, 0, {IpAddress::v4(0xc0000201), port}}; }
Path tcp(uint32_t stream) { return {Path::Protocol::Tcp, stream, {IpAddress::v4(0xc0000202), 9}}; }
Timestamp at_ms(int64_t ms) { return Timestamp::from_us(ms * 1000); }

struct Check {
  std::string username = "LOCL:remo";
  std::string pwd = kLocal.pwd;
  uint32_t priority = 100;
  bool nominate = false;
  bool controlled = false;
  bool integrity = true;
  std::optional<uint16_t> unknown;
  stun::Class message_class = stun::Class::Request;
  uint16_t method = stun::kBinding;
};

Packet write(const Check& check) {
  static uint8_t count = 0;
  std::array<uint8_t, stun::Writer::kMaxSize> buffer;
  stun::Writer w(buffer, check.message_class, check.method, {++count, 7});
  if (!check.username.empty()) w.username(check.username);
  if (check.priority) w.priority(check.priority);
  if (check.controlled) {
    w.ice_controlled(5);
  } else {
    w.ice_controlling(5);
  }
  if (check.nominate) w.use_candidate();
  if (check.unknown) w.unknown_attributes({});  // patched below: the writer knows no unknown type
  if (check.unknown) store_be16(&buffer[20 + 4 + (check.username.size() + 3) / 4 * 4 + 8 + 12], *check.unknown);
  if (check.integrity) w.integrity(stun::IntegrityKey(as_bytes(check.pwd)));
  return Packet(buffer.begin(), buffer.begin() + static_cast<long>(*w.finish()));
}

class LiteAgentTest : public testing::Test {
 protected:
  CheckResult receive(const Check& check, const Path& from) {
    out_.clear();
    request_ = write(check);
    return agent_.receive(request_, from, now_, out_);
  }
  bool accepts(const Check& check, const Path& from) { return receive(check, from).verdict == Verdict::Accepted; }
  bool selects(const Check& check, const Path& from) { return receive(check, from).selected_changed; }

  stun::MessageView answer(const Path& to) {
    EXPECT_EQ(out_.entries().size(), 1u);
    EXPECT_EQ(out_.entries()[0].path, to);
    const auto view = stun::MessageView::parse(out_.bytes(out_.entries()[0]));
    EXPECT_TRUE(view);
    EXPECT_EQ(view->transaction, stun::MessageView::parse(request_)->transaction);
    EXPECT_TRUE(view->has_fingerprint);
    return *view;
  }
  void expect_error(uint16_t code, bool signed_answer, const Path& to) {
    const stun::MessageView view = answer(to);
    EXPECT_EQ(view.message_class, stun::Class::Error);
    ASSERT_TRUE(view.error);
    EXPECT_EQ(view.error->code, code);
    EXPECT_EQ(view.verify(stun::IntegrityKey(as_bytes(kLocal.pwd))), signed_answer);
  }

  LiteAgent agent_{kLocal};
  DatagramBatch out_;
  Packet request_;
  Timestamp now_ = at_ms(1000);
};

TEST_F(LiteAgentTest, AnswersAGoodCheck) {
  const CheckResult result = receive({}, udp(5000));
  EXPECT_EQ(result.verdict, Verdict::Accepted);
  EXPECT_TRUE(result.first_valid_check);
  EXPECT_FALSE(result.selected_changed);
  const stun::MessageView view = answer(udp(5000));
  EXPECT_EQ(view.message_class, stun::Class::Success);
  EXPECT_EQ(view.xor_mapped_address, udp(5000).remote);
  EXPECT_TRUE(view.verify(stun::IntegrityKey(as_bytes(kLocal.pwd))));
  EXPECT_TRUE(agent_.is_valid(udp(5000)));
  EXPECT_FALSE(agent_.is_valid(udp(5001)));
  EXPECT_FALSE(agent_.selected());
  EXPECT_FALSE(receive({}, udp(5000)).first_valid_check);
}

TEST_F(LiteAgentTest, RefusesBadCredentials) {
  EXPECT_EQ(receive({.username = ""}, udp(1)).verdict, Verdict::BadAuth);
  expect_error(400, false, udp(1));
  EXPECT_EQ(receive({.integrity = false}, udp(1)).verdict, Verdict::BadAuth);
  expect_error(400, false, udp(1));
  for (const char* username : {"LOC:remo", "LOCLX:remo", "remo:LOCL", "LOCL", ":remo"}) {
    EXPECT_EQ(receive({.username = username}, udp(1)).verdict, Verdict::BadAuth) << username;
    expect_error(401, false, udp(1));
  }
  EXPECT_EQ(receive({.pwd = "wrong", .nominate = true}, udp(1)).verdict, Verdict::BadAuth);
  expect_error(401, false, udp(1));
  EXPECT_LE(out_.bytes(out_.entries()[0]).size(), request_.size()) << "no amplification";
  EXPECT_FALSE(agent_.is_valid(udp(1)));
  EXPECT_FALSE(agent_.selected());
  EXPECT_FALSE(agent_.last_heard());
  EXPECT_EQ(agent_.stats().bad_auth, 8u);
}

TEST_F(LiteAgentTest, RemotePartOfTheUsernameIsNotJudged) {
  EXPECT_TRUE(accepts({.username = "LOCL:"}, udp(1)));
  EXPECT_TRUE(accepts({.username = "LOCL:any:thing"}, udp(1)));
}

TEST_F(LiteAgentTest, RoleConflict) {
  EXPECT_EQ(receive({.nominate = true, .controlled = true}, udp(1)).verdict, Verdict::Refused);
  expect_error(487, true, udp(1));
  EXPECT_FALSE(agent_.is_valid(udp(1)));
  EXPECT_FALSE(agent_.selected());
}

TEST_F(LiteAgentTest, UnknownRequiredAttribute) {
  EXPECT_EQ(receive({.unknown = 0x7abc}, udp(1)).verdict, Verdict::Refused);
  expect_error(420, true, udp(1));
  const stun::MessageView view = answer(udp(1));
  ASSERT_EQ(view.unknown_attributes.size(), 1u);
  EXPECT_EQ(view.unknown_attributes[0], 0x7abc);
  EXPECT_TRUE(accepts({.unknown = 0xc057}, udp(1))) << "optional ones are fine: Chromium sends GOOG-NETWORK-INFO";
}

TEST_F(LiteAgentTest, WhatIsNoCheckGetsNoAnswer) {
  for (stun::Class c : {stun::Class::Indication, stun::Class::Success, stun::Class::Error}) {
    EXPECT_EQ(receive({.message_class = c}, udp(1)).verdict, Verdict::Ignored);
    EXPECT_TRUE(out_.empty());
  }
  EXPECT_EQ(receive({.method = 3}, udp(1)).verdict, Verdict::Ignored);
  Packet packet = write({});
  packet.back() ^= 1;
  EXPECT_EQ(agent_.receive(packet, udp(1), now_, out_).verdict, Verdict::Malformed);
  EXPECT_EQ(agent_.receive(Bytes(packet).first(7), udp(1), now_, out_).verdict, Verdict::Malformed);
  EXPECT_TRUE(out_.empty());
  EXPECT_FALSE(agent_.last_heard());
  EXPECT_EQ(agent_.stats().ignored, 4u);
  EXPECT_EQ(agent_.stats().malformed, 2u);
}

TEST_F(LiteAgentTest, SelectsWhatIsNominated) {
  EXPECT_FALSE(selects({}, udp(1)));
  EXPECT_TRUE(selects({.nominate = true}, tcp(4)));
  EXPECT_EQ(agent_.selected(), tcp(4));
  EXPECT_FALSE(selects({.nominate = true}, tcp(4))) << "again is no change";
  EXPECT_FALSE(selects({.priority = 900}, udp(1))) << "better, but not nominated";
  EXPECT_TRUE(selects({.priority = 900, .nominate = true}, udp(1)));
  EXPECT_EQ(agent_.selected(), udp(1));
}

TEST_F(LiteAgentTest, APeerThatNominatesAllSettlesOnTheBest) {
  int changes = 0;
  for (int round = 0; round < 10; ++round) {
    changes += selects({.priority = 10, .nominate = true}, udp(1));
    changes += selects({.priority = 30, .nominate = true}, udp(3));
    changes += selects({.priority = 20, .nominate = true}, udp(2));
    EXPECT_EQ(agent_.selected(), udp(3));
  }
  EXPECT_EQ(changes, 2);
}

TEST_F(LiteAgentTest, AMoveToALowerPriorityIsFollowed) {
  EXPECT_TRUE(selects({.priority = 30, .nominate = true}, udp(3)));
  // Told on the old path: its checks nominate no more.
  EXPECT_FALSE(selects({.priority = 30}, udp(3)));
  EXPECT_TRUE(selects({.priority = 20, .nominate = true}, udp(2)));
  // The old path died in silence: the second nomination in a row is believed.
  EXPECT_FALSE(selects({.priority = 10, .nominate = true}, udp(1)));
  EXPECT_TRUE(selects({.priority = 10, .nominate = true}, udp(1)));
  EXPECT_EQ(agent_.selected(), udp(1));
}

TEST_F(LiteAgentTest, RestartKeepsTheSelectedPathUntilTheNewCredentialsNominate) {
  EXPECT_TRUE(selects({.priority = 900, .nominate = true}, udp(1)));
  agent_.restart(kNext);
  EXPECT_EQ(agent_.local(), kNext);
  EXPECT_EQ(agent_.selected(), udp(1));
  EXPECT_TRUE(agent_.answers_to("LOCL") && agent_.answers_to("NEXT"));
  EXPECT_TRUE(accepts({.priority = 900, .nominate = true}, udp(1))) << "consent on the old path goes on";

  const Check next = {.username = "NEXT:remo", .pwd = kNext.pwd, .priority = 5};
  const CheckResult first = receive(next, udp(2));
  EXPECT_TRUE(first.first_valid_check);
  EXPECT_FALSE(first.selected_changed);
  EXPECT_TRUE(answer(udp(2)).verify(stun::IntegrityKey(as_bytes(kNext.pwd)))) << "signed with the request's password";
  EXPECT_TRUE(accepts({.priority = 900, .nominate = true}, udp(1)));
  EXPECT_EQ(agent_.selected(), udp(1));

  Check nominate = next;
  nominate.nominate = true;
  EXPECT_TRUE(selects(nominate, udp(2))) << "whatever its priority";
  EXPECT_EQ(agent_.selected(), udp(2));
  EXPECT_FALSE(agent_.answers_to("LOCL"));
  EXPECT_EQ(receive({.nominate = true}, udp(1)).verdict, Verdict::BadAuth) << "the old credentials are over";
  EXPECT_EQ(agent_.selected(), udp(2));
}

TEST_F(LiteAgentTest, RestartOnTheSamePath) {
  EXPECT_TRUE(selects({.nominate = true}, udp(1)));
  agent_.restart(kNext);
  EXPECT_FALSE(selects({.username = "NEXT:r", .pwd = kNext.pwd, .nominate = true}, udp(1)));
  EXPECT_EQ(agent_.selected(), udp(1));
  EXPECT_FALSE(agent_.answers_to("LOCL"));
}

TEST_F(LiteAgentTest, SecondRestartBeforeAnyCheckKeepsTheCredentialsInUse) {
  EXPECT_TRUE(selects({.nominate = true}, udp(1)));
  agent_.restart(kNext);
  agent_.restart({"THRD", "third password of 24 char"});
  EXPECT_TRUE(accepts({}, udp(1)));
  EXPECT_FALSE(agent_.answers_to("NEXT"));
  agent_.restart({"THRD", "third password of 24 char"});
  EXPECT_TRUE(agent_.answers_to("LOCL")) << "the same credentials are no restart";
}

TEST_F(LiteAgentTest, ForgottenPathFallsBackToTheBestNominated) {
  EXPECT_TRUE(selects({.priority = 10, .nominate = true}, udp(1)));
  EXPECT_TRUE(selects({.priority = 20, .nominate = true}, udp(2)));
  EXPECT_TRUE(selects({.priority = 30, .nominate = true}, tcp(3)));
  EXPECT_FALSE(selects({.priority = 40}, udp(4)));
  EXPECT_FALSE(agent_.forget(udp(9)));
  EXPECT_TRUE(agent_.forget(tcp(3)));
  EXPECT_EQ(agent_.selected(), udp(2));
  EXPECT_FALSE(agent_.forget(udp(1)));
  EXPECT_TRUE(agent_.forget(udp(2)));
  EXPECT_FALSE(agent_.selected()) << "the path left was never nominated";
  EXPECT_TRUE(agent_.is_valid(udp(4)));
  EXPECT_TRUE(selects({.priority = 1, .nominate = true}, udp(1)));
}

TEST_F(LiteAgentTest, PathsAreBoundedAndTheSelectedOneStays) {
  EXPECT_TRUE(selects({.nominate = true}, udp(1)));
  for (uint16_t port = 2; port < 200; ++port) {
    now_ += TimeDelta::millis(1);
    EXPECT_TRUE(accepts({}, udp(port)));
  }
  EXPECT_EQ(agent_.selected(), udp(1));
  EXPECT_TRUE(agent_.is_valid(udp(1)));
  size_t valid = 0;
  for (uint16_t port = 1; port < 200; ++port) valid += agent_.is_valid(udp(port));
  EXPECT_EQ(valid, LiteAgent::kMaxPaths);
  EXPECT_TRUE(agent_.is_valid(udp(199)));
  EXPECT_FALSE(agent_.is_valid(udp(2))) << "the one checked longest ago went";
  EXPECT_EQ(agent_.stats().evicted_paths, 199 - LiteAgent::kMaxPaths);
}

TEST_F(LiteAgentTest, LastHeard) {
  EXPECT_TRUE(accepts({}, udp(1)));
  EXPECT_EQ(agent_.last_heard(), at_ms(1000));
  agent_.note_packet(at_ms(1500));
  EXPECT_EQ(agent_.last_heard(), at_ms(1500));
  now_ = at_ms(3000);
  receive({.pwd = "wrong"}, udp(1));
  EXPECT_EQ(agent_.last_heard(), at_ms(1500)) << "a forgery is no sign of life";
  receive({.controlled = true}, udp(1));
  EXPECT_EQ(agent_.last_heard(), at_ms(3000)) << "a refused but authentic check is";
}

TEST_F(LiteAgentTest, NoAllocationPerCheck) {
  const Packet good = write({.nominate = true});
  const Packet bad = write({.pwd = "wrong"});
  const Packet unknown = write({.unknown = 0x7abc});
  const size_t before = allocations;
  for (uint16_t i = 0; i < 1000; ++i) {
    out_.clear();
    agent_.receive(good, udp(i), now_, out_);
    agent_.receive(bad, udp(i), now_, out_);
    agent_.receive(unknown, udp(i), now_, out_);
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(agent_.stats().accepted, 1000u);
}

TEST(AddressedUfrag, FindsTheConnectionOfAFirstPacket) {
  EXPECT_EQ(addressed_ufrag(write({})), "LOCL");
  EXPECT_EQ(addressed_ufrag(write({.username = "abc:def:g"})), "abc");
  EXPECT_EQ(addressed_ufrag(write({.integrity = false})), "LOCL") << "nothing is verified yet";
  EXPECT_FALSE(addressed_ufrag(write({.username = "abc"})));
  EXPECT_FALSE(addressed_ufrag(write({.username = ""})));
  EXPECT_FALSE(addressed_ufrag(write({.message_class = stun::Class::Success})));
  EXPECT_FALSE(addressed_ufrag(Packet{0, 1, 2}));
}

}  // namespace
}  // namespace parley::ice
