#include "link.hpp"

#include <algorithm>
#include <utility>

namespace parley::sim {

void Link::send(const Path& path, Bytes bytes, Timestamp now) {
  ++sent_;
  bytes_ += bytes.size();
  if (rng_.chance(config_.loss)) {
    ++lost_;
    return;
  }
  Timestamp leaves = now;
  if (config_.rate != DataRate::infinite()) {
    free_at_ = std::max(free_at_, now);
    if (free_at_ - now > config_.queue) {
      ++lost_;
      return;
    }
    free_at_ += TimeDelta::micros(static_cast<int64_t>(bytes.size()) * 8'000'000 / config_.rate.bps());
    leaves = free_at_;
  }
  const int copies = rng_.chance(config_.duplicate) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    const TimeDelta jitter =
        TimeDelta::micros(static_cast<int64_t>(rng_.unit() * static_cast<double>(config_.jitter.us())));
    in_flight_.push({leaves + config_.delay + jitter, sent_, {path, {bytes.begin(), bytes.end()}}});
  }
}

bool Link::receive(Timestamp now, Packet& packet) {
  if (in_flight_.empty() || in_flight_.top().arrival > now) return false;
  packet = in_flight_.top().packet;
  in_flight_.pop();
  return true;
}

}  // namespace parley::sim
