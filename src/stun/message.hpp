#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"
#include "crypto/hmac_sha1.hpp"

/// The STUN codec (RFC 8489) with the attributes of ICE (RFC 8445 section 16.1). Pure: bytes and values.
namespace parley::stun {

enum class Class : uint8_t { Request = 0, Indication = 1, Success = 2, Error = 3 };

/// The only method that ICE uses.
inline constexpr uint16_t kBinding = 0x001;
inline constexpr size_t kHeaderSize = 20;

using TransactionId = std::array<uint8_t, 12>;

/// The password of short-term credentials, keyed once (RFC 8489 section 9.1.1). OpaqueString preparation is the
/// identity on ice-pwd, which is ASCII.
using IntegrityKey = crypto::HmacSha1;

/// Why bytes are no STUN message.
enum class ParseError : uint8_t {
  NotStun,         ///< shorter than a header, wrong first bits or no magic cookie: some other protocol's packet
  BadLength,       ///< the length field disagrees with the datagram
  BadAttribute,    ///< an attribute overruns the message or has an impossible size
  BadFingerprint,  ///< FINGERPRINT is wrong or not the last attribute
};

/// ERROR-CODE (RFC 8489 section 14.8).
struct ErrorCode {
  uint16_t code = 0;  ///< 300-699
  std::string_view reason;
};

/// One STUN message, parsed once; everything points into the caller's bytes. Of an attribute that is repeated the first
/// counts, and what follows MESSAGE-INTEGRITY is ignored but for FINGERPRINT (RFC 8489 sections 5 and 14.5).
struct MessageView {
  /// More unknown attributes than these are not reported; one is enough to refuse a request.
  static constexpr size_t kMaxUnknown = 8;

  Class message_class = Class::Request;
  uint16_t method = kBinding;
  TransactionId transaction{};
  Bytes message;  ///< header to last attribute

  std::optional<std::string_view> username;
  std::string_view software;
  std::optional<uint32_t> priority;
  std::optional<uint64_t> ice_controlling;  ///< the peer's tie-breaker
  std::optional<uint64_t> ice_controlled;
  bool use_candidate = false;
  std::optional<SocketAddress> xor_mapped_address;
  std::optional<ErrorCode> error;
  FixedVector<uint16_t, kMaxUnknown> unknown_attributes;  ///< UNKNOWN-ATTRIBUTES of an error response
  FixedVector<uint16_t, kMaxUnknown> not_understood;  ///< comprehension-required ones (< 0x8000) that we do not know
  bool has_fingerprint = false;                       ///< and it is right
  std::optional<size_t> integrity_offset;             ///< where MESSAGE-INTEGRITY begins in `message`

  static std::expected<MessageView, ParseError> parse(Bytes datagram);

  /// True when MESSAGE-INTEGRITY is there and was made with `key`.
  bool verify(const IntegrityKey& key) const;
};

/// True when the datagram looks like STUN by its first byte and magic cookie (RFC 7983, RFC 8489 section 5).
bool is_stun(Bytes datagram);

/// Writes a message into a caller's buffer, attributes in the order of the calls. What does not fit makes `finish`
/// fail.
class Writer {
 public:
  /// Room for every message that this code base writes: header, a 513-byte USERNAME, and the fixed-size attributes.
  static constexpr size_t kMaxSize = 768;

  Writer(MutableBytes buffer, Class message_class, uint16_t method, const TransactionId& transaction);

  void username(std::string_view name);
  void software(std::string_view name);
  void priority(uint32_t priority);
  void use_candidate();
  void ice_controlling(uint64_t tie_breaker);
  void ice_controlled(uint64_t tie_breaker);
  void xor_mapped_address(const SocketAddress& address);
  void error(const ErrorCode& error);
  void unknown_attributes(std::span<const uint16_t> types);
  /// MESSAGE-INTEGRITY over all so far; only `finish` may follow.
  void integrity(const IntegrityKey& key);
  /// Adds FINGERPRINT; the whole size, or nothing if the buffer was too small.
  std::optional<size_t> finish();

 private:
  void attribute(uint16_t type, Bytes value);

  MutableBytes buffer_;
  ByteWriter writer_;
  TransactionId transaction_;
};

}  // namespace parley::stun
