#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "wire/parley.pb.h"

namespace parley::signalling {

/// WebSocket close codes (RFC 6455 section 7.4.1) that this protocol uses.
enum class CloseCode : uint16_t {
  Normal = 1000,
  GoingAway = 1001,    ///< the server stops
  Unsupported = 1003,  ///< a text frame
  BadData = 1007,      ///< not a ClientMessage
  Policy = 1008,       ///< wrong order, too many messages, nothing said in time
  TooBig = 1009,
};

struct Close {
  CloseCode code = CloseCode::Normal;
  std::string reason;  ///< for developers; at most 123 bytes (RFC 6455 section 5.5)
};

/// Why frames were refused, one counter a reason.
struct InboundStats {
  uint64_t messages = 0;
  uint64_t text_frames = 0;
  uint64_t oversized = 0;
  uint64_t malformed = 0;
  uint64_t empty = 0;         ///< decodes, but holds no request that we know
  uint64_t out_of_order = 0;  ///< a request before Join, or a second Join
  uint64_t too_fast = 0;
  uint64_t silent = 0;  ///< sockets on which nobody joined in time
  InboundStats& operator+=(const InboundStats& other);
};

/// The receiving half of one WebSocket: turns frames into requests in the right order and at a bearable rate. A core.
///
/// Whether the peer is still there is not its business: the shell's WebSocket pings tell, which browsers answer even
/// for a tab in the background whose timers sleep.
class Inbound {
 public:
  /// An offer with every seat that is allowed has about 400 KB (8 KB a seat with all codecs), and metadata and token
  /// fit beside it.
  static constexpr size_t kMaxFrame = 512 * 1024;
  /// Nobody types, moves a pointer at 60 Hz and lays out 25 tiles faster than this for long.
  static constexpr int64_t kMessagesPerSecond = 100;
  static constexpr int64_t kMessageBurst = 400;
  /// 15 KiB of SendData at 16 a second. The burst: two offers of the largest size.
  static constexpr int64_t kBytesPerSecond = 256 * 1024;
  static constexpr int64_t kByteBurst = 2 * kMaxFrame;
  /// A client that goes on sending after so many refusals is broken or hostile.
  static constexpr int kMaxRefusals = 200;
  /// The client sends Join as soon as the socket opens; creating its offer takes under a second.
  static constexpr TimeDelta kJoinDeadline = TimeDelta::seconds(15);

  /// What a frame asks for; any subset.
  struct Outcome {
    std::optional<wire::ClientMessage> request;  ///< for the room; the first one is a Join or a Resume, no other is
    std::optional<wire::ServerMessage> reply;    ///< to send at once, unnumbered (seq 0)
    std::optional<Close> close;                  ///< after the reply
  };

  explicit Inbound(Timestamp now);

  Outcome receive(Bytes frame, bool binary, Timestamp now, UtcTime utc);
  /// The Join or Resume was refused in a way that allows another try on this socket.
  void allow_join_again(Timestamp now);

  /// Nobody joined in time; never() once somebody did.
  Timestamp next_deadline() const { return join_deadline_; }
  std::optional<Close> on_deadline(Timestamp now);

  const InboundStats& stats() const { return stats_; }

 private:
  bool within_rate(size_t bytes, Timestamp now);
  Outcome refuse_too_fast(uint32_t id);
  Outcome dispatch(wire::ClientMessage message, UtcTime utc);

  InboundStats stats_;
  Timestamp refilled_at_;
  int64_t message_credit_us_;  // credits count in millionths, so that a refill of a microsecond is a whole number
  int64_t byte_credit_us_;
  int refusals_ = 0;
  bool joined_ = false;  // or joining
  Timestamp join_deadline_;
};

}  // namespace parley::signalling
