#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "rtp/codec.hpp"
#include "rtp/payload/picture_size.hpp"

/// RTP payloads → encoded pictures.
namespace parley::rtp {

enum class PayloadError : uint8_t {
  Malformed,    ///< against the format, or cut short
  Incomplete,   ///< begins or ends inside a frame or a fragmented unit
  Unsupported,  ///< of the format, but not of what Parley negotiates (H.264 interleaved mode)
};

/// One temporal unit in the form that frame::EncodedPicture documents.
struct CodedPicture {
  std::vector<uint8_t> data;
  bool key = false;                 ///< starts a decodable sequence (H.264: given its parameter sets)
  bool decodes = true;              ///< false: H.264 parameter sets or SEI alone, no picture
  std::optional<PictureSize> size;  ///< where the unit says it: of the highest spatial layer
};

/// Puts together `payloads`: those of all packets of one temporal unit, in order, none of them empty.
std::expected<CodedPicture, PayloadError> depacketize(Codec codec, std::span<const Bytes> payloads);

/// One a codec, behind the above.
std::expected<CodedPicture, PayloadError> depacketize_vp8(std::span<const Bytes> payloads);
std::expected<CodedPicture, PayloadError> depacketize_vp9(std::span<const Bytes> payloads);
std::expected<CodedPicture, PayloadError> depacketize_h264(std::span<const Bytes> payloads);
std::expected<CodedPicture, PayloadError> depacketize_av1(std::span<const Bytes> payloads);

}  // namespace parley::rtp
