#include "sfu/layer_clock.hpp"

namespace parley::sfu {

Timestamp PublisherClock::to_server(rtp::rtcp::NtpTime ntp, Timestamp arrival) {
  const TimeDelta measured = arrival - Timestamp::from_us(ntp.to_us());
  if (!offset_ || measured - *offset_ > kMaxDrift || *offset_ - measured > kMaxDrift) offset_ = measured;
  return Timestamp::from_us(ntp.to_us()) + *offset_;
}

Timestamp LayerClock::capture_time(uint32_t timestamp, uint32_t clock_rate) const {
  const int64_t ticks = static_cast<int32_t>(timestamp - rtp_timestamp);
  return captured + TimeDelta::micros(ticks * 1'000'000 / clock_rate);
}

uint32_t LayerClock::rtp_time(Timestamp time, uint32_t clock_rate) const {
  const int64_t ticks = (time - captured).us() * static_cast<int64_t>(clock_rate) / 1'000'000;
  return rtp_timestamp + static_cast<uint32_t>(ticks);
}

}  // namespace parley::sfu
