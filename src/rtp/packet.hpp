#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "rtp/extension.hpp"

namespace parley::rtp {

enum class ParseError : uint8_t { TooShort, BadVersion, BadExtension, BadPadding };

/// RFC 6464: level in -dBov (0 loudest, 127 silence).
struct AudioLevel {
  bool voice = false;
  uint8_t level = 127;
};

/// One RTP packet, parsed once; everything points into the caller's bytes (RFC 3550 section 5.1, RFC 8285).
struct PacketView {
  bool marker = false;
  PayloadType payload_type;
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  Ssrc ssrc;
  size_t header_size = 0;  ///< fixed header, CSRCs and extension block
  uint8_t padding_size = 0;
  Bytes packet;   ///< header, payload and padding
  Bytes payload;  ///< without padding; may be empty (a probe)

  // Extensions that were negotiated and present. Views and values point at their data, empty if absent.
  std::string_view mid;
  std::string_view rid;
  std::string_view repaired_rid;
  std::optional<AudioLevel> audio_level;
  std::optional<uint32_t> abs_send_time;  ///< 24 bits, 6.18 seconds
  std::optional<uint16_t> transport_sequence;
  Bytes dependency_descriptor;
  Bytes video_orientation;
  Bytes playout_delay;
  Bytes video_content_type;
  Bytes abs_capture_time;
  Bytes color_space;

  /// Parses RTP. Unknown or malformed extension elements are skipped; a block that overruns the packet is an error. Of
  /// an extension that comes twice the last one counts. Before decryption the padding count is ciphertext too: with
  /// `Padding::Encrypted` `payload` is all that follows the header, and `padding_size` 0.
  enum class Padding : bool { Cleartext, Encrypted };
  static std::expected<PacketView, ParseError> parse(Bytes packet, const ExtensionMap& extensions,
                                                     Padding padding = Padding::Cleartext);
};

/// True for RTP and RTCP by the first byte (RFC 7983: 128-191).
constexpr bool is_rtp_or_rtcp(Bytes datagram) {
  return datagram.size() >= 2 && datagram[0] >= 128 && datagram[0] <= 191;
}
/// True for RTCP among those: packet types 192-223 (RFC 5761 section 4).
constexpr bool is_rtcp(Bytes datagram) { return datagram[1] >= 192 && datagram[1] <= 223; }

/// Writes an RTP header with extensions into a small buffer: what a subscription sends in front of a shared payload.
/// Order: construct, `add` each extension, `finish`. Uses the two-byte form only if an id or a size needs it.
class HeaderWriter {
 public:
  /// All the extensions that a PacketView carries.
  static constexpr size_t kMaxElements = 12;
  /// A dependency descriptor with the structure of L3T3 takes about 90 bytes, HDR colour space 28, the rest under 30.
  static constexpr size_t kMaxData = 160;
  static constexpr size_t kMaxSize = 12 + 4 + 2 * kMaxElements + kMaxData;

  struct Fields {
    bool marker = false;
    PayloadType payload_type;
    uint16_t sequence_number = 0;
    uint32_t timestamp = 0;
    Ssrc ssrc;
  };
  explicit HeaderWriter(const Fields& fields) : fields_(fields) {}

  /// `id` 0 (not negotiated), empty or too long data, or a full block: nothing is added.
  void add(uint8_t id, Bytes data);
  void add_u8(uint8_t id, uint8_t value) { add(id, Bytes(&value, 1)); }
  void add_u16(uint8_t id, uint16_t value);
  void add_u24(uint8_t id, uint32_t value);
  void add(uint8_t id, std::string_view text) { add(id, as_bytes(text)); }

  /// Writes the header to `out` (at least `kMaxSize` bytes) and returns its size.
  size_t finish(MutableBytes out) const;

 private:
  struct Element {
    uint8_t id;
    uint8_t size;
    uint8_t offset;
  };
  Fields fields_;
  Element elements_[kMaxElements];
  uint8_t element_count_ = 0;
  uint8_t data_[kMaxData];
  uint8_t data_size_ = 0;
  bool two_byte_ = false;
};

}  // namespace parley::rtp
