#pragma once

#include <optional>

#include "rtp/payload/dependency_descriptor.hpp"
#include "rtp/payload/test_bit_writer.hpp"

/// For tests only: writes dependency descriptors, by the syntax tables of appendix A.8.2.
namespace parley::rtp {

struct WrittenDescriptor {
  bool starts_frame = true;
  bool ends_frame = true;
  uint8_t template_id = 0;
  uint16_t frame_number = 0;
  const DependencyStructure* structure = nullptr;  ///< attached
  std::optional<uint32_t> active_decode_targets = {};
  std::optional<std::vector<DecodeTargetIndication>> custom_indications = {};
  std::optional<std::vector<uint16_t>> custom_frame_diffs = {};
  std::optional<std::vector<uint8_t>> custom_chain_diffs = {};
};

inline void write_structure(BitWriter& w, const DependencyStructure& structure) {
  const auto target_count = static_cast<uint32_t>(structure.decode_targets.size());
  w.bits(structure.template_id_offset, 6);
  w.bits(target_count - 1, 5);
  for (size_t i = 0; i < structure.templates.size(); ++i) {
    if (i + 1 == structure.templates.size()) {
      w.bits(3, 2);
    } else if (structure.templates[i + 1].spatial_id > structure.templates[i].spatial_id) {
      w.bits(2, 2);
    } else {
      w.bits(structure.templates[i + 1].temporal_id > structure.templates[i].temporal_id ? 1 : 0, 2);
    }
  }
  for (const FrameDependencyTemplate& layer : structure.templates) {
    for (const DecodeTargetIndication indication : layer.indications) w.bits(static_cast<uint32_t>(indication), 2);
  }
  for (const FrameDependencyTemplate& layer : structure.templates) {
    for (const uint16_t diff : layer.frame_diffs) w.bits(0x10u | (diff - 1u), 5);
    w.flag(false);
  }
  w.non_symmetric(structure.chain_count, target_count + 1);
  if (structure.chain_count > 0) {
    for (const uint8_t chain : structure.protected_by_chain) w.non_symmetric(chain, structure.chain_count);
    for (const FrameDependencyTemplate& layer : structure.templates) {
      for (const uint8_t diff : layer.chain_diffs) w.bits(diff, 4);
    }
  }
  w.flag(!structure.resolutions.empty());
  for (const PictureSize& size : structure.resolutions) {
    w.bits(size.width - 1u, 16);
    w.bits(size.height - 1u, 16);
  }
}

/// `target_count`: of the structure that the reader has, for the bitmask.
inline ByteVector write_descriptor(const WrittenDescriptor& d, unsigned target_count) {
  BitWriter w;
  w.flag(d.starts_frame);
  w.flag(d.ends_frame);
  w.bits(d.template_id, 6);
  w.bits(d.frame_number, 16);
  if (!d.structure && !d.active_decode_targets && !d.custom_indications && !d.custom_frame_diffs &&
      !d.custom_chain_diffs) {
    return w.bytes();
  }
  w.flag(d.structure != nullptr);
  w.flag(d.active_decode_targets.has_value());
  w.flag(d.custom_indications.has_value());
  w.flag(d.custom_frame_diffs.has_value());
  w.flag(d.custom_chain_diffs.has_value());
  if (d.structure) write_structure(w, *d.structure);
  if (d.active_decode_targets) w.bits(*d.active_decode_targets, target_count);
  if (d.custom_indications) {
    for (const DecodeTargetIndication indication : *d.custom_indications) w.bits(static_cast<uint32_t>(indication), 2);
  }
  if (d.custom_frame_diffs) {
    for (const uint16_t diff : *d.custom_frame_diffs) {
      const unsigned size = diff <= 16 ? 1 : diff <= 256 ? 2 : 3;
      w.bits(size, 2);
      w.bits(diff - 1u, 4 * size);
    }
    w.bits(0, 2);
  }
  if (d.custom_chain_diffs) {
    for (const uint8_t diff : *d.custom_chain_diffs) w.bits(diff, 8);
  }
  return w.bytes();
}

}  // namespace parley::rtp
