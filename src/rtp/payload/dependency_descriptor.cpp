#include "rtp/payload/dependency_descriptor.hpp"

#include <algorithm>

#include "rtp/payload/bit_reader.hpp"

// The function names and their order follow the syntax tables of appendix A.8.2.
namespace parley::rtp {
namespace {

constexpr size_t kMandatorySize = 3;
constexpr uint8_t kMaxSpatialId = 3;   // AV1 specification: operating points know 4 spatial layers,
constexpr uint8_t kMaxTemporalId = 7;  // and 8 temporal ones

using Status = std::expected<void, DescriptorError>;
constexpr auto fail(DescriptorError error) { return std::unexpected(error); }

DecodeTargetIndication read_indication(BitReader& bits) { return static_cast<DecodeTargetIndication>(bits.bits(2)); }

Status template_layers(BitReader& bits, DependencyStructure& structure) {
  constexpr uint32_t kNextTemporal = 1, kNextSpatial = 2, kEnd = 3;
  FrameDependencyTemplate layer;
  uint32_t next = 0;
  do {
    if (layer.spatial_id > kMaxSpatialId || layer.temporal_id > kMaxTemporalId) return fail(DescriptorError::TooLarge);
    if (!structure.templates.try_push_back(layer)) return fail(DescriptorError::TooLarge);
    next = bits.bits(2);
    if (!bits.ok()) return fail(DescriptorError::TooShort);
    if (next == kNextTemporal) {
      ++layer.temporal_id;
    } else if (next == kNextSpatial) {
      layer.temporal_id = 0;
      ++layer.spatial_id;
    }
  } while (next != kEnd);
  return {};
}

Status template_fdiffs(BitReader& bits, DependencyStructure& structure) {
  for (FrameDependencyTemplate& layer : structure.templates) {
    while (bits.flag()) {
      if (!layer.frame_diffs.try_push_back(static_cast<uint16_t>(bits.bits(4) + 1))) {
        return fail(DescriptorError::TooLarge);
      }
    }
  }
  return {};
}

void template_chains(BitReader& bits, DependencyStructure& structure) {
  const auto target_count = static_cast<uint32_t>(structure.decode_targets.size());
  structure.chain_count = static_cast<uint8_t>(bits.non_symmetric(target_count + 1));
  if (structure.chain_count == 0) return;
  for (size_t i = 0; i < target_count; ++i) {
    structure.protected_by_chain.push_back(static_cast<uint8_t>(bits.non_symmetric(structure.chain_count)));
  }
  for (FrameDependencyTemplate& layer : structure.templates) {
    for (size_t i = 0; i < structure.chain_count; ++i) layer.chain_diffs.push_back(static_cast<uint8_t>(bits.bits(4)));
  }
}

void decode_target_layers(DependencyStructure& structure) {
  for (size_t i = 0; i < structure.decode_targets.size(); ++i) {
    DecodeTarget& target = structure.decode_targets[i];
    for (const FrameDependencyTemplate& layer : structure.templates) {
      if (layer.indications[i] == DecodeTargetIndication::NotPresent) continue;
      target.spatial_id = std::max(target.spatial_id, layer.spatial_id);
      target.temporal_id = std::max(target.temporal_id, layer.temporal_id);
    }
  }
}

void render_resolutions(BitReader& bits, DependencyStructure& structure) {
  const uint8_t max_spatial_id = structure.templates.back().spatial_id;  // templates go by spatial id
  for (uint8_t i = 0; i <= max_spatial_id; ++i) {
    // Sent as size - 1: 65536, which no codec here can make, wraps to 0, "not known".
    const auto width = static_cast<uint16_t>(bits.bits(16) + 1);
    const auto height = static_cast<uint16_t>(bits.bits(16) + 1);
    structure.resolutions.push_back({width, height});
  }
}

Status template_dependency_structure(BitReader& bits, DependencyStructure& structure) {
  structure.template_id_offset = static_cast<uint8_t>(bits.bits(6));
  const size_t target_count = bits.bits(5) + 1;
  for (size_t i = 0; i < target_count; ++i) structure.decode_targets.push_back({});
  if (const Status status = template_layers(bits, structure); !status) return status;
  for (FrameDependencyTemplate& layer : structure.templates) {
    for (size_t i = 0; i < target_count; ++i) layer.indications.push_back(read_indication(bits));
  }
  if (const Status status = template_fdiffs(bits, structure); !status) return status;
  template_chains(bits, structure);
  decode_target_layers(structure);
  if (bits.flag()) render_resolutions(bits, structure);
  return bits.ok() ? Status() : fail(DescriptorError::TooShort);
}

Status frame_fdiffs(BitReader& bits, DependencyDescriptor& descriptor) {
  descriptor.frame_diffs.clear();
  while (const uint32_t size = bits.bits(2)) {
    if (!descriptor.frame_diffs.try_push_back(static_cast<uint16_t>(bits.bits(4 * size) + 1))) {
      return fail(DescriptorError::TooLarge);
    }
  }
  return {};
}

struct Flags {
  bool structure_present = false;
  bool active_decode_targets_present = false;
  bool custom_dtis = false;
  bool custom_fdiffs = false;
  bool custom_chains = false;
};

Status frame_dependency_definition(BitReader& bits, const DependencyStructure& structure, const Flags& flags,
                                   uint32_t template_id, DependencyDescriptor& descriptor) {
  const uint32_t index = (template_id + kMaxTemplates - structure.template_id_offset) % kMaxTemplates;
  if (index >= structure.templates.size()) return fail(DescriptorError::BadTemplate);
  const FrameDependencyTemplate& layer = structure.templates[index];
  descriptor.spatial_id = layer.spatial_id;
  descriptor.temporal_id = layer.temporal_id;
  descriptor.indications = layer.indications;
  descriptor.frame_diffs = layer.frame_diffs;
  descriptor.chain_diffs = layer.chain_diffs;
  if (flags.custom_dtis) {
    for (DecodeTargetIndication& indication : descriptor.indications) indication = read_indication(bits);
  }
  if (flags.custom_fdiffs) {
    if (const Status status = frame_fdiffs(bits, descriptor); !status) return status;
  }
  if (flags.custom_chains) {
    for (uint8_t& diff : descriptor.chain_diffs) diff = static_cast<uint8_t>(bits.bits(8));
  }
  return bits.ok() ? Status() : fail(DescriptorError::TooShort);
}

}  // namespace

std::expected<DependencyDescriptor, DescriptorError> DependencyDescriptorReader::read(Bytes extension) {
  if (extension.size() < kMandatorySize) return fail(DescriptorError::TooShort);
  BitReader bits(extension);
  DependencyDescriptor descriptor;
  descriptor.starts_frame = bits.flag();
  descriptor.ends_frame = bits.flag();
  const uint32_t template_id = bits.bits(6);
  descriptor.frame_number = static_cast<uint16_t>(bits.bits(16));
  Flags flags;
  if (extension.size() > kMandatorySize) {
    flags = {bits.flag(), bits.flag(), bits.flag(), bits.flag(), bits.flag()};
  }
  std::unique_ptr<DependencyStructure> attached;
  if (flags.structure_present) {
    attached = std::make_unique<DependencyStructure>();
    if (const Status status = template_dependency_structure(bits, *attached); !status) return fail(status.error());
    descriptor.active_decode_targets = UINT32_MAX >> (kMaxDecodeTargets - attached->decode_targets.size());
    descriptor.has_structure = true;
  }
  const DependencyStructure* structure = attached ? attached.get() : structure_.get();
  if (!structure) return fail(DescriptorError::NoStructure);
  if (flags.active_decode_targets_present) {
    descriptor.active_decode_targets = bits.bits(static_cast<unsigned>(structure->decode_targets.size()));
  }
  if (const Status status = frame_dependency_definition(bits, *structure, flags, template_id, descriptor); !status) {
    return fail(status.error());
  }
  if (attached) structure_ = std::move(attached);
  return descriptor;
}

}  // namespace parley::rtp
