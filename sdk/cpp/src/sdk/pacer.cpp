#include "sdk/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace parley::sdk {

void Pacer::add(const Packet& packet) {
  queue_.push_back(packet);
  waiting_bytes_ += packet.size;
  urgent_ = std::max(urgent_, static_cast<double>(waiting_bytes_) / static_cast<double>(kLongestWait.us()));
}

void Pacer::charge(size_t bytes, Timestamp now) {
  drain(now);
  debt_ += static_cast<double>(bytes);
}

std::optional<Pacer::Packet> Pacer::next(Timestamp now) {
  if (queue_.empty()) return std::nullopt;
  drain(now);
  const bool room = debt_ < bytes_per_us() * static_cast<double>(kBurst.us());
  if (!room && queue_.size() <= kMaxWaiting) return std::nullopt;
  const Packet packet = queue_.front();
  queue_.pop_front();
  waiting_bytes_ -= packet.size;
  if (queue_.empty()) urgent_ = 0;
  debt_ += packet.size;
  return packet;
}

Timestamp Pacer::next_deadline() const {
  if (queue_.empty()) return Timestamp::never();
  return drained_at_ + TimeDelta::micros(static_cast<int64_t>(std::ceil(debt_ / bytes_per_us())));
}

void Pacer::clear() {
  queue_.clear();
  waiting_bytes_ = 0;
  urgent_ = debt_ = 0;
}

double Pacer::bytes_per_us() const {
  const double paced = static_cast<double>(target_.bps()) * kFactor / 8e6;
  return std::max({paced, urgent_, 1e-3});
}

void Pacer::drain(Timestamp now) {
  const TimeDelta passed = now - drained_at_;
  drained_at_ = now;
  debt_ = std::max(0.0, debt_ - static_cast<double>(passed.us()) * bytes_per_us());
}

}  // namespace parley::sdk
