#include "stun/message.hpp"

#include <algorithm>

#include "stun/attribute.hpp"
#include "stun/crc32.hpp"

namespace parley::stun {
namespace {

constexpr size_t kAttributeHeader = 4;
constexpr size_t kMaxUsername = 513;  // RFC 8489 section 14.3: fewer than 509 bytes; older RFCs: fewer than 513

bool parse_xor_address(Bytes value, const TransactionId& transaction, MessageView& view) {
  if (value.size() != 8 && value.size() != 20) return false;
  const bool four = value[1] == 1;
  if (value.size() != (four ? 8u : 20u) || (!four && value[1] != 2)) return false;
  SocketAddress address;
  address.port = static_cast<uint16_t>(load_be16(&value[2]) ^ (kMagicCookie >> 16));
  if (four) {
    address.ip = IpAddress::v4(load_be32(&value[4]) ^ kMagicCookie);
  } else {
    std::array<uint8_t, 16> ip;
    store_be32(ip.data(), load_be32(&value[4]) ^ kMagicCookie);
    for (size_t i = 0; i < transaction.size(); ++i) ip[4 + i] = value[8 + i] ^ transaction[i];
    address.ip = IpAddress::v6(ip);
  }
  if (!view.xor_mapped_address) view.xor_mapped_address = address;
  return true;
}

bool parse_error_code(Bytes value, MessageView& view) {
  if (value.size() < 4) return false;
  const unsigned hundreds = value[2] & 7;
  const unsigned rest = value[3];
  if (hundreds < 3 || hundreds > 6 || rest > 99) return false;
  if (!view.error) view.error = ErrorCode{static_cast<uint16_t>(hundreds * 100 + rest), as_text(value.subspan(4))};
  return true;
}

bool parse_unknown_attributes(Bytes value, MessageView& view) {
  if (value.size() % 2 != 0) return false;
  for (size_t i = 0; i < value.size(); i += 2) view.unknown_attributes.try_push_back(load_be16(&value[i]));
  return true;
}

bool parse_tie_breaker(Bytes value, std::optional<uint64_t>& out) {
  if (value.size() != 8) return false;
  if (!out) out = load_be64(value.data());
  return true;
}

// One attribute in front of MESSAGE-INTEGRITY. False if its size or value is impossible.
bool parse_attribute(uint16_t type, Bytes value, MessageView& view) {
  switch (Attribute{type}) {
    case Attribute::Username:
      if (value.size() > kMaxUsername) return false;
      if (!view.username) view.username = as_text(value);
      return true;
    case Attribute::Software:
      if (view.software.empty()) view.software = as_text(value);
      return true;
    case Attribute::Priority:
      if (value.size() != 4) return false;
      if (!view.priority) view.priority = load_be32(value.data());
      return true;
    case Attribute::UseCandidate: return view.use_candidate = value.empty();
    case Attribute::IceControlling: return parse_tie_breaker(value, view.ice_controlling);
    case Attribute::IceControlled: return parse_tie_breaker(value, view.ice_controlled);
    case Attribute::XorMappedAddress: return parse_xor_address(value, view.transaction, view);
    case Attribute::ErrorCode: return parse_error_code(value, view);
    case Attribute::UnknownAttributes: return parse_unknown_attributes(value, view);
    case Attribute::MappedAddress:  // understood, but of no use here
    case Attribute::Realm:
    case Attribute::Nonce:
    case Attribute::MessageIntegritySha256: return true;
    default:
      if (type < kFirstOptional) view.not_understood.try_push_back(type);
      return true;
  }
}

std::optional<ParseError> parse_attributes(MessageView& view) {
  ByteReader reader(view.message.subspan(kHeaderSize));
  while (reader.remaining() > 0) {
    const size_t offset = kHeaderSize + reader.position();
    const uint16_t type = reader.u16();
    const uint16_t size = reader.u16();
    const Bytes value = reader.take(size);
    reader.skip((4 - size % 4) % 4);
    if (!reader.ok()) return ParseError::BadAttribute;
    if (type == static_cast<uint16_t>(Attribute::Fingerprint)) {
      const bool right = size == 4 && reader.remaining() == 0 &&
                         load_be32(value.data()) == (crc32(view.message.first(offset)) ^ kFingerprintXor);
      if (!right) return ParseError::BadFingerprint;
      view.has_fingerprint = true;
    } else if (view.integrity_offset) {
      continue;  // not covered by the integrity (RFC 8489 section 14.5)
    } else if (type == static_cast<uint16_t>(Attribute::MessageIntegrity)) {
      if (size != IntegrityKey::kDigestSize) return ParseError::BadAttribute;
      view.integrity_offset = offset;
    } else if (!parse_attribute(type, value, view)) {
      return ParseError::BadAttribute;
    }
  }
  return std::nullopt;
}

// The header's length field is hashed as if the message ended with the integrity or fingerprint attribute.
std::array<uint8_t, 4> first_word(uint16_t type, size_t length) {
  std::array<uint8_t, 4> word;
  store_be16(word.data(), type);
  store_be16(word.data() + 2, static_cast<uint16_t>(length));
  return word;
}

IntegrityKey::Digest integrity_of(Bytes up_to_attribute, const IntegrityKey& key) {
  const size_t length = up_to_attribute.size() - kHeaderSize + kAttributeHeader + IntegrityKey::kDigestSize;
  const auto word = first_word(load_be16(up_to_attribute.data()), length);
  return key.compute({word, up_to_attribute.subspan(4)});
}

// Class and method are interleaved in the type field (RFC 8489 section 5, figure 3).
constexpr uint16_t type_of(Class message_class, uint16_t method) {
  const unsigned c = static_cast<unsigned>(message_class);
  return static_cast<uint16_t>((method & 0x00f) | (c & 1) << 4 | (method & 0x070) << 1 | (c & 2) << 7 |
                               (method & 0xf80) << 2);
}

}  // namespace

bool is_stun(Bytes datagram) {
  return datagram.size() >= kHeaderSize && datagram[0] < 4 && load_be32(&datagram[4]) == kMagicCookie;
}

std::expected<MessageView, ParseError> MessageView::parse(Bytes datagram) {
  if (!is_stun(datagram)) return std::unexpected(ParseError::NotStun);
  const size_t length = load_be16(&datagram[2]);
  if (length % 4 != 0 || length + kHeaderSize != datagram.size()) return std::unexpected(ParseError::BadLength);
  MessageView view;
  const uint16_t type = load_be16(datagram.data());
  view.message_class = Class{static_cast<uint8_t>((type >> 4 & 1) | (type >> 7 & 2))};
  view.method = static_cast<uint16_t>((type & 0x00f) | (type >> 1 & 0x070) | (type >> 2 & 0xf80));
  std::copy_n(&datagram[8], view.transaction.size(), view.transaction.begin());
  view.message = datagram;
  if (const auto error = parse_attributes(view)) return std::unexpected(*error);
  return view;
}

bool MessageView::verify(const IntegrityKey& key) const {
  if (!integrity_offset) return false;
  const Bytes given = message.subspan(*integrity_offset + kAttributeHeader, IntegrityKey::kDigestSize);
  return crypto::constant_time_equal(given, integrity_of(message.first(*integrity_offset), key));
}

Writer::Writer(MutableBytes buffer, Class message_class, uint16_t method, const TransactionId& transaction)
    : buffer_(buffer), writer_(buffer), transaction_(transaction) {
  writer_.u16(type_of(message_class, method));
  writer_.u16(0);  // the length, set by `finish`
  writer_.u32(kMagicCookie);
  writer_.bytes(transaction);
}

void Writer::username(std::string_view name) { attribute(static_cast<uint16_t>(Attribute::Username), as_bytes(name)); }

void Writer::software(std::string_view name) { attribute(static_cast<uint16_t>(Attribute::Software), as_bytes(name)); }

void Writer::priority(uint32_t priority) {
  std::array<uint8_t, 4> value;
  store_be32(value.data(), priority);
  attribute(static_cast<uint16_t>(Attribute::Priority), value);
}

void Writer::use_candidate() { attribute(static_cast<uint16_t>(Attribute::UseCandidate), Bytes()); }

void Writer::ice_controlling(uint64_t tie_breaker) {
  std::array<uint8_t, 8> value;
  store_be64(value.data(), tie_breaker);
  attribute(static_cast<uint16_t>(Attribute::IceControlling), value);
}

void Writer::ice_controlled(uint64_t tie_breaker) {
  std::array<uint8_t, 8> value;
  store_be64(value.data(), tie_breaker);
  attribute(static_cast<uint16_t>(Attribute::IceControlled), value);
}

void Writer::xor_mapped_address(const SocketAddress& address) {
  std::array<uint8_t, 20> value{};
  const bool four = address.ip.is_v4();
  value[1] = four ? 1 : 2;
  store_be16(&value[2], static_cast<uint16_t>(address.port ^ (kMagicCookie >> 16)));
  const uint8_t* ip = address.ip.bytes().data();
  if (four) {
    store_be32(&value[4], load_be32(ip + 12) ^ kMagicCookie);
  } else {
    store_be32(&value[4], load_be32(ip) ^ kMagicCookie);
    for (size_t i = 0; i < transaction_.size(); ++i) value[8 + i] = ip[4 + i] ^ transaction_[i];
  }
  attribute(static_cast<uint16_t>(Attribute::XorMappedAddress), Bytes(value).first(four ? 8 : 20));
}

void Writer::error(const ErrorCode& error) {
  PARLEY_CHECK(error.code >= 300 && error.code <= 699);
  writer_.u16(static_cast<uint16_t>(Attribute::ErrorCode));
  writer_.u16(static_cast<uint16_t>(4 + error.reason.size()));
  writer_.u16(0);
  writer_.u8(static_cast<uint8_t>(error.code / 100));
  writer_.u8(static_cast<uint8_t>(error.code % 100));
  writer_.bytes(as_bytes(error.reason));
  writer_.fill(0, (4 - error.reason.size() % 4) % 4);
}

void Writer::unknown_attributes(std::span<const uint16_t> types) {
  writer_.u16(static_cast<uint16_t>(Attribute::UnknownAttributes));
  writer_.u16(static_cast<uint16_t>(2 * types.size()));
  for (uint16_t type : types) writer_.u16(type);
  writer_.fill(0, types.size() % 2 * 2);
}

void Writer::integrity(const IntegrityKey& key) {
  if (!writer_.ok()) return;
  attribute(static_cast<uint16_t>(Attribute::MessageIntegrity), integrity_of(writer_.written(), key));
}

std::optional<size_t> Writer::finish() {
  constexpr size_t kFingerprintSize = kAttributeHeader + 4;
  if (!writer_.ok() || writer_.remaining() < kFingerprintSize) return std::nullopt;
  const size_t length = writer_.size() - kHeaderSize + kFingerprintSize;
  if (length > UINT16_MAX) return std::nullopt;
  store_be16(&buffer_[2], static_cast<uint16_t>(length));
  const uint32_t crc = crc32(writer_.written()) ^ kFingerprintXor;
  writer_.u16(static_cast<uint16_t>(Attribute::Fingerprint));
  writer_.u16(4);
  writer_.u32(crc);
  return writer_.size();
}

void Writer::attribute(uint16_t type, Bytes value) {
  writer_.u16(type);
  writer_.u16(static_cast<uint16_t>(value.size()));
  writer_.bytes(value);
  writer_.fill(0, (4 - value.size() % 4) % 4);
}

}  // namespace parley::stun
