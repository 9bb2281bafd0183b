#pragma once

#include <cstdint>
#include <optional>

#include "base/sequence.hpp"
#include "base/time.hpp"
#include "rtp/rtcp/rtcp.hpp"

namespace parley::transport {

/// Counts one incoming RTP stream for receiver reports (RFC 3550 appendices A.1, A.3 and A.8). Packets are
/// authenticated by SRTP, so the probation of A.1 against strays is not needed.
class ReceiveStatistics {
 public:
  /// RFC 3550 A.1, MAX_DROPOUT: a larger jump is a restarted sender.
  static constexpr int64_t kMaxDropout = 3000;

  explicit ReceiveStatistics(uint32_t clock_rate = 90'000) : clock_rate_(clock_rate) {}

  /// The sender began anew (another SSRC): totals go on, sequence numbers do not.
  void restart(uint32_t clock_rate);
  /// `size` in bytes of the whole datagram. Retransmissions come on a stream of their own and are not counted here.
  void receive(uint16_t sequence_number, uint32_t rtp_timestamp, size_t size, Timestamp now);
  void receive_sender_report(rtp::rtcp::NtpTime ntp, Timestamp now);
  /// The block for the next report, and the start of a new interval. Empty before the first packet.
  std::optional<rtp::rtcp::ReportBlock> report(Ssrc source, Timestamp now);

  uint64_t packets() const { return packets_; }
  uint64_t bytes() const { return bytes_; }
  /// Never negative here: duplicates may make RFC 3550's number so.
  uint64_t lost() const;
  double jitter_ms() const { return static_cast<double>(jitter_q4_) / 16.0 * 1000.0 / clock_rate_; }
  /// Since the first packet; for loss over an interval of the caller's own.
  uint64_t expected() const;

 private:
  void begin_run(uint16_t sequence_number);
  void update_jitter(uint32_t rtp_timestamp, Timestamp now);

  uint32_t clock_rate_;
  bool running_ = false;
  Unwrapper<uint16_t> unwrapper_;
  int64_t base_ = 0;
  int64_t highest_ = 0;
  uint64_t received_in_run_ = 0;  // since `base_`
  uint64_t expected_before_ = 0;  // of earlier runs
  uint64_t lost_before_ = 0;
  uint64_t packets_ = 0;
  uint64_t bytes_ = 0;
  uint64_t interval_expected_ = 0;  // `expected()` and `packets_` at the last report
  uint64_t interval_packets_ = 0;
  std::optional<uint32_t> transit_;
  uint32_t jitter_q4_ = 0;  // scaled by 16, as in A.8
  uint32_t last_sr_ = 0;
  Timestamp last_sr_arrival_;
};

}  // namespace parley::transport
