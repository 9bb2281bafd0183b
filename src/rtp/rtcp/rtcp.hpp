#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "base/units.hpp"

/// RTCP as values: RFC 3550 (SR, RR, SDES, BYE), RFC 4585 (NACK, PLI), RFC 5104 (FIR), draft-alvestrand-rmcat-remb-03
/// (REMB), draft-holmer-rmcat-transport-wide-cc-extensions-01 (transport feedback), RFC 3611 (XR, skipped).
namespace parley::rtp::rtcp {

/// 64-bit NTP timestamp, 32.32 fixed point seconds.
struct NtpTime {
  uint64_t value = 0;
  /// The middle 32 bits, as in LSR and DLSR (RFC 3550 section 6.4.1).
  constexpr uint32_t compact() const { return static_cast<uint32_t>(value >> 16); }
  static constexpr NtpTime from_us(int64_t us) {
    return {static_cast<uint64_t>(us / 1'000'000) << 32 |
            static_cast<uint64_t>(us % 1'000'000) * 4'294'967'296 / 1'000'000};
  }
  constexpr int64_t to_us() const {
    return static_cast<int64_t>(value >> 32) * 1'000'000 +
           static_cast<int64_t>(((value & 0xffffffff) * 1'000'000 + (uint64_t{1} << 31)) >> 32);
  }
  friend constexpr auto operator<=>(const NtpTime&, const NtpTime&) = default;
};

struct ReportBlock {
  Ssrc source;
  uint8_t fraction_lost = 0;         ///< of 256
  int32_t cumulative_lost = 0;       ///< 24 bits signed
  uint32_t highest_sequence = 0;     ///< extended
  uint32_t jitter = 0;               ///< RTP timestamp units
  uint32_t last_sr = 0;              ///< compact NTP, 0: none yet
  uint32_t delay_since_last_sr = 0;  ///< 1/65536 s
};
inline constexpr size_t kMaxReportBlocks = 31;

struct SenderReport {
  Ssrc sender;
  NtpTime ntp;
  uint32_t rtp_timestamp = 0;
  uint32_t packet_count = 0;
  uint32_t octet_count = 0;
  FixedVector<ReportBlock, kMaxReportBlocks> reports;
};
struct ReceiverReport {
  Ssrc sender;
  FixedVector<ReportBlock, kMaxReportBlocks> reports;
};
struct Bye {
  FixedVector<Ssrc, 31> sources;
};
/// Generic NACK. Bounded: one that is larger when read is cut at this many losses.
struct Nack {
  Ssrc sender;
  Ssrc media;
  FixedVector<uint16_t, 256> lost;
};
struct PictureLossIndication {
  Ssrc sender;
  Ssrc media;
};
struct FullIntraRequest {
  Ssrc sender;
  Ssrc media;
  uint8_t command = 0;
};
struct Remb {
  Ssrc sender;
  DataRate bitrate;
  FixedVector<Ssrc, 31> sources;
};
/// One transport feedback message: packet `base_sequence + i` arrived at `arrivals[i]`, or did not. Read ones have at
/// least one entry, and are cut at `kMaxPackets`.
struct TransportFeedback {
  static constexpr size_t kMaxPackets = 512;
  static constexpr int32_t kLost = INT32_MIN;
  Ssrc sender;
  Ssrc media;
  uint16_t base_sequence = 0;
  uint8_t feedback_count = 0;
  int32_t reference_time_64ms = 0;             ///< 24 bits signed, multiples of 64 ms
  FixedVector<int32_t, kMaxPackets> arrivals;  ///< microseconds after the reference time (multiples of 250), or kLost
};
/// 20 bytes of header, a chunk for at least 7 packets each, two bytes a delta at most, padding.
inline constexpr size_t kMaxTransportFeedbackSize =
    (20 + 2 * ((TransportFeedback::kMaxPackets + 6) / 7) + 2 * TransportFeedback::kMaxPackets + 3) / 4 * 4;

using Message = std::variant<SenderReport, ReceiverReport, Bye, Nack, PictureLossIndication, FullIntraRequest, Remb,
                             TransportFeedback>;

/// Walks a compound or reduced-size packet (RFC 3550 section 6.1, RFC 5506). Packets without a message here (SDES, XR)
/// are skipped, others that are not known are skipped and counted, and a malformed one ends the walk. A FIR gives one
/// message for each of its entries.
class Reader {
 public:
  explicit Reader(Bytes packet) : rest_(packet) {}
  /// Fills `message` with the next one; false at the end, and then `message` holds nothing of meaning.
  bool next(Message& message);
  uint32_t unknown() const { return unknown_; }
  bool malformed() const { return malformed_; }

 private:
  bool next_fir_entry(Message& message);

  Bytes rest_;
  Bytes fir_entries_;  // of the FIR being read
  Ssrc fir_sender_;
  uint32_t unknown_ = 0;
  bool malformed_ = false;
};

// Each appends one RTCP packet; false and nothing written if it does not fit.
bool write(ByteWriter& out, const SenderReport& report);
bool write(ByteWriter& out, const ReceiverReport& report);
bool write(ByteWriter& out, const Bye& bye);
/// Losses in ascending order (as sequence numbers) pack best; any order is right. False for no losses.
bool write(ByteWriter& out, const Nack& nack);
bool write(ByteWriter& out, const PictureLossIndication& pli);
bool write(ByteWriter& out, const FullIntraRequest& fir);
bool write(ByteWriter& out, const Remb& remb);
/// At most `kMaxTransportFeedbackSize` bytes. Arrivals are rounded down to 250 us. False also for no arrivals and when
/// two arrivals in a row (or the reference time and the first) lie over 8.19 s apart, which the format cannot say.
bool write(ByteWriter& out, const TransportFeedback& feedback);
/// SDES with one CNAME chunk, which a compound packet must have (RFC 3550 section 6.1). False also if `cname` is over
/// 255 bytes.
bool write_cname(ByteWriter& out, Ssrc source, std::string_view cname);

}  // namespace parley::rtp::rtcp
