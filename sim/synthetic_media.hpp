#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "rtp/codec.hpp"

/// Payloads that look like the codec's to whoever forwards them, and carry a stamp by which the far end can tell
/// exactly what it got.
namespace parley::sim {

/// What a packet of synthetic media is.
struct Stamp {
  uint8_t source = 0;  ///< number of the publisher's track
  uint8_t layer = 0;   ///< simulcast layer
  bool key = false;
  uint8_t temporal = 0;
  uint32_t frame = 0;    ///< counts the frames of the layer
  uint32_t depends = 0;  ///< the frame that this one is predicted from; itself for a key frame
  uint16_t index = 0;    ///< packet of the frame
  uint16_t count = 1;    ///< packets of the frame
};

struct PayloadOptions {
  rtp::Codec codec = rtp::Codec::Vp8;
  uint16_t picture_id = 0;
  uint8_t tl0_picture_index = 0;
  size_t size = 1100;
};

std::vector<uint8_t> make_payload(const Stamp& stamp, const PayloadOptions& options);
std::optional<Stamp> find_stamp(Bytes payload);

}  // namespace parley::sim
