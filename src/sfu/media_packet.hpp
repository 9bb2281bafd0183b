#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"
#include "base/time.hpp"
#include "rtp/codec.hpp"
#include "rtp/packet.hpp"
#include "rtp/payload/dependency_descriptor.hpp"
#include "rtp/payload/video_facts.hpp"

namespace parley::sfu {

/// The part of a dependency descriptor that choosing layers needs, small enough to keep for each cached packet.
struct FrameDependencies {
  int64_t frame_number = 0;  ///< unwrapped; one numbering for all spatial layers of a stream
  uint64_t indications = 0;  ///< two bits a decode target, target 0 lowest: rtp::DecodeTargetIndication
  uint8_t spatial_id = 0;
  uint8_t temporal_id = 0;
  bool starts_frame = false;
  bool ends_frame = false;
  bool has_structure = false;              ///< the packet carries the structure
  std::optional<uint32_t> active_targets;  ///< bit i: decode target i is still produced; not said in most packets
  FixedVector<uint16_t, rtp::kMaxFrameDiffs> frame_diffs;

  rtp::DecodeTargetIndication indication(size_t decode_target) const {
    return static_cast<rtp::DecodeTargetIndication>(indications >> (2 * decode_target) & 3);
  }
};

/// Header extensions that go from publisher to subscribers unchanged (but for the frame number of the dependency
/// descriptor). Views point into the track's cache; empty: absent.
struct PassedExtensions {
  std::optional<rtp::AudioLevel> audio_level;
  Bytes dependency_descriptor;
  Bytes video_orientation;
  Bytes playout_delay;
  Bytes video_content_type;
  Bytes abs_capture_time;
  Bytes color_space;
};

/// One packet of a track as all subscriptions see it: parsed once, shared, never changed. Lives in the track's cache
/// and stays valid until the track accepts another packet.
struct MediaPacket {
  rtp::Codec codec = rtp::Codec::Opus;
  uint8_t layer = 0;  ///< stream of the track: index of the rid, 0 without simulcast
  bool marker = false;
  int64_t sequence = 0;   ///< unwrapped, within the layer
  int64_t timestamp = 0;  ///< unwrapped, within the layer; codec clock
  Timestamp arrival;
  rtp::VideoFacts video;         ///< defaults for audio
  bool starts_keyframe = false;  ///< first packet of a picture at which a receiver can begin
  bool has_dependencies = false;
  FrameDependencies dependencies;  ///< if `has_dependencies`
  PassedExtensions extensions;
  /// In the track's cache. Empty: padding only, which nobody is sent, but whose number must not look lost.
  Bytes payload;

  uint8_t spatial_id() const { return has_dependencies ? dependencies.spatial_id : video.spatial_id; }
  uint8_t temporal_id() const { return has_dependencies ? dependencies.temporal_id : video.temporal_id; }
  bool starts_frame() const { return has_dependencies ? dependencies.starts_frame : video.starts_frame; }
  bool ends_frame() const { return has_dependencies ? dependencies.ends_frame : video.ends_frame; }
};

}  // namespace parley::sfu
