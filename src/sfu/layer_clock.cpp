#include "sfu/layer_clock.hpp"

namespace parley::sfu {

Timestamp PublisherClock::to_server(rtp::rtcp::NtpTime ntp, Timestamp arrival) {
  const TimeDelta measured = arrival - Timestamp::from_us(ntp.to_us());
  if (!offset_ || measured - *offset_ > kMaxDrift || *offset_ - measured > kMaxDrift) offset_ = measured;
  return Timestamp::from_us(ntp.to_us()) + *offset_;
}

uint32_t LayerClock::translate(uint32_t timestamp, const LayerClock& other, uint32_t clock_rate) const {
  return timestamp - rtp_timestamp + other.rtp_time(captured, clock_rate);
}

uint32_t LayerClock::rtp_time(Timestamp time, uint32_t clock_rate) const {
  const int64_t ticks = (time - captured).us() * static_cast<int64_t>(clock_rate) / 1'000'000;
  return rtp_timestamp + static_cast<uint32_t>(ticks);
}

}  // namespace parley::sfu
