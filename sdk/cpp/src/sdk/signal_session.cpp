#include "sdk/signal_session.hpp"

#include <algorithm>

#include "sdk/backoff.hpp"

namespace parley::sdk {
namespace {

using Body = wire::ServerMessage::BodyCase;

Error from_wire(const wire::Error& error) { return {static_cast<int>(error.code()), error.message()}; }

/// What the server said instead of what was asked for.
Error failure(const wire::ServerMessage& message) {
  if (message.has_error()) return from_wire(message.error());
  return {kCannotJoin, "The server answered with something else than was asked for."};
}

}  // namespace

// ---- what the owner asks for
// -----------------------------------------------------------------------------------------

void SignalSession::start(wire::Join join, Timestamp now, SessionEvents& out) {
  phase_ = Phase::Joining;
  join_ = std::move(join);
  open_socket(now, out);
}

std::expected<uint32_t, Error> SignalSession::request(wire::ClientMessage message, Timestamp now, SessionEvents& out) {
  if (phase_ == Phase::Lost) return std::unexpected(Error{kReconnecting, "The connection is being restored."});
  if (phase_ != Phase::Open) return std::unexpected(Error{kNotJoined, "The meeting is not joined."});
  if (pending_.size() >= kMaxPending) {
    return std::unexpected(Error{kInProgress, "Too many requests wait for an answer."});
  }
  const uint32_t id = ++last_id_;
  pending_[id] = now + kReplyTimeout;
  transmit(std::move(message), id, out);
  return id;
}

void SignalSession::send(const wire::ClientMessage& message, SessionEvents& out) {
  if (phase_ == Phase::Open) transmit(message, 0, out);
}

void SignalSession::leave(Timestamp now, SessionEvents& out) {
  if (leaving_) return;
  if (!socket_open_ || (phase_ != Phase::Open && phase_ != Phase::Joining)) {
    close(out);
    out.emplace_back(LeaveDone{});
    return;
  }
  wire::ClientMessage message;
  message.mutable_leave();
  transmit(std::move(message), 0, out);
  leaving_ = true;
  leave_deadline_ = now + kLeaveTimeout;
}

void SignalSession::close(SessionEvents& out) {
  if (phase_ == Phase::Closed) return;
  phase_ = Phase::Closed;
  attempt_deadline_ = retry_at_ = ping_at_ = leave_deadline_ = Timestamp::never();
  drop_socket(out);
  reject_all({kAborted, "The meeting was left."}, out);
  if (leaving_) out.emplace_back(LeaveDone{});
}

void SignalSession::probe(Timestamp now, SessionEvents& out) {
  if (phase_ == Phase::Lost && socket_ == 0) {
    retry_at_ = Timestamp::never();
    return open_socket(now, out);
  }
  if (phase_ != Phase::Open) return;
  missed_pongs_ = kMaxMissedPongs;
  send_ping(now, out);
  ping_at_ = now + kProbeTimeout;
}

// ---- sockets
// ---------------------------------------------------------------------------------------------------------

void SignalSession::open_socket(Timestamp now, SessionEvents& out) {
  socket_ = next_socket_++;
  socket_open_ = false;
  attempt_deadline_ = now + kAttemptTimeout;
  out.emplace_back(OpenSocket{socket_});
}

void SignalSession::drop_socket(SessionEvents& out) {
  if (socket_ != 0) out.emplace_back(CloseSocket{socket_});
  socket_ = 0;
  socket_open_ = false;
}

void SignalSession::on_open(uint32_t socket, Timestamp now, SessionEvents& out) {
  if (socket != socket_) return;
  socket_open_ = true;
  wire::ClientMessage message;
  if (phase_ == Phase::Joining) {
    attempt_deadline_ = now + kReplyTimeout;
    join_id_ = ++last_id_;
    *message.mutable_join() = join_;
    return transmit(std::move(message), join_id_, out);
  }
  attempt_deadline_ = now + kAttemptTimeout;
  resume_id_ = ++last_id_;
  message.mutable_resume()->set_resume_key(resume_key_);
  message.mutable_resume()->set_last_seq(last_seq_);
  transmit(std::move(message), resume_id_, out);
}

void SignalSession::on_closed(uint32_t socket, std::string_view why, Timestamp now, SessionEvents& out) {
  if (socket != socket_) return;
  socket_ = 0;  // The shell knows.
  lose(now, why, out);
}

void SignalSession::lose(Timestamp now, std::string_view why, SessionEvents& out) {
  drop_socket(out);
  attempt_deadline_ = ping_at_ = Timestamp::never();
  if (leaving_) return close(out);
  if (phase_ == Phase::Joining) {
    fail_join({kCannotJoin, std::string(why)}, out);
  } else if (phase_ == Phase::Open) {
    phase_ = Phase::Lost;
    lost_at_ = now;
    attempt_ = 0;
    // The server may have acted on them; whoever asked finds out by the state that follows.
    reject_all({kReconnecting, "The connection was lost before the answer came."}, out);
    out.emplace_back(SocketLost{});
    schedule_resume(now, out);
  } else if (phase_ == Phase::Lost) {
    schedule_resume(now, out);
  }
}

void SignalSession::schedule_resume(Timestamp now, SessionEvents& out) {
  const TimeDelta delay = std::max(backoff(attempt_++, rng_), retry_after_);
  retry_after_ = TimeDelta::zero();
  const TimeDelta left = lost_at_ + grace_period_ - now;
  if (left <= TimeDelta::zero()) return expire({kTimeout, "The grace period is over."}, out);
  retry_at_ = now + std::min(delay, left);
}

void SignalSession::expire(Error error, SessionEvents& out) {
  close(out);
  out.emplace_back(SessionExpired{std::move(error)});
}

void SignalSession::fail_join(Error error, SessionEvents& out) {
  close(out);
  out.emplace_back(JoinAnswered{std::unexpected(std::move(error))});
}

void SignalSession::reject_all(const Error& error, SessionEvents& out) {
  for (const auto& [id, deadline] : pending_) out.emplace_back(Replied{id, std::unexpected(error)});
  pending_.clear();
}

// ---- messages
// --------------------------------------------------------------------------------------------------------

void SignalSession::transmit(wire::ClientMessage message, uint32_t id, SessionEvents& out) {
  if (socket_ == 0) return;
  message.set_id(id);
  out.emplace_back(SendFrame{socket_, message.SerializeAsString()});
}

void SignalSession::on_frame(uint32_t socket, Bytes frame, Timestamp now, SessionEvents& out) {
  if (socket != socket_) return;
  wire::ServerMessage message;
  if (!message.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) {
    ++malformed_;
    return;
  }
  missed_pongs_ = 0;
  if (is_new(message)) receive(std::move(message), now, out);
}

/// After a Resume the server sends again what it is not sure of.
bool SignalSession::is_new(const wire::ServerMessage& message) {
  if (message.seq() == 0) return true;
  if (message.seq() <= last_seq_) return false;
  // What a Resumed announces comes after it, with lower numbers than it may have itself.
  if (!message.has_resumed() || !message.resumed().replayed()) last_seq_ = message.seq();
  return true;
}

void SignalSession::receive(wire::ServerMessage message, Timestamp now, SessionEvents& out) {
  const uint32_t reply_to = message.reply_to();
  switch (message.body_case()) {
    case Body::kPong:
    case Body::BODY_NOT_SET: return;
    case Body::kLeft: return receive_left(message.left(), out);
    case Body::kServerClosing:
      retry_after_ = std::min(TimeDelta::millis(message.server_closing().retry_after_ms()), kMaxRetryAfter);
      return;
    case Body::kEntryPending:
      if (phase_ != Phase::Joining) return;
      attempt_deadline_ = Timestamp::never();
      out.emplace_back(EntryPending{});
      return;
    default: break;
  }
  // The late answer to a knock may come without the number of the Join.
  if (phase_ == Phase::Joining && (message.has_joined() || message.has_error())) {
    return answer_join(std::move(message), now, out);
  }
  if (reply_to == 0) {
    out.emplace_back(Received{std::move(message)});
  } else if (reply_to == resume_id_ && phase_ == Phase::Lost) {
    answer_resume(message, now, out);
  } else if (pending_.erase(reply_to) > 0) {
    if (message.has_error()) {
      out.emplace_back(Replied{reply_to, std::unexpected(from_wire(message.error()))});
    } else {
      out.emplace_back(Replied{reply_to, std::move(message)});
    }
  }
}

void SignalSession::answer_join(wire::ServerMessage message, Timestamp now, SessionEvents& out) {
  if (!message.has_joined()) return fail_join(failure(message), out);
  phase_ = Phase::Open;
  attempt_deadline_ = Timestamp::never();
  const wire::Joined& joined = message.joined();
  resume_key_ = joined.resume_key();
  grace_period_ = TimeDelta::millis(joined.grace_period_ms());
  ping_interval_ = TimeDelta::millis(joined.ping_interval_ms());
  start_pings(now);
  join_.Clear();
  out.emplace_back(JoinAnswered{std::move(*message.mutable_joined())});
}

void SignalSession::answer_resume(const wire::ServerMessage& message, Timestamp now, SessionEvents& out) {
  if (!message.has_resumed()) return expire(failure(message), out);
  phase_ = Phase::Open;
  attempt_deadline_ = Timestamp::never();
  start_pings(now);
  out.emplace_back(SessionResumed{message.resumed()});
}

void SignalSession::receive_left(const wire::Left& left, SessionEvents& out) {
  Error reason = from_wire(left.reason());
  if (leaving_) return close(out);
  if (phase_ == Phase::Joining) {
    if (reason.code == 0) reason = {kCannotJoin, "Not let in."};
    return fail_join(std::move(reason), out);
  }
  if (reason.code == 0) reason.code = kLeftUnknown;
  close(out);
  out.emplace_back(LeftRoom{std::move(reason)});
}

// ---- time
// ------------------------------------------------------------------------------------------------------------

void SignalSession::start_pings(Timestamp now) {
  missed_pongs_ = 0;
  ping_at_ = ping_interval_ > TimeDelta::zero() ? now + ping_interval_ : Timestamp::never();
}

void SignalSession::send_ping(Timestamp now, SessionEvents& out) {
  wire::ClientMessage message;
  message.mutable_ping()->set_client_time_ms(now.ms());
  transmit(std::move(message), 0, out);
}

void SignalSession::check_ping(Timestamp now, SessionEvents& out) {
  if (missed_pongs_ >= kMaxMissedPongs) return lose(now, "The server answers no pings.", out);
  ++missed_pongs_;
  send_ping(now, out);
  ping_at_ = ping_interval_ > TimeDelta::zero() ? now + ping_interval_ : Timestamp::never();
}

void SignalSession::check_pending(Timestamp now, SessionEvents& out) {
  for (auto it = pending_.begin(); it != pending_.end();) {
    if (it->second > now) {
      ++it;
      continue;
    }
    out.emplace_back(Replied{it->first, std::unexpected(Error{kTimeout, "The server did not answer in time."})});
    it = pending_.erase(it);
  }
}

void SignalSession::on_deadline(Timestamp now, SessionEvents& out) {
  check_pending(now, out);
  if (leave_deadline_ <= now) return close(out);
  if (attempt_deadline_ <= now) {
    lose(now, socket_open_ ? "The server does not answer the Join." : "The server does not answer.", out);
  }
  if (retry_at_ <= now) {
    retry_at_ = Timestamp::never();
    open_socket(now, out);
  }
  if (ping_at_ <= now) check_ping(now, out);
}

Timestamp SignalSession::next_deadline() const {
  Timestamp next = std::min({attempt_deadline_, retry_at_, ping_at_, leave_deadline_});
  // Requests have one patience, so the oldest is the first to end.
  if (!pending_.empty()) next = std::min(next, pending_.begin()->second);
  return next;
}

}  // namespace parley::sdk
