#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>

#include "frame/encoded.hpp"
#include "frame/picture.hpp"

namespace parley::media {

/// Turns encoded pictures into pictures: one in, at most one out, without delay, on the calling thread. FFmpeg's own
/// VP8, VP9 and H.264 decoders and dav1d: half of what OpenH264 costs, and as much as libvpx without its copies
/// (docs/benchmarks.md). Has the contract of codec::VideoDecoder. Not thread-safe, but the pictures it made may be used
/// and dropped on any thread, and outlive it: they are the decoder's own buffers, not copies.
class PictureDecoder {
 public:
  enum class Error : uint8_t {
    NeedKeyPicture,  ///< nothing can be shown before the next key picture: ask the sender for one
    Corrupt,         ///< not a picture of this codec, or one with missing parts
    TooLarge,        ///< more pixels or bytes than the limits below
    Unsupported,     ///< a profile that Parley does not negotiate (not 8 bits 4:2:0)
  };

  /// That of H.264 level 5.1 (36864 macroblocks, Table A-1), which holds 4096x2304.
  static constexpr int64_t kMaxPixels = 36'864 * 256;
  /// The pixels of the largest picture, 12 bits each, rounded up.
  static constexpr size_t kMaxEncodedBytes = 16 << 20;

  /// `codec` is a video codec.
  explicit PictureDecoder(rtp::Codec codec);
  PictureDecoder(PictureDecoder&&) noexcept;
  PictureDecoder& operator=(PictureDecoder&&) noexcept;
  ~PictureDecoder();

  /// An empty optional is a picture that is not to be shown. Of spatial layers comes the highest. After an error
  /// everything gives NeedKeyPicture up to the next key picture.
  std::expected<std::optional<frame::Picture>, Error> decode(const frame::EncodedPicture& picture);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string_view name_of(PictureDecoder::Error error);

}  // namespace parley::media
