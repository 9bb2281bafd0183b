#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "rtp/codec.hpp"

/// Whole encoded frames that look like the codec's to packetizers and assemblers, and carry a stamp by which the far
/// end can tell exactly what it got and when it was captured.
namespace parley::sim {

struct FrameStamp {
  uint8_t source = 0;  ///< number of the publisher's track
  uint8_t layer = 0;   ///< simulcast layer
  bool key = false;
  uint8_t temporal = 0;
  uint32_t frame = 0;    ///< counts the frames of the layer
  uint32_t depends = 0;  ///< the frame that this one is predicted from; itself for a key frame
  Timestamp captured_at;
};

/// About `size` bytes, in the form that frame::EncodedPicture and EncodedSound have.
std::vector<uint8_t> make_frame(rtp::Codec codec, const FrameStamp& stamp, size_t size);
/// Nothing if the frame is not as `make_frame` made it, to the last byte.
std::optional<FrameStamp> read_frame(Bytes frame);

}  // namespace parley::sim
