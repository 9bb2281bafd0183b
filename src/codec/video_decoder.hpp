#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>

#include "frame/encoded.hpp"
#include "frame/picture.hpp"
#include "rtp/codec.hpp"

namespace parley::codec {

enum class DecodeError : uint8_t {
  NeedKeyPicture,  ///< nothing can be shown before the next key picture: ask the sender for one
  Corrupt,         ///< not a picture of this codec, or one with missing parts
  TooLarge,        ///< more pixels or bytes than limits.hpp allows
  Unsupported,     ///< a profile that Parley does not negotiate (not 8 bits 4:2:0)
};

std::string_view to_string(DecodeError error);

/// Turns encoded pictures into pictures: one in, at most one out, without delay. After an error the decoder refuses
/// everything with NeedKeyPicture until the next key picture, which it decodes as if it were its first.
/// Not thread-safe, but the pictures it made may be used and dropped on any thread, and outlive it.
class VideoDecoder {
 public:
  virtual ~VideoDecoder() = default;
  /// An empty optional is a picture that is not to be shown. Of spatial layers (VP9, AV1) comes the highest.
  virtual std::expected<std::optional<frame::Picture>, DecodeError> decode(const frame::EncodedPicture& picture) = 0;
};

/// VP8 and VP9 by libvpx, H.264 by OpenH264, AV1 by dav1d. `codec` must be a video codec.
std::unique_ptr<VideoDecoder> make_video_decoder(rtp::Codec codec);

}  // namespace parley::codec
