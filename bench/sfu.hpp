#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/time.hpp"

namespace parley::bench {

/// Where a loop turn spends its CPU time.
enum class Phase : uint8_t { Wait, Receive, Core, Send };
inline constexpr size_t kPhases = 4;
using PhaseTimes = std::array<int64_t, kPhases>;

struct Counters {
  uint64_t received = 0;   ///< datagrams
  uint64_t forwarded = 0;  ///< media packets, once for each subscriber
  uint64_t receive_calls = 0;
  uint64_t send_calls = 0;
  uint64_t sent = 0;      ///< datagrams
  uint64_t messages = 0;  ///< GSO messages among `send_calls`
  uint64_t dropped = 0;   ///< not taken by the kernel

  Counters& operator+=(const Counters& b) {
    received += b.received;
    forwarded += b.forwarded;
    receive_calls += b.receive_calls;
    send_calls += b.send_calls;
    sent += b.sent;
    messages += b.messages;
    dropped += b.dropped;
    return *this;
  }
  friend Counters operator-(Counters a, const Counters& b) {
    a.received -= b.received;
    a.forwarded -= b.forwarded;
    a.receive_calls -= b.receive_calls;
    a.send_calls -= b.send_calls;
    a.sent -= b.sent;
    a.messages -= b.messages;
    a.dropped -= b.dropped;
    return a;
  }
};

/// Where an SFU sleeps between its turns.
class Sleep {
 public:
  virtual ~Sleep() = default;
  /// Returns when one of the files can be read or the driver wants a turn, with the time of the turn.
  virtual Timestamp until_readable(std::span<const int> files) = 0;
};

/// Something that forwards, to be driven by `SfuThread`.
class Sfu {
 public:
  virtual ~Sfu() = default;
  /// One turn of its event loop: sleeps, then deals with all there is.
  virtual void turn(Sleep& sleep) = 0;
  virtual Counters counters() const = 0;
};

}  // namespace parley::bench
