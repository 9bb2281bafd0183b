#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "rtp/payload/picture_size.hpp"

namespace parley::rtp {

enum class ObuType : uint8_t {
  SequenceHeader = 1,
  TemporalDelimiter = 2,
  FrameHeader = 3,
  Frame = 6,
  TileList = 8,
  Padding = 15,
};

/// One OBU: AV1 specification section 5.3.
struct Obu {
  ObuType type{};
  Bytes header;   ///< one byte, two with the extension
  Bytes payload;  ///< without the size field
};

/// The OBU that `reader` is at. One without a size field goes to the end. Nothing: malformed.
std::optional<Obu> read_obu(ByteReader& reader);

/// Neither is sent: the frame's border says what a delimiter says, and the others mean nothing to a receiver of
/// pictures (RTP payload format, section 5).
constexpr bool travels(ObuType type) {
  return type != ObuType::TemporalDelimiter && type != ObuType::TileList && type != ObuType::Padding;
}

inline constexpr uint8_t kObuHasSize = 0x02;

/// The largest size of the sequence, from a sequence header's payload (section 5.5.1).
std::optional<PictureSize> av1_picture_size(Bytes sequence_header);

}  // namespace parley::rtp
