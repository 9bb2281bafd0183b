// links: sdkinside
// What a server, or whoever stands in its place, says to the native SDK: a run of steps, each an operation byte. Frames
// have a length in two bytes; they go in as they are, or with the sequence number and the reply_to that the client
// waits for.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <google/protobuf/stubs/logging.h>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "dtls/identity.hpp"
#include "sdk/client.hpp"

namespace parley::sdk {
namespace {

/// A few turns are enough for everything that is due; more would be a timer that never rests.
constexpr int kMaxTurnsAtOnce = 8;

std::shared_ptr<const dtls::Identity> identity() {
  static const auto one = [] {
    Rng rng(1);
    return dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng);
  }();
  return one;
}

class Play {
 public:
  explicit Play(Mode mode) : client_(config(mode), rng_, out_) {
    client_.join(now_);
    settle();
  }

  void step(ByteReader& reader) {
    const uint8_t operation = reader.u8();
    switch (operation % 16) {
      case 0: frame(take_frame(reader)); break;
      case 1:
      case 2:
      case 3: expected_frame(take_frame(reader), operation % 16 == 3); break;
      case 4: cut(); break;
      case 5: pass(TimeDelta::millis(int64_t{1} << (reader.u8() % 18))); break;
      case 6: ask(); break;
      case 7: subscribe(); break;
      case 8: client_.change_mode(static_cast<Mode>(reader.u8() % 3), token(), now_); break;
      case 9: client_.publish(kAllKinds[reader.u8() % 4], {}, now_); break;
      case 10: client_.unpublish(kAllKinds[reader.u8() % 4], now_); break;
      case 11: client_.set_handled({"bob", kAllKinds[reader.u8() % 4]}, operation >= 128, now_); break;
      case 12: client_.network_changed(now_); break;
      case 13: reachable_ = !reachable_; break;
      case 14: client_.leave(now_); break;
      default: client_.pause_all({StreamKind::Video}, operation >= 128, token(), now_);
    }
    settle();
  }

  void end() {
    client_.abandon(now_);
    settle();
    PARLEY_CHECK(client_.over());
    PARLEY_CHECK(waiting_.empty());
    PARLEY_CHECK(open_sockets_.empty());
  }

 private:
  static Client::Config config(Mode mode) {
    Client::Config config;
    config.token = "token";
    config.meeting_id = "room";
    config.self.mode = mode;
    config.media.identity = identity();
    config.media.hosts = {{.address = {IpAddress::v4(0x7f000001), 5000}}};
    return config;
  }

  static Bytes take_frame(ByteReader& reader) {
    const size_t length = reader.u16();
    return reader.take(std::min(length, reader.remaining()));
  }
  void cut() {
    open_sockets_.erase(socket_);
    client_.on_socket_closed(socket_, "cut", now_);
  }
  void frame(Bytes bytes) { client_.on_socket_frame(socket_, bytes, now_); }
  /// Else hardly any input gets past the numbers.
  void expected_frame(Bytes bytes, bool unnumbered) {
    wire::ServerMessage message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return frame(bytes);
    message.set_seq(unnumbered ? 0 : ++seq_);
    if (message.reply_to() != 0 || message.has_joined() || message.has_resumed()) message.set_reply_to(last_request_);
    const std::string text = message.SerializeAsString();
    frame(as_bytes(text));
  }
  uint64_t token() {
    waiting_.insert(++last_token_);
    return last_token_;
  }
  void ask() {
    wire::ClientMessage message;
    message.mutable_pubsub_publish()->set_topic("CHAT");
    client_.request(std::move(message), token(), now_);
  }
  void subscribe() { client_.subscribe("CHAT", 10, token(), now_); }
  void pass(TimeDelta span) { now_ += span; }

  void settle() {
    for (int turns = 0;; ++turns) {
      carry_out();
      if (client_.next_deadline() > now_) break;
      PARLEY_CHECK(turns < kMaxTurnsAtOnce);
      client_.on_deadline(now_);
    }
    check_room();
  }

  void carry_out() {
    while (!out_.sockets.empty()) {
      for (SessionEvent& event : std::exchange(out_.sockets, {})) {
        if (const auto* open = std::get_if<OpenSocket>(&event)) {
          PARLEY_CHECK(open_sockets_.empty());
          socket_ = open->socket;
          open_sockets_.insert(socket_);
          if (reachable_) {
            client_.on_socket_open(socket_, now_);
          } else {
            open_sockets_.erase(socket_);
            client_.on_socket_closed(socket_, "refused", now_);
          }
        } else if (const auto* close = std::get_if<CloseSocket>(&event)) {
          open_sockets_.erase(close->socket);
        } else if (const auto* sent = std::get_if<SendFrame>(&event)) {
          wire::ClientMessage message;
          PARLEY_CHECK(message.ParseFromString(sent->frame));
          if (message.id() != 0) last_request_ = message.id();
        }
      }
    }
    for (const Told& told : std::exchange(out_.told, {})) {
      const auto* answered = std::get_if<Answered>(&told);
      if (answered) PARLEY_CHECK(waiting_.erase(answered->token) == 1);  // each once
    }
    out_.facts.clear();
    out_.streams.clear();
    out_.datagrams.clear();
  }

  void check_room() const {
    std::set<std::string> ids;
    for (const Participant& participant : client_.room().others()) {
      PARLEY_CHECK(!participant.id.empty() && ids.insert(participant.id).second);
    }
    if (client_.over()) PARLEY_CHECK(ids.empty() && client_.next_deadline().is_never());
  }

  Timestamp now_ = Timestamp::from_us(1'000'000);
  Rng rng_{1};
  ClientOutput out_;
  Client client_;
  uint32_t socket_ = 0;
  std::set<uint32_t> open_sockets_;
  std::set<uint64_t> waiting_;
  uint64_t last_token_ = 0;
  uint64_t seq_ = 0;
  uint32_t last_request_ = 0;
  bool reachable_ = true;
};

}  // namespace
}  // namespace parley::sdk

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace parley;
  ByteReader reader(Bytes(data, size));
  if (reader.remaining() == 0) return 0;
  sdk::Play play(static_cast<Mode>(reader.u8() % 3));
  for (int steps = 0; steps < 200 && reader.remaining() > 0; ++steps) play.step(reader);
  play.end();
  return 0;
}
