// links: rtp
#include <algorithm>
#include <cstdint>

#include "base/check.hpp"
#include "rtp/payload/dependency_descriptor.hpp"
#include "rtp/payload/test_dependency_descriptor.hpp"

using namespace parley;
using namespace parley::rtp;

namespace {

void check_shape(const DependencyDescriptor& descriptor, const DependencyStructure& structure) {
  PARLEY_CHECK(descriptor.indications.size() == structure.decode_targets.size());
  PARLEY_CHECK(descriptor.chain_diffs.size() == structure.chain_count);
  PARLEY_CHECK(std::ranges::all_of(descriptor.frame_diffs, [](uint16_t diff) { return diff >= 1 && diff <= 4096; }));
  PARLEY_CHECK(!structure.templates.empty() && structure.chain_count <= structure.decode_targets.size());
  PARLEY_CHECK(structure.protected_by_chain.size() == (structure.chain_count ? structure.decode_targets.size() : 0));
  PARLEY_CHECK(std::ranges::all_of(structure.protected_by_chain, [&](uint8_t c) { return c < structure.chain_count; }));
  for (const FrameDependencyTemplate& layer : structure.templates) {
    PARLEY_CHECK(layer.indications.size() == structure.decode_targets.size());
    PARLEY_CHECK(layer.chain_diffs.size() == structure.chain_count);
  }
}

// A structure that was read can be written, and another reader reads the same.
void check_round_trip(const DependencyStructure& structure) {
  const auto targets = static_cast<unsigned>(structure.decode_targets.size());
  const WrittenDescriptor written{.template_id = structure.template_id_offset, .structure = &structure};
  const ByteVector first = write_descriptor(written, targets);
  DependencyDescriptorReader reader;
  PARLEY_CHECK(reader.read(first).has_value());
  const WrittenDescriptor again{.template_id = structure.template_id_offset, .structure = reader.structure()};
  PARLEY_CHECK(write_descriptor(again, targets) == first);
}

}  // namespace

// A stream of descriptors, each behind a byte with its size.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  DependencyDescriptorReader reader;
  ByteReader input(Bytes(data, size));
  while (input.remaining() > 0) {
    const size_t length = input.u8();
    const auto descriptor = reader.read(input.take(std::min(length, input.remaining())));
    if (!descriptor) continue;
    PARLEY_CHECK(reader.structure() != nullptr);
    check_shape(*descriptor, *reader.structure());
    if (descriptor->has_structure) check_round_trip(*reader.structure());
  }
  return 0;
}
