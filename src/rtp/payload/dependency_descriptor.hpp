#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"
#include "rtp/payload/picture_size.hpp"

/// The dependency descriptor header extension: AV1 RTP specification, appendix A. Used for AV1 and VP9 SVC.
namespace parley::rtp {

/// How one decode target uses a frame (A.4: DTI).
enum class DecodeTargetIndication : uint8_t { NotPresent, Discardable, Switch, Required };

inline constexpr size_t kMaxDecodeTargets = 32;
inline constexpr size_t kMaxTemplates = 64;
inline constexpr size_t kMaxFrameDiffs = 16;
inline constexpr size_t kMaxChains = 32;

struct FrameDependencyTemplate {
  uint8_t spatial_id = 0;
  uint8_t temporal_id = 0;
  FixedVector<DecodeTargetIndication, kMaxDecodeTargets> indications;
  FixedVector<uint16_t, kMaxFrameDiffs> frame_diffs;
  FixedVector<uint8_t, kMaxChains> chain_diffs;
};

struct DecodeTarget {
  uint8_t spatial_id = 0;
  uint8_t temporal_id = 0;
};

/// The template dependency structure that key frames carry and later frames refer to.
struct DependencyStructure {
  uint8_t template_id_offset = 0;
  FixedVector<FrameDependencyTemplate, kMaxTemplates> templates;
  FixedVector<DecodeTarget, kMaxDecodeTargets> decode_targets;  ///< its highest layers, derived from the templates
  uint8_t chain_count = 0;
  FixedVector<uint8_t, kMaxDecodeTargets> protected_by_chain;
  FixedVector<PictureSize, 4> resolutions;  ///< by spatial id; empty if not sent
};

struct DependencyDescriptor {
  bool starts_frame = false;
  bool ends_frame = false;
  uint16_t frame_number = 0;
  uint8_t spatial_id = 0;
  uint8_t temporal_id = 0;
  FixedVector<DecodeTargetIndication, kMaxDecodeTargets> indications;
  FixedVector<uint16_t, kMaxFrameDiffs> frame_diffs;
  FixedVector<uint8_t, kMaxChains> chain_diffs;
  std::optional<uint32_t> active_decode_targets;  ///< bit i: decode target i is still produced
  bool has_structure = false;                     ///< `structure` was attached to this packet
};

enum class DescriptorError : uint8_t { TooShort, NoStructure, BadTemplate, TooLarge };

/// Reads descriptors of one stream; keeps the latest structure, which later descriptors need.
class DependencyDescriptorReader {
 public:
  /// The descriptor without a structure when none has been seen yet is an error (`NoStructure`). A structure is
  /// replaced only by a descriptor that parses whole.
  std::expected<DependencyDescriptor, DescriptorError> read(Bytes extension);
  /// nullptr before the first.
  const DependencyStructure* structure() const { return structure_.get(); }

 private:
  std::unique_ptr<DependencyStructure> structure_;
};

}  // namespace parley::rtp
