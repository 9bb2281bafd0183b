#include "transport/outgoing_media.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/prefetch.hpp"

namespace parley::transport {

namespace {

using rtp::Extension;

// 24 bits of seconds in 6.18 fixed point (abs-send-time).
uint32_t abs_send_time(Timestamp now) {
  return static_cast<uint32_t>((static_cast<uint64_t>(now.us()) << 18) / 1'000'000) & 0xffffff;
}

// `lead` then `body` as one payload. Contiguous bytes are protected from where they are; pieces are joined in `out`
// first.
size_t protect(srtp::Sender& srtp, Bytes header, std::span<const Bytes> pieces, MutableBytes out) {
  size_t used = header.size();
  const Bytes* only = nullptr;
  int count = 0;
  for (const Bytes& piece : pieces) {
    if (piece.empty()) continue;
    only = &piece;
    ++count;
  }
  if (count <= 1) return srtp.protect_rtp(header, only ? *only : Bytes(), out).value_or(0);
  for (const Bytes& piece : pieces) {
    if (!piece.empty()) std::memcpy(out.data() + used, piece.data(), piece.size());
    used += piece.size();
  }
  return srtp.protect_rtp(header, out.subspan(header.size(), used - header.size()), out).value_or(0);
}

size_t send_pieces(const rtp::HeaderWriter& writer, std::span<const Bytes> pieces,
                   const OutgoingMedia::Transport& transport, bool padded = false) {
  constexpr uint8_t kPaddingBit = 0x20;
  std::array<uint8_t, rtp::HeaderWriter::kMaxSize> buffer;
  const Bytes header(buffer.data(), writer.finish(buffer));
  if (padded) buffer[0] |= kPaddingBit;
  size_t size = header.size() + srtp::kMaxOverhead;
  for (const Bytes& piece : pieces) size += piece.size();
  if (size > DatagramBatch::kMaxDatagram) return 0;
  const MutableBytes room = transport.datagrams.reserve(size);
  const size_t written = protect(transport.srtp, header, pieces, room);
  if (written > 0) transport.datagrams.commit(transport.path, written);
  return written;
}

}  // namespace

rtp::rtcp::NtpTime to_ntp(Timestamp time) {
  constexpr int64_t kEpochUs = 3'900'000'000 * 1'000'000;
  return rtp::rtcp::NtpTime::from_us(time.us() + kEpochUs);
}

void OutgoingMedia::configure(const std::vector<Line>& lines) {
  std::vector<Stream> before = std::exchange(streams_, std::vector<Stream>(lines.size()));
  before.insert(before.end(), std::make_move_iterator(upper_.begin()), std::make_move_iterator(upper_.end()));
  upper_.clear();
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (line.direction != Direction::Send || !line.ssrcs) continue;
    const auto index = static_cast<uint8_t>(i);
    streams_[i] = open(line, {index, 0}, *line.ssrcs, before);
    for (size_t layer = 1; layer < line.rids.size() && layer <= line.upper_ssrcs.size(); ++layer) {
      upper_.push_back(open(line, {index, static_cast<uint8_t>(layer)}, line.upper_ssrcs[layer - 1], before));
    }
  }
}

OutgoingMedia::Stream OutgoingMedia::open(const Line& line, Source source, const StreamSsrcs& ssrcs,
                                          std::vector<Stream>& before) const {
  const auto known = std::ranges::find_if(
      before, [&](const Stream& s) { return s.source.line == source.line && s.ssrc == ssrcs.media && s.packets > 0; });
  Stream stream;
  if (known != before.end()) {
    stream = std::move(*known);
  } else {
    stream.rtx_sequence = first_rtx_sequence_;
  }
  stream.active = true;
  stream.source = source;
  stream.line = &line;
  stream.mid = line.mid.value();
  stream.rid = line.rids.empty() ? std::string() : line.rids[source.layer];
  stream.transport_cc = std::ranges::any_of(line.codecs, &CodecBinding::transport_cc);
  stream.ssrc = ssrcs.media;
  stream.rtx_ssrc = ssrcs.rtx;
  return stream;
}

OutgoingMedia::Stream* OutgoingMedia::find(uint8_t line, uint8_t layer) {
  if (layer == 0) return line < streams_.size() && streams_[line].active ? &streams_[line] : nullptr;
  const auto found =
      std::ranges::find_if(upper_, [&](const Stream& s) { return s.source.line == line && s.source.layer == layer; });
  return found == upper_.end() ? nullptr : &*found;
}

