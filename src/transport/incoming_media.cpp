#include "transport/incoming_media.hpp"

#include <algorithm>
#include <utility>

#include "transport/rtx.hpp"

namespace parley::transport {

namespace {

const CodecBinding* binding_of(const Line& line, PayloadType type) {
  for (const CodecBinding& binding : line.codecs) {
    if (binding.payload_type == type) return &binding;
  }
  return nullptr;
}

const CodecBinding* binding_of_repair(const Line& line, PayloadType type) {
  for (const CodecBinding& binding : line.codecs) {
    if (binding.rtx_payload_type == type) return &binding;
  }
  return nullptr;
}

}  // namespace

void IncomingMedia::configure(const std::vector<Line>& lines) {
  lines_ = &lines;
  demultiplexer_.configure(lines);
  std::vector<Stream> before = std::exchange(streams_, {});
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (line.direction != Direction::Receive) continue;
    for (size_t layer = 0; layer < std::max<size_t>(1, line.rids.size()); ++layer) {
      const auto kept = std::find_if(before.begin(), before.end(), [&](const Stream& s) {
        return s.line == i && s.layer == layer && s.mid == line.mid.value();
      });
      Stream& stream = streams_.emplace_back();
      if (kept != before.end()) stream = std::move(*kept);
      stream.line = static_cast<uint8_t>(i);
      stream.layer = static_cast<uint8_t>(layer);
      stream.mid = line.mid.value();
      stream.binding = nullptr;  // pointed into the lines of before
    }
  }
}

IncomingMedia::Stream* IncomingMedia::find_stream(uint8_t line, uint8_t layer) {
  for (Stream& stream : streams_) {
    if (stream.line == line && stream.layer == layer) return &stream;
  }
  return nullptr;
}

std::expected<ReceivedPacket, IncomingMedia::Drop> IncomingMedia::receive(MutableBytes packet,
                                                                          const rtp::PacketView& view,
                                                                          const rtp::ExtensionMap& extensions,
                                                                          Timestamp now) {
  const std::optional<Demultiplexer::Target> target = demultiplexer_.find(view);
  if (!target) return std::unexpected(Drop::UnknownStream);
  Stream* stream = find_stream(target->line, target->layer);
  if (stream == nullptr) return std::unexpected(Drop::UnknownStream);
  return target->repair ? receive_repair(*stream, packet, view, extensions, now) : receive_media(*stream, view, now);
}

std::expected<ReceivedPacket, IncomingMedia::Drop> IncomingMedia::receive_media(Stream& stream,
                                                                                const rtp::PacketView& view,
                                                                                Timestamp now) {
  if (stream.binding == nullptr || stream.binding->payload_type != view.payload_type || stream.ssrc != view.ssrc) {
    const CodecBinding* binding = binding_of((*lines_)[stream.line], view.payload_type);
    if (binding == nullptr) return std::unexpected(Drop::UnknownStream);
    begin_run(stream, view.ssrc, *binding);
  }
  stream.statistics.receive(view.sequence_number, view.timestamp, view.packet.size(), now);
  if (stream.binding->nack) stream.nack.receive(view.sequence_number, now);
  return ReceivedPacket{stream.line, stream.layer, stream.binding, view, false};
}

// A new SSRC counts its sequence numbers anew; a new codec on the same SSRC goes on.
void IncomingMedia::begin_run(Stream& stream, Ssrc ssrc, const CodecBinding& binding) {
  if (stream.ssrc != ssrc) {
    stream.nack.restart();
    stream.statistics.restart(rtp::clock_rate(binding.codec));
  }
  stream.ssrc = ssrc;
  stream.binding = &binding;
}

std::expected<ReceivedPacket, IncomingMedia::Drop> IncomingMedia::receive_repair(Stream& stream, MutableBytes packet,
                                                                                 const rtp::PacketView& view,
                                                                                 const rtp::ExtensionMap& extensions,
                                                                                 Timestamp now) {
  const CodecBinding* binding = binding_of_repair((*lines_)[stream.line], view.payload_type);
  const std::optional<Ssrc> media = demultiplexer_.ssrc({stream.line, stream.layer, false});
  if (binding == nullptr || !media) return std::unexpected(Drop::UnknownStream);
  const MutableBytes restored = unwrap_rtx(packet, view, {*media, binding->payload_type});
  if (restored.empty()) return std::unexpected(Drop::Probe);
  const auto original = rtp::PacketView::parse(restored, extensions);
  if (!original) return std::unexpected(Drop::Malformed);
  if (const auto rtt = stream.nack.receive_repair(original->sequence_number, now)) repair_rtt_ = *rtt;
  return ReceivedPacket{stream.line, stream.layer, binding, *original, true};
}

std::optional<SourceReport> IncomingMedia::receive_sender_report(const rtp::rtcp::SenderReport& report, Timestamp now) {
  const auto target = demultiplexer_.find(report.sender);
  if (!target || target->repair) return std::nullopt;
  Stream* stream = find_stream(target->line, target->layer);
  if (stream == nullptr || report.ntp.value == 0) return std::nullopt;
  stream->statistics.receive_sender_report(report.ntp, now);
  return SourceReport{target->line, target->layer, report.ntp, report.rtp_timestamp};
}

FixedVector<rtp::rtcp::ReportBlock, rtp::rtcp::kMaxReportBlocks> IncomingMedia::report(Timestamp now) {
  FixedVector<rtp::rtcp::ReportBlock, rtp::rtcp::kMaxReportBlocks> blocks;
  for (Stream& stream : streams_) {
    if (stream.statistics.packets() == stream.reported_packets) continue;
    if (blocks.full()) break;  // the next report begins with those that are left out now
    stream.reported_packets = stream.statistics.packets();
    if (const auto block = stream.statistics.report(stream.ssrc, now)) blocks.push_back(*block);
  }
  return blocks;
}

std::optional<rtp::rtcp::Nack> IncomingMedia::next_nack(Ssrc reporter, TimeDelta rtt, Timestamp now) {
  for (Stream& stream : streams_) {
    if (stream.nack.next_deadline() > now) continue;
    rtp::rtcp::Nack nack{.sender = reporter, .media = stream.ssrc};
    stream.nack.collect(now, rtt, nack.lost);
    if (!nack.lost.empty()) return nack;
  }
  return std::nullopt;
}

Timestamp IncomingMedia::next_nack_deadline() const {
  Timestamp earliest = Timestamp::never();
  for (const Stream& stream : streams_) earliest = std::min(earliest, stream.nack.next_deadline());
  return earliest;
}

std::optional<IncomingMedia::BrokenLayer> IncomingMedia::take_broken() {
  for (Stream& stream : streams_) {
    if (stream.nack.take_given_up()) return BrokenLayer{stream.line, stream.layer};
  }
  return std::nullopt;
}

void IncomingMedia::append_stats(std::vector<LineStats>& out) const {
  for (size_t i = 0; i < streams_.size(); ++i) {
    const Stream& stream = streams_[i];
    if (i == 0 || streams_[i - 1].line != stream.line) out.push_back({.line = stream.line});
    LineStats& line = out.back();
    if (stream.binding != nullptr) line.codec = stream.binding->codec;
    line.packets += stream.statistics.packets();
    line.bytes += stream.statistics.bytes();
    line.packets_expected += stream.statistics.expected();
    line.packets_lost += stream.statistics.lost();
    line.jitter_ms = std::max(line.jitter_ms, stream.statistics.jitter_ms());
  }
}

}  // namespace parley::transport
