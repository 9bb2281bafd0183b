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
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (line.direction != Direction::Send || !line.ssrcs) continue;
    Stream& stream = streams_[i];
    const bool goes_on = i < before.size() && before[i].ssrc == line.ssrcs->media && before[i].packets > 0;
    if (goes_on) stream = std::move(before[i]);
    if (!goes_on) stream.rtx_sequence = first_rtx_sequence_;
    stream.active = true;
    stream.line = &line;
    stream.mid = line.mid.value();
    stream.transport_cc =
        std::any_of(line.codecs.begin(), line.codecs.end(), [](const auto& c) { return c.transport_cc; });
    stream.ssrc = line.ssrcs->media;
    stream.rtx_ssrc = line.ssrcs->rtx;
  }
}

OutgoingMedia::Stream* OutgoingMedia::find(uint8_t line) {
  return line < streams_.size() && streams_[line].active ? &streams_[line] : nullptr;
}

// Each packet of a stream carries the same elements as far as possible, so that equal payloads make equal datagrams and
// these a GSO run.
void OutgoingMedia::write_extensions(rtp::HeaderWriter& header, const OutgoingPacket& packet, const Stream& stream,
                                     const Transport& transport, Timestamp now) const {
  const rtp::ExtensionMap& map = transport.extensions;
  header.add_u24(map.id(Extension::AbsSendTime), abs_send_time(now));
  if (stream.transport_cc) header.add_u16(map.id(Extension::TransportSequence), transport.transport_sequence);
  if (stream.mid_needed) header.add(map.id(Extension::Mid), stream.mid);
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
  Stream* stream = find(packet.line);
  if (stream == nullptr) return {};
  rtp::HeaderWriter header(
      {packet.marker, packet.payload_type, packet.sequence_number, packet.timestamp, stream->ssrc});
  write_extensions(header, packet, *stream, transport, now);
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
  Stream* stream = find(packet.line);
  if (stream == nullptr || !stream->rtx_ssrc) return {};
  const auto& codecs = stream->line->codecs;
  const auto binding = std::find_if(codecs.begin(), codecs.end(),
                                    [&](const CodecBinding& b) { return b.payload_type == packet.payload_type; });
  if (binding == codecs.end() || !binding->rtx_payload_type) return {};
  rtp::HeaderWriter header(
      {packet.marker, *binding->rtx_payload_type, stream->rtx_sequence, packet.timestamp, *stream->rtx_ssrc});
  write_extensions(header, packet, *stream, transport, now);
  std::array<uint8_t, 2> original;
  store_be16(original.data(), packet.sequence_number);
  const std::array<Bytes, 3> pieces{original, packet.prefix, packet.payload};
  const size_t size = send_pieces(header, pieces, transport);
  if (size == 0) return {};
  ++stream->rtx_sequence;
  return sent(*stream, size, transport);
}

void OutgoingMedia::prefetch(uint8_t line) const {
  if (line < streams_.size()) parley::prefetch(&streams_[line], sizeof(Stream));
}

std::optional<uint8_t> OutgoingMedia::line_of(Ssrc ssrc) const {
  for (size_t i = 0; i < streams_.size(); ++i) {
    const Stream& stream = streams_[i];
    if (stream.active && (stream.ssrc == ssrc || stream.rtx_ssrc == ssrc)) return static_cast<uint8_t>(i);
  }
  return std::nullopt;
}

void OutgoingMedia::set_clock(uint8_t line, const MediaClock& clock) {
  if (Stream* stream = find(line)) stream->clock = clock;
}

std::optional<rtp::rtcp::SenderReport> OutgoingMedia::next_report(Timestamp now) {
  for (Stream& stream : streams_) {
    if (!stream.active || !stream.clock || stream.packets == stream.reported_packets) continue;
    stream.reported_packets = stream.packets;
    const int64_t ticks = (now - stream.clock->time).us() * rtp::clock_rate(stream.codec) / 1'000'000;
    return rtp::rtcp::SenderReport{.sender = stream.ssrc,
                                   .ntp = to_ntp(now),
                                   .rtp_timestamp = stream.clock->rtp_timestamp + static_cast<uint32_t>(ticks),
                                   .packet_count = static_cast<uint32_t>(stream.packets),
                                   .octet_count = static_cast<uint32_t>(stream.octets)};
  }
  return std::nullopt;
}

std::optional<TimeDelta> OutgoingMedia::receive_report(const rtp::rtcp::ReportBlock& block, Timestamp now) {
  const std::optional<uint8_t> line = line_of(block.source);
  if (!line || streams_[*line].ssrc != block.source) return std::nullopt;
  streams_[*line].reception = block;
  streams_[*line].mid_needed = false;
  if (block.last_sr == 0) return std::nullopt;
  const uint32_t compact = to_ntp(now).compact() - block.last_sr - block.delay_since_last_sr;
  // In 1/65536 s, and meaningless when the peer's delay is larger than the time that passed.
  constexpr uint32_t kLongest = 30 * 65'536;
  if (compact > kLongest) return std::nullopt;
  return TimeDelta::micros(int64_t{compact} * 1'000'000 / 65'536);
}

double OutgoingMedia::fraction_lost() const {
  uint8_t worst = 0;
  for (const Stream& stream : streams_) {
    if (stream.active && stream.reception) worst = std::max(worst, stream.reception->fraction_lost);
  }
  return worst / 256.0;
}

void OutgoingMedia::append_stats(std::vector<LineStats>& out) const {
  for (size_t i = 0; i < streams_.size(); ++i) {
    const Stream& stream = streams_[i];
    if (!stream.active) continue;
    LineStats& stats =
        out.emplace_back(LineStats{.line = static_cast<uint8_t>(i), .sending = true, .codec = stream.codec});
    stats.packets = stream.packets;
    stats.bytes = stream.bytes;
    if (!stream.reception) continue;
    stats.packets_lost = static_cast<uint64_t>(std::max(0, stream.reception->cumulative_lost));
    stats.jitter_ms = stream.reception->jitter * 1000.0 / rtp::clock_rate(stream.codec);
  }
}

}  // namespace parley::transport
