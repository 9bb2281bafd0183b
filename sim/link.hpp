#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "base/units.hpp"

namespace parley::sim {

struct LinkConfig {
  TimeDelta delay = TimeDelta::millis(20);
  TimeDelta jitter = TimeDelta::zero();  ///< uniform, added to the delay; packets overtake each other within it
  double loss = 0;
  double duplicate = 0;
  DataRate rate = DataRate::infinite();      ///< a queue builds up behind it
  TimeDelta queue = TimeDelta::millis(300);  ///< what does not fit is lost
};

/// One direction of a network path in simulated time: what goes in comes out late, twice, out of order, or not at all,
/// the same for the same seed.
class Link {
 public:
  struct Packet {
    Path path;  ///< meaning is the caller's: where it came from or goes to
    std::vector<uint8_t> bytes;
  };

  Link(const LinkConfig& config, uint64_t seed) : config_(config), rng_(seed) {}
  void configure(const LinkConfig& config) { config_ = config; }

  void send(const Path& path, Bytes bytes, Timestamp now);
  /// The next packet that has arrived by `now`; false if there is none.
  bool receive(Timestamp now, Packet& packet);

  uint64_t sent() const { return sent_; }
  uint64_t lost() const { return lost_; }
  uint64_t bytes() const { return bytes_; }

 private:
  struct InFlight {
    Timestamp arrival;
    uint64_t number;  // keeps the order of equals
    Packet packet;
    bool operator>(const InFlight& other) const {
      return arrival != other.arrival ? arrival > other.arrival : number > other.number;
    }
  };

  LinkConfig config_;
  Rng rng_;
  Timestamp free_at_;  // when the bottleneck has sent what it holds
  uint64_t sent_ = 0;
  uint64_t lost_ = 0;
  uint64_t bytes_ = 0;
  std::priority_queue<InFlight, std::vector<InFlight>, std::greater<>> in_flight_;
};

}  // namespace parley::sim
