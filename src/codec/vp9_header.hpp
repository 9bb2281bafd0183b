#pragma once

#include <expected>

#include "base/bytes.hpp"
#include "codec/video_decoder.hpp"

namespace parley::codec {

/// Reads the uncompressed header of each frame that can be found (all that a superframe index lists, or the first) and
/// refuses pictures that are too large or of another profile than 0, before libvpx allocates for them: an inter frame
/// may ask for sixteen times the sides of its reference. Frames glued together without an index, as RTP brings spatial
/// layers, cannot be told apart before they are decoded: of these only the first is checked here, and the frame buffers
/// of the others when libvpx asks for them.
std::expected<void, DecodeError> check_vp9_headers(Bytes picture);

}  // namespace parley::codec
