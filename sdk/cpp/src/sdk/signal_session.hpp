#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "parley/error.hpp"
#include "wire/parley.pb.h"

namespace parley::sdk {

// ---- what a session wants of its shell, and what it tells
// ------------------------------------------------------------
/// Open a WebSocket. What happens on it comes back with this number.
struct OpenSocket {
  uint32_t socket = 0;
};
struct CloseSocket {
  uint32_t socket = 0;
};
struct SendFrame {
  uint32_t socket = 0;
  std::string frame;
};
struct JoinAnswered {
  std::expected<wire::Joined, Error> result;
};
/// The guest knocks; the answer to the Join may take long.
struct EntryPending {};
/// Answers a `request`.
struct Replied {
  uint32_t id = 0;
  std::expected<wire::ServerMessage, Error> result;
};
/// Everything that is no reply, in order, each once.
struct Received {
  wire::ServerMessage message;
};
/// The socket is gone; resuming has begun.
struct SocketLost {};
struct SessionResumed {
  wire::Resumed resumed;
};
/// The session cannot be taken up again: only a new Join helps.
struct SessionExpired {
  Error error;
};
/// The server says that this participant is out.
struct LeftRoom {
  Error reason;
};
/// The server took note of our `leave`, or did not within its time.
struct LeaveDone {};

using SessionEvent = std::variant<OpenSocket, CloseSocket, SendFrame, JoinAnswered, EntryPending, Replied, Received,
                                  SocketLost, SessionResumed, SessionExpired, LeftRoom, LeaveDone>;
using SessionEvents = std::vector<SessionEvent>;

/// One signalling session, from its Join to its end, over as many sockets as it takes: requests and replies, pings, and
/// Resume after a lost socket until the grace period is over. A core: frames and facts of sockets in, events out.
class SignalSession {
 public:
  /// Longer than a slow server or mobile link takes, shorter than a person's patience.
  static constexpr TimeDelta kReplyTimeout = TimeDelta::seconds(10);
  /// A socket that does not open or a Resume without reply: try a new one.
  static constexpr TimeDelta kAttemptTimeout = TimeDelta::seconds(5);
  /// The protocol's rule: three missed pongs mean a lost socket.
  static constexpr int kMaxMissedPongs = 3;
  /// After a hint that the network changed, an answer must come this soon.
  static constexpr TimeDelta kProbeTimeout = TimeDelta::seconds(2);
  /// A ServerClosing that asks for more is not believed.
  static constexpr TimeDelta kMaxRetryAfter = TimeDelta::seconds(30);
  /// How long `leave` waits for the server's Left.
  static constexpr TimeDelta kLeaveTimeout = TimeDelta::seconds(1);
  /// No program has so many requests under way; a loop in one can.
  static constexpr size_t kMaxPending = 256;

  /// `first_socket`: the number of its first socket; all sessions of one shell use different ones.
  SignalSession(Rng& rng, uint32_t first_socket) : rng_(rng), next_socket_(first_socket) {}

  void start(wire::Join join, Timestamp now, SessionEvents& out);
  /// The id with which `Replied` will come, or why nothing was sent. `message.id` is filled in.
  std::expected<uint32_t, Error> request(wire::ClientMessage message, Timestamp now, SessionEvents& out);
  /// Without a reply. What must not get lost is said again after `SessionResumed`.
  void send(const wire::ClientMessage& message, SessionEvents& out);
  /// Says Leave and closes once the server has answered, or soon.
  void leave(Timestamp now, SessionEvents& out);
  /// At once, without a word. Pending requests are answered with `kAborted`.
  void close(SessionEvents& out);
  /// The network changed: find out soon whether the socket still works, or try again at once.
  void probe(Timestamp now, SessionEvents& out);

  void on_open(uint32_t socket, Timestamp now, SessionEvents& out);
  void on_frame(uint32_t socket, Bytes frame, Timestamp now, SessionEvents& out);
  /// `why` is a sentence; it becomes the Join's error.
  void on_closed(uint32_t socket, std::string_view why, Timestamp now, SessionEvents& out);
  void on_deadline(Timestamp now, SessionEvents& out);
  Timestamp next_deadline() const;

  bool connected() const { return phase_ == Phase::Open; }
  uint32_t next_socket() const { return next_socket_; }
  /// Frames that were no ServerMessage.
  uint64_t malformed() const { return malformed_; }

 private:
  enum class Phase { New, Joining, Open, Lost, Closed };

  void open_socket(Timestamp now, SessionEvents& out);
  void drop_socket(SessionEvents& out);
  void transmit(wire::ClientMessage message, uint32_t id, SessionEvents& out);
  void lose(Timestamp now, std::string_view why, SessionEvents& out);
  void schedule_resume(Timestamp now, SessionEvents& out);
  void expire(Error error, SessionEvents& out);
  void fail_join(Error error, SessionEvents& out);
  void reject_all(const Error& error, SessionEvents& out);
  bool is_new(const wire::ServerMessage& message);
  void receive(wire::ServerMessage message, Timestamp now, SessionEvents& out);
  void answer_join(wire::ServerMessage message, Timestamp now, SessionEvents& out);
  void answer_resume(const wire::ServerMessage& message, Timestamp now, SessionEvents& out);
  void receive_left(const wire::Left& left, SessionEvents& out);
  void start_pings(Timestamp now);
  void send_ping(Timestamp now, SessionEvents& out);
  void check_ping(Timestamp now, SessionEvents& out);
  void check_pending(Timestamp now, SessionEvents& out);

  Rng& rng_;
  Phase phase_ = Phase::New;
  uint32_t next_socket_;
  uint32_t socket_ = 0;  // 0: none
  bool socket_open_ = false;
  wire::Join join_;
  uint32_t last_id_ = 0;
  uint32_t join_id_ = 0;
  uint32_t resume_id_ = 0;
  std::map<uint32_t, Timestamp> pending_;  // id → when its patience ends
  uint64_t last_seq_ = 0;
  std::string resume_key_;
  TimeDelta grace_period_ = TimeDelta::zero();
  TimeDelta ping_interval_ = TimeDelta::zero();
  TimeDelta retry_after_ = TimeDelta::zero();
  int missed_pongs_ = 0;
  int attempt_ = 0;
  Timestamp lost_at_;
  bool leaving_ = false;
  Timestamp attempt_deadline_ = Timestamp::never();  // of a socket, a Join or a Resume under way
  Timestamp retry_at_ = Timestamp::never();
  Timestamp ping_at_ = Timestamp::never();
  Timestamp leave_deadline_ = Timestamp::never();
  uint64_t malformed_ = 0;
};

}  // namespace parley::sdk
