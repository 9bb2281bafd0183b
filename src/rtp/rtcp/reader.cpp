#include "rtp/rtcp/rtcp.hpp"
#include "rtp/rtcp/wire.hpp"

namespace parley::rtp::rtcp {
namespace {

struct Packet {
  uint8_t type;
  uint8_t count;  // or feedback format
  Bytes body;     // behind the 4-byte header, without padding
};

// Takes the first packet off `rest`.
std::optional<Packet> take_packet(Bytes& rest) {
  if (rest.size() < kHeaderSize || rest[0] >> 6 != 2) return std::nullopt;
  const size_t size = (size_t{load_be16(&rest[2])} + 1) * 4;
  if (size > rest.size()) return std::nullopt;
  Packet packet{rest[1], static_cast<uint8_t>(rest[0] & 0x1f), rest.subspan(kHeaderSize, size - kHeaderSize)};
  if (rest[0] & 0x20) {
    // RFC 3550 section 6.4.1 wants a multiple of four, but Chrome pads transport feedback by 1-3 bytes this way.
    const uint8_t padding = packet.body.empty() ? 0 : packet.body.back();
    if (padding == 0 || padding > packet.body.size()) return std::nullopt;
    packet.body = packet.body.first(packet.body.size() - padding);
  }
  rest = rest.subspan(size);
  return packet;
}

// RFC 3550 section 6.4.1.
void read_report_blocks(ByteReader& body, size_t count, FixedVector<ReportBlock, kMaxReportBlocks>& reports) {
  for (size_t i = 0; i < count && body.ok(); ++i) {
    ReportBlock block;
    block.source = Ssrc(body.u32());
    block.fraction_lost = body.u8();
    block.cumulative_lost = static_cast<int32_t>(body.u24() << 8) >> 8;  // sign of 24 bits
    block.highest_sequence = body.u32();
    block.jitter = body.u32();
    block.last_sr = body.u32();
    block.delay_since_last_sr = body.u32();
    reports.push_back(block);  // a count has 5 bits: never more than 31
  }
}

bool read(const Packet& packet, SenderReport& report) {
  ByteReader body(packet.body);
  report.sender = Ssrc(body.u32());
  report.ntp.value = body.u64();
  report.rtp_timestamp = body.u32();
  report.packet_count = body.u32();
  report.octet_count = body.u32();
  read_report_blocks(body, packet.count, report.reports);
  return body.ok();
}

bool read(const Packet& packet, ReceiverReport& report) {
  ByteReader body(packet.body);
  report.sender = Ssrc(body.u32());
  read_report_blocks(body, packet.count, report.reports);
  return body.ok();
}

// RFC 3550 section 6.6; the reason is not read.
bool read(const Packet& packet, Bye& bye) {
  ByteReader body(packet.body);
  for (size_t i = 0; i < packet.count && body.ok(); ++i) bye.sources.push_back(Ssrc(body.u32()));
  return body.ok();
}

// RFC 4585 section 6.2.1: each entry is a packet id and a bitmask of the 16 packets behind it.
bool read(const Packet& packet, Nack& nack) {
  ByteReader body(packet.body);
  nack.sender = Ssrc(body.u32());
  nack.media = Ssrc(body.u32());
  if (!body.ok() || body.remaining() == 0 || body.remaining() % 4 != 0) return false;
  while (body.remaining() > 0) {
    const uint16_t first = body.u16();
    const uint16_t following = body.u16();
    if (!nack.lost.try_push_back(first)) return true;
    for (uint16_t bit = 0; bit < 16; ++bit) {
      if ((following >> bit & 1) && !nack.lost.try_push_back(static_cast<uint16_t>(first + bit + 1))) return true;
    }
  }
  return true;
}

bool read(const Packet& packet, PictureLossIndication& pli) {
  ByteReader body(packet.body);
  pli.sender = Ssrc(body.u32());
  pli.media = Ssrc(body.u32());
  return body.ok();
}

// draft-alvestrand-rmcat-remb-03 section 2.2, behind the "REMB" identifier.
bool read(const Packet& packet, Remb& remb) {
  ByteReader body(packet.body);
  remb.sender = Ssrc(body.u32());
  body.skip(8);  // media source (always 0), "REMB"
  const uint8_t count = body.u8();
  const uint32_t rate = body.u24();
  const uint8_t exponent = static_cast<uint8_t>(rate >> 18);
  const uint64_t mantissa = rate & 0x3ffff;
  if (!body.ok() || body.remaining() < count * 4u) return false;
  const uint64_t bps = mantissa << exponent;
  if (bps >> exponent != mantissa || bps > INT64_MAX) return false;
  remb.bitrate = DataRate::bps(static_cast<int64_t>(bps));
  for (size_t i = 0; i < count; ++i) {
    if (!remb.sources.try_push_back(Ssrc(body.u32()))) break;
  }
  return true;
}

bool read(const Packet& packet, TransportFeedback& feedback) {
  return read_transport_feedback(ByteReader(packet.body), feedback);
}

bool is_remb(const Packet& packet) { return packet.body.size() >= 12 && load_be32(&packet.body[8]) == kRembName; }

enum class Outcome { Message, NoMessage, Unknown, Malformed };

template <typename T>
Outcome read_as(const Packet& packet, Message& message) {
  return read(packet, message.emplace<T>()) ? Outcome::Message : Outcome::Malformed;
}

Outcome read_transport_layer(const Packet& packet, Message& message) {
  switch (packet.count) {
    case kGenericNack: return read_as<Nack>(packet, message);
    case kTransportWide: return read_as<TransportFeedback>(packet, message);
    default: return Outcome::Unknown;
  }
}

Outcome read_payload_specific(const Packet& packet, Message& message) {
  switch (packet.count) {
    case kPictureLoss: return read_as<PictureLossIndication>(packet, message);
    case kApplicationLayer: return is_remb(packet) ? read_as<Remb>(packet, message) : Outcome::Unknown;
    default: return Outcome::Unknown;
  }
}

Outcome read_message(const Packet& packet, Message& message) {
  switch (packet.type) {
    case kSenderReport: return read_as<SenderReport>(packet, message);
    case kReceiverReport: return read_as<ReceiverReport>(packet, message);
    case kBye: return read_as<Bye>(packet, message);
    case kTransportFeedback: return read_transport_layer(packet, message);
    case kPayloadFeedback: return read_payload_specific(packet, message);
    case kSourceDescription:
    case kExtendedReport: return Outcome::NoMessage;
    default: return Outcome::Unknown;
  }
}

bool is_fir(const Packet& packet) { return packet.type == kPayloadFeedback && packet.count == kFullIntra; }

}  // namespace

bool Reader::next(Message& message) {
  if (next_fir_entry(message)) return true;
  while (!rest_.empty() && !malformed_) {
    const std::optional<Packet> packet = take_packet(rest_);
    if (!packet) {
      malformed_ = true;
    } else if (is_fir(*packet)) {
      // RFC 5104 section 4.3.1: sender, unused media source, then entries of 8 bytes.
      malformed_ = packet->body.size() < 16 || packet->body.size() % 8 != 0;
      if (malformed_) break;
      fir_sender_ = Ssrc(load_be32(packet->body.data()));
      fir_entries_ = packet->body.subspan(8);
      return next_fir_entry(message);
    } else {
      const Outcome outcome = read_message(*packet, message);
      if (outcome == Outcome::Message) return true;
      unknown_ += outcome == Outcome::Unknown;
      malformed_ = outcome == Outcome::Malformed;
    }
  }
  return false;
}

bool Reader::next_fir_entry(Message& message) {
  if (fir_entries_.empty()) return false;
  message = FullIntraRequest{fir_sender_, Ssrc(load_be32(fir_entries_.data())), fir_entries_[4]};
  fir_entries_ = fir_entries_.subspan(8);
  return true;
}

}  // namespace parley::rtp::rtcp
