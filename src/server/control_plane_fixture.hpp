#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "auth/token.hpp"
#include "server/control_plane.hpp"
#include "store/memory/memory_store.hpp"

/// A control plane between fake sockets, fake shards and a store in memory, for its tests.
namespace parley::server {

inline const std::string kSecret(32, 's');
inline constexpr UtcTime kEpoch = UtcTime::from_ms(1'700'000'000'000);

/// An offer that a browser made: microphone on mid 0, camera on 1, main seats on the pairs 2/3, 4/5, ….
inline wire::Offer recorded_offer(const std::string& name, int seats) {
  const auto sources = std::filesystem::path(__FILE__).parent_path().parent_path();
  std::ifstream file(sources / "transport" / "testdata" / (name + ".sdp"), std::ios::binary);
  wire::Offer offer;
  offer.set_sdp(std::string(std::istreambuf_iterator<char>(file), {}));
  for (int i = 0; i < 2; ++i) {
    auto* send = offer.add_sends();
    send->set_mid(std::to_string(i));
    send->set_source(i == 0 ? wire::AUDIO : wire::VIDEO);
  }
  for (int i = 0; i < seats; ++i) {
    auto* seat = offer.add_seats();
    seat->set_seat(static_cast<uint32_t>(i + 1));
    seat->set_audio_mid(std::to_string(2 + 2 * i));
    seat->set_video_mid(std::to_string(3 + 2 * i));
  }
  return offer;
}

struct FakeSocket final : SignalSocket {
  void send(signalling::Frame frame) override {
    wire::ServerMessage message;
    EXPECT_TRUE(message.ParseFromString(*frame));
    if (message.has_error()) last_error = message.error().message();
    received.push_back(std::move(message));
  }
  void close(const signalling::Close& close) override { closed = close; }
  /// The same, which must be there.
  wire::ServerMessage need(wire::ServerMessage::BodyCase body) {
    const auto message = take(body);
    EXPECT_TRUE(message) << "no message of kind " << body;
    return message.value_or(wire::ServerMessage());
  }
  /// The first message since the last call that has this body.
  std::optional<wire::ServerMessage> take(wire::ServerMessage::BodyCase body) {
    while (!received.empty()) {
      wire::ServerMessage message = std::move(received.front());
      received.pop_front();
      if (message.body_case() == body) return message;
    }
    return std::nullopt;
  }
  std::deque<wire::ServerMessage> received;
  std::optional<signalling::Close> closed;
  std::string last_error;
};

struct FakeMedia final : MediaPlane {
  uint8_t shard_count() const override { return 2; }
  void send(ShardIndex shard, engine::Command command) override { commands.emplace_back(shard, std::move(command)); }
  std::vector<transport::LocalCandidate> candidates(ShardIndex shard) const override {
    const auto port = static_cast<uint16_t>(50000 + shard.value());
    return {{transport::LocalCandidate::Kind::UdpHost, "192.0.2.1", port}};
  }
  transport::Fingerprint fingerprint() const override { return {"sha-256", std::vector<uint8_t>(32, 1)}; }
  template <typename T>
  std::vector<T> take() {
    std::vector<T> out;
    for (const auto& [shard, command] : commands) {
      if (const T* wanted = std::get_if<T>(&command)) out.push_back(*wanted);
    }
    return out;
  }
  Commands commands;
};

/// Carries everything out at once, but answers look-ups only when the test says so.
struct FakeRecords final : Records {
  void find_room(std::string name, Found then) override { lookups.emplace_back(std::move(name), std::move(then)); }
  void write(std::function<store::Result<void>(store::Store&)> job) override {
    const auto done = job(*store);
    EXPECT_TRUE(done) << done.error().message;
  }
  void publish(api::WebhookEvent event) override { events.push_back(std::move(event)); }
  void answer(room::Moment at) {
    for (auto& [name, then] : std::exchange(lookups, {})) then(store->rooms().find(name), at);
  }
  std::vector<std::pair<std::string, Found>> lookups;
  std::vector<api::WebhookEvent> events;
  std::unique_ptr<store::Store> store = store::open_memory_store();
};

class ControlPlaneTest : public ::testing::Test {
 protected:
  ControlPlaneTest() {
    EXPECT_TRUE(keys_.add("key", kSecret));
    EXPECT_TRUE(
        records_.store->rooms().insert({.id = RoomId("abcd-efgh-ijkl"), .record_id = "x", .custom_room_id = "daily"}));
  }

  struct Person {
    SocketId id;
    FakeSocket* socket = nullptr;  // kept by `all_sockets_`
    std::string resume_key;
  };

  room::Moment now() const { return {Timestamp::from_us(us_), kEpoch + TimeDelta::micros(us_)}; }
  void pass(TimeDelta time) {
    const int64_t until = us_ + time.us();
    while (plane_.next_deadline() <= Timestamp::from_us(until)) {
      us_ = std::max(us_, plane_.next_deadline().us());
      plane_.on_deadline(now());
    }
    us_ = until;
  }
  Person connect() {
    Person person{SocketId(++last_socket_), &all_sockets_.emplace_back(), ""};
    plane_.on_socket_open(person.id, *person.socket, now());
    return person;
  }
  void send(const Person& person, const wire::ClientMessage& message) {
    plane_.on_frame(person.id, as_bytes(message.SerializeAsString()), true, now());
  }
  std::string token(auth::Permissions permissions = {.allow_join = true, .allow_mod = true}) {
    return auth::issue({.apikey = "key", .permissions = permissions, .expires_at = kEpoch + TimeDelta::seconds(36000)},
                       kSecret);
  }
  wire::ClientMessage join(const std::string& id, wire::Mode mode = wire::SIGNALLING_ONLY) {
    wire::ClientMessage message;
    message.set_id(1);
    wire::Join& join = *message.mutable_join();
    join.set_token(token());
    join.set_room_id("abcd-efgh-ijkl");
    join.set_participant_id(id);
    join.set_display_name("Name of " + id);
    join.set_mode(mode);
    if (mode != wire::SIGNALLING_ONLY) *join.mutable_offer() = recorded_offer("chrome_session_1_first", 1);
    return message;
  }
  Person arrive(const std::string& id, wire::Mode mode = wire::SIGNALLING_ONLY) {
    Person person = connect();
    send(person, join(id, mode));
    records_.answer(now());
    const auto joined = person.socket->take(wire::ServerMessage::kJoined);
    EXPECT_TRUE(joined) << id << ": " << person.socket->last_error;
    if (joined) person.resume_key = joined->joined().resume_key();
    return person;
  }
  uint32_t refusal(const wire::ClientMessage& message) {
    Person person = connect();
    send(person, message);
    records_.answer(now());
    const auto error = person.socket->take(wire::ServerMessage::kError);
    return error ? error->error().code() : 0;
  }

  int64_t us_ = 1'000'000;
  uint64_t last_socket_ = 0;
  std::deque<FakeSocket> all_sockets_;
  auth::KeyRing keys_;
  FakeMedia media_;
  FakeRecords records_;
  ControlPlane plane_{{.room_shard_limit = 2}, keys_, media_, records_, Rng(1)};
};

}  // namespace parley::server
