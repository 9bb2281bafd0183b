#include "signalling/inbound.hpp"

#include <algorithm>
#include <limits>

namespace parley::signalling {
namespace {

/// VideoSDK has no number for these; 5000 is its generic error.
constexpr uint32_t kGenericError = 5000;
constexpr int64_t kMicros = 1'000'000;

wire::ServerMessage error_reply(uint32_t id, const char* text) {
  wire::ServerMessage reply;
  reply.set_reply_to(id);
  reply.mutable_error()->set_code(kGenericError);
  reply.mutable_error()->set_message(text);
  return reply;
}

Inbound::Outcome close_with(CloseCode code, const char* reason) { return {.close = Close{code, reason}}; }

}  // namespace

InboundStats& InboundStats::operator+=(const InboundStats& other) {
  messages += other.messages;
  text_frames += other.text_frames;
  oversized += other.oversized;
  malformed += other.malformed;
  empty += other.empty;
  out_of_order += other.out_of_order;
  too_fast += other.too_fast;
  silent += other.silent;
  return *this;
}

Inbound::Inbound(Timestamp now)
    : refilled_at_(now),
      message_credit_us_(kMessageBurst * kMicros),
      byte_credit_us_(kByteBurst * kMicros),
      join_deadline_(now + kJoinDeadline) {}

bool Inbound::within_rate(size_t bytes, Timestamp now) {
  // Both buckets are full after 4 s, so a longer pause counts as that.
  const int64_t elapsed_us = std::clamp<int64_t>((now - refilled_at_).us(), 0, 10 * kMicros);
  refilled_at_ = now;
  message_credit_us_ = std::min(kMessageBurst * kMicros, message_credit_us_ + elapsed_us * kMessagesPerSecond);
  byte_credit_us_ = std::min(kByteBurst * kMicros, byte_credit_us_ + elapsed_us * kBytesPerSecond);
  const int64_t cost_us = static_cast<int64_t>(bytes) * kMicros;
  if (message_credit_us_ < kMicros || byte_credit_us_ < cost_us) return false;
  message_credit_us_ -= kMicros;
  byte_credit_us_ -= cost_us;
  return true;
}

Inbound::Outcome Inbound::refuse_too_fast(uint32_t id) {
  ++stats_.too_fast;
  if (++refusals_ > kMaxRefusals) return close_with(CloseCode::Policy, "too many messages");
  if (id == 0) return {};
  return {.reply = error_reply(id, "Too many messages: this one was dropped. Slow down.")};
}

Inbound::Outcome Inbound::receive(Bytes frame, bool binary, Timestamp now, UtcTime utc) {
  if (!binary) {
    ++stats_.text_frames;
    return close_with(CloseCode::Unsupported, "only binary messages are understood");
  }
  if (frame.size() > kMaxFrame) {
    ++stats_.oversized;
    return close_with(CloseCode::TooBig, "message too large");
  }
  const bool in_time = within_rate(frame.size(), now);
  wire::ClientMessage message;
  if (!message.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) {
    ++stats_.malformed;
    return close_with(CloseCode::BadData, "not a ClientMessage");
  }
  if (!in_time) return refuse_too_fast(message.id());
  ++stats_.messages;
  return dispatch(std::move(message), utc);
}

Inbound::Outcome Inbound::dispatch(wire::ClientMessage message, UtcTime utc) {
  using Body = wire::ClientMessage::BodyCase;
  switch (message.body_case()) {
    case Body::BODY_NOT_SET:
      // A request of a newer client: it learns so, and the meeting goes on.
      ++stats_.empty;
      if (message.id() == 0) return {};
      return {.reply = error_reply(message.id(), "This server does not know that request.")};
    case Body::kPing: {
      wire::ServerMessage pong;
      pong.set_reply_to(message.id());
      pong.mutable_pong()->set_client_time_ms(message.ping().client_time_ms());
      pong.mutable_pong()->set_server_time_ms(utc.ms());
      return {.reply = std::move(pong)};
    }
    case Body::kJoin:
    case Body::kResume:
      if (joined_) {
        ++stats_.out_of_order;
        return close_with(CloseCode::Policy, "already joined on this socket");
      }
      joined_ = true;
      join_deadline_ = Timestamp::never();
      return {.request = std::move(message)};
    default:
      if (!joined_) {
        ++stats_.out_of_order;
        return close_with(CloseCode::Policy, "the first message must be Join or Resume");
      }
      return {.request = std::move(message)};
  }
}

void Inbound::allow_join_again(Timestamp now) {
  joined_ = false;
  join_deadline_ = now + kJoinDeadline;
}

std::optional<Close> Inbound::on_deadline(Timestamp now) {
  if (now < join_deadline_) return std::nullopt;
  join_deadline_ = Timestamp::never();
  ++stats_.silent;
  return Close{CloseCode::Policy, "nobody joined in time"};
}

}  // namespace parley::signalling
