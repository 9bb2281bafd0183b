#include "rtp/packet.hpp"

#include <cstring>

#include "base/check.hpp"

namespace parley::rtp {
namespace {

constexpr size_t kFixedHeaderSize = 12;
constexpr uint16_t kOneByteProfile = 0xbede;  // RFC 8285 section 4.2
constexpr uint16_t kTwoByteProfile = 0x1000;  // RFC 8285 section 4.3; the low 4 bits are "appbits"
constexpr uint8_t kMaxOneByteId = 14;         // 15 stops the parser, 0 is padding
constexpr size_t kMaxOneByteSize = 16;

void set_extension(PacketView& view, Extension extension, Bytes data) {
  switch (extension) {
    case Extension::Mid: view.mid = as_text(data); break;
    case Extension::Rid: view.rid = as_text(data); break;
    case Extension::RepairedRid: view.repaired_rid = as_text(data); break;
    case Extension::AudioLevel:
      if (data.size() == 1) {
        view.audio_level = AudioLevel{(data[0] & 0x80) != 0, static_cast<uint8_t>(data[0] & 0x7f)};
      }
      break;
    case Extension::AbsSendTime:
      if (data.size() == 3) view.abs_send_time = load_be24(data.data());
      break;
    case Extension::TransportSequence:
      if (data.size() == 2) view.transport_sequence = load_be16(data.data());
      break;
    case Extension::DependencyDescriptor: view.dependency_descriptor = data; break;
    case Extension::VideoOrientation: view.video_orientation = data; break;
    case Extension::PlayoutDelay: view.playout_delay = data; break;
    case Extension::VideoContentType: view.video_content_type = data; break;
    case Extension::AbsCaptureTime: view.abs_capture_time = data; break;
    case Extension::ColorSpace: view.color_space = data; break;
    case Extension::TransmissionOffset:
    case Extension::VideoTiming:
    case Extension::VideoLayersAllocation: break;  // hop by hop, of no use behind an SFU
  }
}

void read_element(PacketView& view, const ExtensionMap& extensions, uint8_t id, Bytes data) {
  if (const std::optional<Extension> extension = extensions.extension(id)) set_extension(view, *extension, data);
}

// RFC 8285 section 4.2. An element that overruns the block, the reserved id 15, and id 0 with a length end the walk;
// what came before counts.
void read_one_byte_elements(PacketView& view, const ExtensionMap& extensions, ByteReader block) {
  while (block.remaining() > 0) {
    const uint8_t head = block.u8();
    if (head == 0) continue;  // padding
    const uint8_t id = head >> 4;
    if (id == 0 || id > kMaxOneByteId) return;
    const Bytes data = block.take((head & 0x0fu) + 1u);
    if (!block.ok()) return;
    read_element(view, extensions, id, data);
  }
}

// RFC 8285 section 4.3.
void read_two_byte_elements(PacketView& view, const ExtensionMap& extensions, ByteReader block) {
  while (block.remaining() > 0) {
    const uint8_t id = block.u8();
    if (id == 0) continue;  // padding: has no length byte
    const Bytes data = block.take(block.u8());
    if (!block.ok()) return;
    if (!data.empty()) read_element(view, extensions, id, data);
  }
}

// Reads the extension block behind the CSRCs; false if it overruns the packet.
bool read_extensions(PacketView& view, const ExtensionMap& extensions, ByteReader& reader) {
  const uint16_t profile = reader.u16();
  const size_t size = size_t{reader.u16()} * 4;
  const ByteReader block(reader.take(size));
  if (!reader.ok()) return false;
  if (profile == kOneByteProfile) {
    read_one_byte_elements(view, extensions, block);
  } else if ((profile & 0xfff0) == kTwoByteProfile) {
    read_two_byte_elements(view, extensions, block);
  }
  return true;
}

}  // namespace

std::expected<PacketView, ParseError> PacketView::parse(Bytes packet, const ExtensionMap& extensions, Padding padding) {
  if (packet.size() < kFixedHeaderSize) return std::unexpected(ParseError::TooShort);
  if (packet[0] >> 6 != 2) return std::unexpected(ParseError::BadVersion);
  const bool has_padding = (packet[0] & 0x20) != 0;
  const bool has_extension = (packet[0] & 0x10) != 0;
  const size_t csrc_count = packet[0] & 0x0f;

  PacketView view;
  view.packet = packet;
  view.marker = (packet[1] & 0x80) != 0;
  view.payload_type = PayloadType(packet[1] & 0x7f);
  view.sequence_number = load_be16(&packet[2]);
  view.timestamp = load_be32(&packet[4]);
  view.ssrc = Ssrc(load_be32(&packet[8]));

  ByteReader reader(packet);
  reader.skip(kFixedHeaderSize + csrc_count * 4);
  if (!reader.ok()) return std::unexpected(ParseError::TooShort);
  if (has_extension && !read_extensions(view, extensions, reader)) return std::unexpected(ParseError::BadExtension);
  view.header_size = reader.position();
  view.payload = reader.rest();

  if (has_padding && padding == Padding::Cleartext) {
    // The last byte counts the padding, itself included (RFC 3550 section 5.1).
    const uint8_t count = view.payload.empty() ? 0 : view.payload.back();
    if (count == 0 || count > view.payload.size()) return std::unexpected(ParseError::BadPadding);
    view.padding_size = count;
    view.payload = view.payload.first(view.payload.size() - count);
  }
  return view;
}

void HeaderWriter::add(uint8_t id, Bytes data) {
  if (id == 0 || data.empty() || data.size() > kMaxData - data_size_ || element_count_ == kMaxElements) return;
  two_byte_ = two_byte_ || id > kMaxOneByteId || data.size() > kMaxOneByteSize;
  elements_[element_count_++] = {id, static_cast<uint8_t>(data.size()), data_size_};
  std::memcpy(data_ + data_size_, data.data(), data.size());
  data_size_ = static_cast<uint8_t>(data_size_ + data.size());
}

void HeaderWriter::add_u16(uint8_t id, uint16_t value) {
  uint8_t data[2];
  store_be16(data, value);
  add(id, Bytes(data));
}

void HeaderWriter::add_u24(uint8_t id, uint32_t value) {
  uint8_t data[3];
  store_be24(data, value);
  add(id, Bytes(data));
}

size_t HeaderWriter::finish(MutableBytes out) const {
  ByteWriter writer(out);
  writer.u8(element_count_ > 0 ? 0x90 : 0x80);
  writer.u8(static_cast<uint8_t>((fields_.marker ? 0x80 : 0) | fields_.payload_type.value()));
  writer.u16(fields_.sequence_number);
  writer.u32(fields_.timestamp);
  writer.u32(fields_.ssrc.value());
  if (element_count_ > 0) {
    const size_t size = data_size_ + element_count_ * (two_byte_ ? 2u : 1u);
    const size_t words = (size + 3) / 4;
    writer.u16(two_byte_ ? kTwoByteProfile : kOneByteProfile);
    writer.u16(static_cast<uint16_t>(words));
    for (const Element& element : std::span(elements_, element_count_)) {
      if (two_byte_) {
        writer.u8(element.id);
        writer.u8(element.size);
      } else {
        writer.u8(static_cast<uint8_t>(element.id << 4 | (element.size - 1)));
      }
      writer.bytes(Bytes(data_ + element.offset, element.size));
    }
    writer.fill(0, words * 4 - size);
  }
  PARLEY_CHECK(writer.ok());
  return writer.size();
}

}  // namespace parley::rtp