// Each packet of a stream carries the same elements as far as possible, so that equal payloads make equal datagrams and
// these a GSO run.
void OutgoingMedia::write_extensions(rtp::HeaderWriter& header, const OutgoingPacket& packet, const Stream& stream,
                                     Purpose purpose, const Transport& transport, Timestamp now) const {
  const rtp::ExtensionMap& map = transport.extensions;
  // Peers may not report on a repair stream, so that it is never known to be known; where signalling announced its
  // SSRC, as for streams without rid, that of the media stands for both.
  const bool repair = purpose == Purpose::Repair;
  const bool named = stream.named || (repair && !stream.rid.empty());
  header.add_u24(map.id(Extension::AbsSendTime), abs_send_time(now));
  if (stream.transport_cc) header.add_u16(map.id(Extension::TransportSequence), transport.transport_sequence);
  if (named) {
    header.add(map.id(Extension::Mid), stream.mid);
    header.add(map.id(repair ? Extension::RepairedRid : Extension::Rid), stream.rid);
  }
  if (packet.audio_level) {
    header.add_u8(map.id(Extension::AudioLevel),
                  static_cast<uint8_t>(packet.audio_level->voice << 7 | (packet.audio_level->level & 0x7f)));
  }
  header.add(map.id(Extension::DependencyDescriptor), packet.dependency_descriptor);
  header.add(map.id(Extension::VideoOrientation), packet.video_orientation);
  header.add(map.id(Extension::VideoContentType), packet.video_content_type);
  header.add(map.id(Extension::PlayoutDelay), packet.playout_delay);
  header.add(map.id(Extension::AbsCaptureTime), packet.abs_capture_time);
  header.add(map.id(Extension::ColorSpace), packet.color_space);
}

OutgoingMedia::Sent OutgoingMedia::send(const OutgoingPacket& packet, const Transport& transport, Timestamp now) {
  Stream* stream = find(packet.line, packet.layer);
  if (stream == nullptr) return {};
  rtp::HeaderWriter header(
      {packet.marker, packet.payload_type, packet.sequence_number, packet.timestamp, stream->ssrc});
  write_extensions(header, packet, *stream, Purpose::Media, transport, now);
  // RFC 3550 section 5.1: the last octet counts the padding, itself included.
  std::array<uint8_t, OutgoingPacket::kMaxPadding> padding{};
  const size_t padding_size = std::min(packet.padding, OutgoingPacket::kMaxPadding);
  if (padding_size > 0) padding[padding_size - 1] = static_cast<uint8_t>(padding_size);
  const std::array<Bytes, 3> pieces{packet.prefix, packet.payload, Bytes(padding.data(), padding_size)};
  const size_t size = send_pieces(header, pieces, transport, padding_size > 0);
  if (size == 0) return {};
  if (stream->payload_type != packet.payload_type) {
    stream->payload_type = packet.payload_type;
    for (const CodecBinding& binding : stream->line->codecs) {
      if (binding.payload_type == packet.payload_type) stream->codec = binding.codec;
    }
  }
  ++stream->packets;
  stream->octets += packet.prefix.size() + packet.payload.size();
  return sent(*stream, size, transport);
}

OutgoingMedia::Sent OutgoingMedia::sent(Stream& stream, size_t size, const Transport& transport) const {
  stream.bytes += size;
  return {size, stream.transport_cc && transport.extensions.id(Extension::TransportSequence) != 0};
}

OutgoingMedia::Sent OutgoingMedia::retransmit(const OutgoingPacket& packet, const Transport& transport, Timestamp now) {
  Stream* stream = find(packet.line, packet.layer);
  if (stream == nullptr || !stream->rtx_ssrc) return {};
  const auto& codecs = stream->line->codecs;
  const auto binding = std::find_if(codecs.begin(), codecs.end(),
                                    [&](const CodecBinding& b) { return b.payload_type == packet.payload_type; });
  if (binding == codecs.end() || !binding->rtx_payload_type) return {};
  rtp::HeaderWriter header(
      {packet.marker, *binding->rtx_payload_type, stream->rtx_sequence, packet.timestamp, *stream->rtx_ssrc});
  write_extensions(header, packet, *stream, Purpose::Repair, transport, now);
  std::array<uint8_t, 2> original;
  store_be16(original.data(), packet.sequence_number);
  const std::array<Bytes, 3> pieces{original, packet.prefix, packet.payload};
  const size_t size = send_pieces(header, pieces, transport);
  if (size == 0) return {};
  ++stream->rtx_sequence;
  return sent(*stream, size, transport);
}

