#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.hpp"
#include "base/units.hpp"

namespace parley::sdk {

/// When the packets of pictures go out. A key frame is many times larger than its neighbours; sent as one burst it
/// fills the queue of the narrowest link on the way, and what comes behind it is late or lost. A leaky bucket: what was
/// sent drains at a multiple of what the path carries, and the next packets go when it is about empty. Sound does not
/// wait: it is only charged. A core; packets are named, not held.
class Pacer {
 public:
  /// Of what the path is thought to carry, as libwebrtc does: enough that a key frame takes little of the time until
  /// the next picture.
  static constexpr double kFactor = 2.5;
  /// So much may go at once: timers need not be finer.
  static constexpr TimeDelta kBurst = TimeDelta::millis(5);
  /// Whatever the estimate says, what waits is gone by then: a low one at the start must not hold up the first picture.
  static constexpr TimeDelta kLongestWait = TimeDelta::millis(100);
  /// Half of what `SentPackets` remembers, so that a packet is still known when its turn comes. More goes at once.
  static constexpr size_t kMaxWaiting = 256;

  struct Packet {
    uint8_t line = 0;
    uint8_t layer = 0;
    uint16_t sequence_number = 0;
    uint32_t size = 0;
  };

  void set_target(DataRate target) { target_ = target; }
  void add(const Packet& packet);
  /// Something went out beside it.
  void charge(size_t bytes, Timestamp now);
  /// The next that goes now; call until there is none.
  std::optional<Packet> next(Timestamp now);
  Timestamp next_deadline() const;
  size_t waiting() const { return queue_.size(); }
  void clear();

 private:
  double bytes_per_us() const;
  void drain(Timestamp now);

  DataRate target_ = DataRate::kbps(300);
  std::deque<Packet> queue_;
  uint64_t waiting_bytes_ = 0;
  double urgent_ = 0;  // bytes per µs that keep `kLongestWait`, until nothing waits
  double debt_ = 0;    // bytes that have not drained
  Timestamp drained_at_;
};

}  // namespace parley::sdk
