#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "frame/colour.hpp"
#include "frame/picture.hpp"
#include "rtp/codec.hpp"

namespace parley::frame {

/// Encoded bytes, shared and immutable.
class Payload {
 public:
  Payload() = default;
  explicit Payload(std::vector<uint8_t> bytes)
      : bytes_(std::make_shared<const std::vector<uint8_t>>(std::move(bytes))) {}
  explicit Payload(std::shared_ptr<const std::vector<uint8_t>> bytes) : bytes_(std::move(bytes)) {}
  /// What holds the bytes; null when empty.
  const std::shared_ptr<const std::vector<uint8_t>>& share() const { return bytes_; }
  Bytes view() const { return bytes_ ? Bytes(*bytes_) : Bytes(); }
  size_t size() const { return bytes_ ? bytes_->size() : 0; }

 private:
  std::shared_ptr<const std::vector<uint8_t>> bytes_;
};

/// One encoded picture (a temporal unit): VP8 and VP9 frames as they are (a VP9 superframe if spatial layers came),
/// H.264 in Annex B form with its parameter sets before a key frame, AV1 in low-overhead OBU form without temporal
/// delimiter.
struct EncodedPicture {
  rtp::Codec codec = rtp::Codec::Vp8;
  bool key = false;
  Size size;  ///< 0 x 0 if not known
  Rotation rotation = Rotation::None;
  /// What its sender says beside the stream, which goes before what the stream itself says. Nothing: the stream tells.
  std::optional<ColourSpace> colour;
  uint32_t rtp_timestamp = 0;  ///< 90 kHz, of the stream it came from or goes to
  /// When it was captured, on this process's clock. Of received pictures: once a sender report told, else when it came
  /// less what is known of the network; all streams of one participant agree to within some milliseconds.
  Timestamp captured_at;
  Payload data;
};

/// One Opus packet.
struct EncodedSound {
  uint32_t rtp_timestamp = 0;  ///< 48 kHz
  Timestamp captured_at;       ///< of its first sample
  TimeDelta duration;          ///< what it decodes to
  Payload data;
};

}  // namespace parley::frame
