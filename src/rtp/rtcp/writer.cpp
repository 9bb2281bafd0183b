#include <algorithm>
#include <bit>

#include "rtp/rtcp/rtcp.hpp"
#include "rtp/rtcp/wire.hpp"

namespace parley::rtp::rtcp {
namespace {

constexpr size_t kReportBlockSize = 24;
constexpr uint8_t kCname = 1;

void write_report_blocks(ByteWriter& out, const FixedVector<ReportBlock, kMaxReportBlocks>& reports) {
  for (const ReportBlock& block : reports) {
    out.u32(block.source.value());
    out.u8(block.fraction_lost);
    // A count beyond 24 bits stays at its end (RFC 3550 appendix A.3).
    out.u24(static_cast<uint32_t>(std::clamp(block.cumulative_lost, -0x800000, 0x7fffff)) & 0xffffff);
    out.u32(block.highest_sequence);
    out.u32(block.jitter);
    out.u32(block.last_sr);
    out.u32(block.delay_since_last_sr);
  }
}

struct NackEntry {
  uint16_t first = 0;
  uint16_t following = 0;
};
using NackEntries = FixedVector<NackEntry, decltype(Nack::lost)::capacity()>;

NackEntries pack(const Nack& nack) {
  NackEntries entries;
  for (const uint16_t lost : nack.lost) {
    const uint16_t distance = entries.empty() ? 0 : static_cast<uint16_t>(lost - entries.back().first);
    if (!entries.empty() && distance <= 16) {
      if (distance > 0)
        entries.back().following = static_cast<uint16_t>(entries.back().following | 1 << (distance - 1));
    } else {
      entries.push_back({lost, 0});
    }
  }
  return entries;
}

}  // namespace

bool write(ByteWriter& out, const SenderReport& report) {
  const size_t count = report.reports.size();
  if (!begin_packet(out, kSenderReport, count, 28 + count * kReportBlockSize)) return false;
  out.u32(report.sender.value());
  out.u64(report.ntp.value);
  out.u32(report.rtp_timestamp);
  out.u32(report.packet_count);
  out.u32(report.octet_count);
  write_report_blocks(out, report.reports);
  return true;
}

bool write(ByteWriter& out, const ReceiverReport& report) {
  const size_t count = report.reports.size();
  if (!begin_packet(out, kReceiverReport, count, 8 + count * kReportBlockSize)) return false;
  out.u32(report.sender.value());
  write_report_blocks(out, report.reports);
  return true;
}

bool write(ByteWriter& out, const Bye& bye) {
  const size_t count = bye.sources.size();
  if (!begin_packet(out, kBye, count, kHeaderSize + count * 4)) return false;
  for (const Ssrc source : bye.sources) out.u32(source.value());
  return true;
}

bool write(ByteWriter& out, const Nack& nack) {
  const NackEntries entries = pack(nack);
  if (entries.empty() || !begin_packet(out, kTransportFeedback, kGenericNack, 12 + entries.size() * 4)) return false;
  out.u32(nack.sender.value());
  out.u32(nack.media.value());
  for (const NackEntry& entry : entries) {
    out.u16(entry.first);
    out.u16(entry.following);
  }
  return true;
}

bool write(ByteWriter& out, const PictureLossIndication& pli) {
  if (!begin_packet(out, kPayloadFeedback, kPictureLoss, 12)) return false;
  out.u32(pli.sender.value());
  out.u32(pli.media.value());
  return true;
}

bool write(ByteWriter& out, const FullIntraRequest& fir) {
  if (!begin_packet(out, kPayloadFeedback, kFullIntra, 20)) return false;
  out.u32(fir.sender.value());
  out.u32(0);  // media source: in the entry (RFC 5104 section 4.3.1.2)
  out.u32(fir.media.value());
  out.u8(fir.command);
  out.u24(0);
  return true;
}

bool write(ByteWriter& out, const Remb& remb) {
  const size_t count = remb.sources.size();
  if (!begin_packet(out, kPayloadFeedback, kApplicationLayer, 20 + count * 4)) return false;
  // An 18-bit mantissa; what it cannot hold is rounded down, so that a receiver never promises more than it has.
  const auto bps = static_cast<uint64_t>(std::max<int64_t>(remb.bitrate.bps(), 0));
  const auto exponent = static_cast<uint32_t>(std::max(static_cast<int>(std::bit_width(bps)) - 18, 0));
  out.u32(remb.sender.value());
  out.u32(0);
  out.u32(kRembName);
  out.u8(static_cast<uint8_t>(count));
  out.u24(exponent << 18 | static_cast<uint32_t>(bps >> exponent));
  for (const Ssrc source : remb.sources) out.u32(source.value());
  return true;
}

bool write_cname(ByteWriter& out, Ssrc source, std::string_view cname) {
  if (cname.size() > 255) return false;
  const size_t item = 2 + cname.size();
  const size_t padding = 4 - item % 4;  // the list ends with at least one zero byte (RFC 3550 section 6.5)
  if (!begin_packet(out, kSourceDescription, 1, 8 + item + padding)) return false;
  out.u32(source.value());
  out.u8(kCname);
  out.u8(static_cast<uint8_t>(cname.size()));
  out.bytes(as_bytes(cname));
  out.fill(0, padding);
  return true;
}

}  // namespace parley::rtp::rtcp