void OutgoingMedia::prefetch(uint8_t line) const {
  if (line < streams_.size()) parley::prefetch(&streams_[line], sizeof(Hot));
}

template <typename Streams, typename Visit>
void OutgoingMedia::each(Streams& streams, Visit&& visit) {
  for (auto& stream : streams) {
    if (stream.active) visit(stream);
  }
}

std::optional<OutgoingMedia::Source> OutgoingMedia::find(Ssrc ssrc) const {
  std::optional<Source> found;
  const auto look = [&](const Stream& s) {
    if (s.ssrc == ssrc || s.rtx_ssrc == ssrc) found = s.source;
  };
  each(streams_, look);
  each(upper_, look);
  return found;
}

OutgoingMedia::Stream* OutgoingMedia::find_media(Ssrc ssrc) {
  const std::optional<Source> source = find(ssrc);
  Stream* stream = source ? find(source->line, source->layer) : nullptr;
  return stream != nullptr && stream->ssrc == ssrc ? stream : nullptr;
}

void OutgoingMedia::set_clock(uint8_t line, uint8_t layer, const MediaClock& clock) {
  if (Stream* stream = find(line, layer)) stream->clock = clock;
}

std::optional<rtp::rtcp::SenderReport> OutgoingMedia::next_report(Timestamp now) {
  for (auto* streams : {&streams_, &upper_}) {
    for (Stream& stream : *streams) {
      if (auto report = next_report(stream, now)) return report;
    }
  }
  return std::nullopt;
}

std::optional<rtp::rtcp::SenderReport> OutgoingMedia::next_report(Stream& stream, Timestamp now) const {
  if (!stream.active || !stream.clock || stream.packets == stream.reported_packets) return std::nullopt;
  stream.reported_packets = stream.packets;
  const int64_t ticks = (now - stream.clock->time).us() * rtp::clock_rate(stream.codec) / 1'000'000;
  return rtp::rtcp::SenderReport{.sender = stream.ssrc,
                                 .ntp = to_ntp(now),
                                 .rtp_timestamp = stream.clock->rtp_timestamp + static_cast<uint32_t>(ticks),
                                 .packet_count = static_cast<uint32_t>(stream.packets),
                                 .octet_count = static_cast<uint32_t>(stream.octets)};
}

std::optional<TimeDelta> OutgoingMedia::receive_report(const rtp::rtcp::ReportBlock& block, Timestamp now) {
  Stream* stream = find_media(block.source);
  if (stream == nullptr) return std::nullopt;
  stream->reception = block;
  stream->named = false;
  if (block.last_sr == 0) return std::nullopt;
  const uint32_t compact = to_ntp(now).compact() - block.last_sr - block.delay_since_last_sr;
  // In 1/65536 s, and meaningless when the peer's delay is larger than the time that passed.
  constexpr uint32_t kLongest = 30 * 65'536;
  if (compact > kLongest) return std::nullopt;
  return TimeDelta::micros(int64_t{compact} * 1'000'000 / 65'536);
}

double OutgoingMedia::fraction_lost() const {
  uint8_t worst = 0;
  const auto look = [&](const Stream& s) {
    if (s.reception) worst = std::max(worst, s.reception->fraction_lost);
  };
  each(streams_, look);
  each(upper_, look);
  return worst / 256.0;
}

void OutgoingMedia::append_stats(std::vector<LineStats>& out) const {
  const auto add = [&](const Stream& stream) {
    LineStats& stats = out.emplace_back(
        LineStats{.line = stream.source.line, .layer = stream.source.layer, .sending = true, .codec = stream.codec});
    stats.packets = stream.packets;
    stats.bytes = stream.bytes;
    if (!stream.reception) return;
    stats.packets_lost = static_cast<uint64_t>(std::max(0, stream.reception->cumulative_lost));
    stats.jitter_ms = stream.reception->jitter * 1000.0 / rtp::clock_rate(stream.codec);
  };
  each(streams_, add);
  each(upper_, add);
}

}  // namespace parley::transport
