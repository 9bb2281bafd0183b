#include "transport/receive_statistics.hpp"

#include <algorithm>
#include <cstdlib>

namespace parley::transport {

void ReceiveStatistics::restart(uint32_t clock_rate) {
  expected_before_ = expected();
  lost_before_ = lost();
  running_ = false;
  clock_rate_ = clock_rate;
  last_sr_ = 0;
}

void ReceiveStatistics::begin_run(uint16_t sequence_number) {
  unwrapper_.reset();
  base_ = highest_ = unwrapper_.unwrap(sequence_number);
  received_in_run_ = 0;
  transit_.reset();
  running_ = true;
}

void ReceiveStatistics::receive(uint16_t sequence_number, uint32_t rtp_timestamp, size_t size, Timestamp now) {
  if (running_ && std::abs(unwrapper_.peek(sequence_number) - highest_) > kMaxDropout) restart(clock_rate_);
  if (!running_) begin_run(sequence_number);
  const int64_t number = unwrapper_.unwrap(sequence_number);
  base_ = std::min(base_, number);
  if (number >= highest_) update_jitter(rtp_timestamp, now);
  highest_ = std::max(highest_, number);
  ++received_in_run_;
  ++packets_;
  bytes_ += size;
}

// RFC 3550 A.8. Packets that came late by reordering are left out: their delay is not the path's.
void ReceiveStatistics::update_jitter(uint32_t rtp_timestamp, Timestamp now) {
  const auto arrival =
      static_cast<uint32_t>(now.us() / 1000 * clock_rate_ / 1000 + now.us() % 1000 * clock_rate_ / 1'000'000);
  const uint32_t transit = arrival - rtp_timestamp;
  if (transit_) {
    const auto change = static_cast<int32_t>(transit - *transit_);
    // A pause (DTX, mute) or a hostile timestamp must not dominate for minutes: half a minute is the most that counts.
    const uint32_t d = std::min<uint32_t>(static_cast<uint32_t>(std::abs(int64_t{change})), clock_rate_ * 30);
    jitter_q4_ += d - ((jitter_q4_ + 8) >> 4);
  }
  transit_ = transit;
}

void ReceiveStatistics::receive_sender_report(rtp::rtcp::NtpTime ntp, Timestamp now) {
  last_sr_ = ntp.compact();
  last_sr_arrival_ = now;
}

uint64_t ReceiveStatistics::expected() const {
  return expected_before_ + (running_ ? static_cast<uint64_t>(highest_ - base_ + 1) : 0);
}

uint64_t ReceiveStatistics::lost() const {
  if (!running_) return lost_before_;
  const int64_t lost = highest_ - base_ + 1 - static_cast<int64_t>(received_in_run_);
  return lost_before_ + static_cast<uint64_t>(std::max<int64_t>(lost, 0));
}

std::optional<rtp::rtcp::ReportBlock> ReceiveStatistics::report(Ssrc source, Timestamp now) {
  if (!running_) return std::nullopt;
  const auto expected_now = static_cast<int64_t>(expected() - interval_expected_);
  const auto received_now = static_cast<int64_t>(packets_ - interval_packets_);
  interval_expected_ = expected();
  interval_packets_ = packets_;

  rtp::rtcp::ReportBlock block{.source = source};
  const int64_t lost_now = expected_now - received_now;
  if (expected_now > 0 && lost_now > 0) {
    block.fraction_lost = static_cast<uint8_t>(std::min<int64_t>(lost_now * 256 / expected_now, 255));
  }
  block.cumulative_lost = static_cast<int32_t>(std::min<uint64_t>(lost(), 0x7fffff));  // A.3: 24 bits signed
  block.highest_sequence = static_cast<uint32_t>(highest_);
  block.jitter = jitter_q4_ >> 4;
  if (last_sr_ != 0) {
    block.last_sr = last_sr_;
    block.delay_since_last_sr = static_cast<uint32_t>((now - last_sr_arrival_).us() * 65'536 / 1'000'000);
  }
  return block;
}

}  // namespace parley::transport
