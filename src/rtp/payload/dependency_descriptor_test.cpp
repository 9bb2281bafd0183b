#include "rtp/payload/dependency_descriptor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.hpp"
#include "rtp/payload/test_dependency_descriptor.hpp"

namespace parley::rtp {
namespace {

using ::testing::ElementsAre;
using enum DecodeTargetIndication;

DependencyDescriptor must_read(DependencyDescriptorReader& reader, const ByteVector& bytes) {
  const auto descriptor = reader.read(bytes);
  EXPECT_TRUE(descriptor.has_value());
  return descriptor.value_or(DependencyDescriptor());
}

// One spatial and two temporal layers: decode targets all / base only, one chain over the base layer.
DependencyStructure two_temporal_layers() {
  DependencyStructure structure;
  structure.template_id_offset = 60;
  structure.templates = {{0, 0, {Switch, Switch}, {}, {0}},
                         {0, 0, {Switch, Switch}, {2}, {2}},
                         {0, 1, {Discardable, NotPresent}, {1}, {1}}};
  structure.decode_targets = {{0, 1}, {0, 0}};
  structure.chain_count = 1;
  structure.protected_by_chain = {0, 0};
  structure.resolutions = {{640, 360}};
  return structure;
}

// A descriptor that Chrome sent at the head of an AV1 stream in mode L3T3, and its followers; published in LiveKit's
// tests.
const ByteVector kChromeL3T3 = hex(
    "c1017280081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926e082b04a0941b820ac1282"
    "503157f974000ca864330e222222eca8655304224230eca877530077004200ef008601df010d");

TEST(DependencyDescriptor, StructureFromChrome) {
  DependencyDescriptorReader reader;
  const DependencyDescriptor key = must_read(reader, kChromeL3T3);
  EXPECT_TRUE(key.starts_frame);
  EXPECT_TRUE(key.ends_frame);
  EXPECT_TRUE(key.has_structure);
  EXPECT_EQ(key.frame_number, 0x172);
  EXPECT_EQ(key.spatial_id, 0);
  EXPECT_EQ(key.temporal_id, 0);
  EXPECT_EQ(key.active_decode_targets, 0x1ffu);
  EXPECT_TRUE(key.frame_diffs.empty());
  EXPECT_THAT(items(key.chain_diffs), ElementsAre(0, 0, 0));

  const DependencyStructure* structure = reader.structure();
  ASSERT_NE(structure, nullptr);
  ASSERT_EQ(structure->decode_targets.size(), 9u);
  for (size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(structure->decode_targets[i].spatial_id, i / 3) << i;
    EXPECT_EQ(structure->decode_targets[i].temporal_id, i % 3) << i;
  }
  EXPECT_EQ(structure->chain_count, 3);
  EXPECT_THAT(items(structure->protected_by_chain), ElementsAre(0, 0, 0, 1, 1, 1, 2, 2, 2));
  EXPECT_THAT(items(structure->resolutions),
              ElementsAre(PictureSize{120, 67}, PictureSize{240, 135}, PictureSize{480, 270}));
}

TEST(DependencyDescriptor, FollowersFromChrome) {
  const struct {
    const char* bytes;
    uint16_t frame;
    bool starts;
    bool ends;
    uint8_t spatial;
    std::optional<uint32_t> active;
  } cases[] = {
      {"860173 40fc", 0x173, true, false, 1, 0x3f}, {"460173 40fc", 0x173, false, true, 1, 0x3f},
      {"c30175 40fc", 0x175, true, true, 0, 0x3f},  {"880176 40fc", 0x176, true, false, 1, 0x3f},
      {"480176 40fc", 0x176, false, true, 1, 0x3f}, {"c20178 40fc", 0x178, true, true, 0, 0x3f},
      {"860173", 0x173, true, false, 1, {}},        {"8b0174", 0x174, true, false, 2, {}},
      {"0b0174", 0x174, false, false, 2, {}},
  };
  DependencyDescriptorReader reader;
  must_read(reader, kChromeL3T3);
  for (const auto& c : cases) {
    const DependencyDescriptor descriptor = must_read(reader, hex(c.bytes));
    EXPECT_FALSE(descriptor.has_structure) << c.bytes;
    EXPECT_EQ(descriptor.frame_number, c.frame) << c.bytes;
    EXPECT_EQ(descriptor.starts_frame, c.starts) << c.bytes;
    EXPECT_EQ(descriptor.ends_frame, c.ends) << c.bytes;
    EXPECT_EQ(descriptor.spatial_id, c.spatial) << c.bytes;
    EXPECT_EQ(descriptor.active_decode_targets, c.active) << c.bytes;
    EXPECT_EQ(descriptor.indications.size(), 9u);
    EXPECT_EQ(descriptor.chain_diffs.size(), 3u);
  }
}

TEST(DependencyDescriptor, TemplatesGiveTheFrame) {
  const DependencyStructure structure = two_temporal_layers();
  DependencyDescriptorReader reader;
  must_read(reader, write_descriptor({.template_id = 60, .structure = &structure}, 2));
  const DependencyDescriptor upper = must_read(reader, write_descriptor({.template_id = 62, .frame_number = 9}, 2));
  EXPECT_EQ(upper.temporal_id, 1);
  EXPECT_EQ(upper.frame_number, 9);
  EXPECT_THAT(items(upper.indications), ElementsAre(Discardable, NotPresent));
  EXPECT_THAT(items(upper.frame_diffs), ElementsAre(1));
  EXPECT_THAT(items(upper.chain_diffs), ElementsAre(1));
  EXPECT_EQ(upper.active_decode_targets, std::nullopt);
}

TEST(DependencyDescriptor, TemplateIdsWrap) {
  DependencyStructure structure = two_temporal_layers();
  structure.template_id_offset = 63;
  DependencyDescriptorReader reader;
  must_read(reader, write_descriptor({.template_id = 63, .structure = &structure}, 2));
  EXPECT_EQ(must_read(reader, write_descriptor({.template_id = 1}, 2)).temporal_id, 1);
}

TEST(DependencyDescriptor, CustomFieldsReplaceThoseOfTheTemplate) {
  const DependencyStructure structure = two_temporal_layers();
  DependencyDescriptorReader reader;
  must_read(reader, write_descriptor({.template_id = 60, .structure = &structure}, 2));
  const DependencyDescriptor custom =
      must_read(reader, write_descriptor({.template_id = 62,
                                          .active_decode_targets = 2,
                                          .custom_indications = std::vector{Required, Switch},
                                          .custom_frame_diffs = std::vector<uint16_t>{1, 16, 17, 256, 257, 4096},
                                          .custom_chain_diffs = std::vector<uint8_t>{255}},
                                         2));
  EXPECT_EQ(custom.active_decode_targets, 2u);
  EXPECT_THAT(items(custom.indications), ElementsAre(Required, Switch));
  EXPECT_THAT(items(custom.frame_diffs), ElementsAre(1, 16, 17, 256, 257, 4096));
  EXPECT_THAT(items(custom.chain_diffs), ElementsAre(255));
  const DependencyDescriptor none =
      must_read(reader, write_descriptor({.template_id = 62, .custom_frame_diffs = std::vector<uint16_t>{}}, 2));
  EXPECT_TRUE(none.frame_diffs.empty()) << "an empty list replaces the template's, too";
}

TEST(DependencyDescriptor, ActiveTargetsBesideAStructure) {
  const DependencyStructure structure = two_temporal_layers();
  DependencyDescriptorReader reader;
  const ByteVector bytes =
      write_descriptor({.template_id = 60, .structure = &structure, .active_decode_targets = 1}, 2);
  EXPECT_EQ(must_read(reader, bytes).active_decode_targets, 1u);
}

TEST(DependencyDescriptor, NothingIsKnownBeforeTheFirstStructure) {
  DependencyDescriptorReader reader;
  EXPECT_EQ(reader.read(hex("800000")).error(), DescriptorError::NoStructure);
  EXPECT_EQ(reader.read(hex("800000 40fc")).error(), DescriptorError::NoStructure);
  EXPECT_EQ(reader.structure(), nullptr);
}

TEST(DependencyDescriptor, UnknownTemplates) {
  const DependencyStructure structure = two_temporal_layers();
  DependencyDescriptorReader reader;
  must_read(reader, write_descriptor({.template_id = 60, .structure = &structure}, 2));
  EXPECT_EQ(reader.read(write_descriptor({.template_id = 63}, 2)).error(), DescriptorError::BadTemplate);
  EXPECT_EQ(reader.read(write_descriptor({.template_id = 59}, 2)).error(), DescriptorError::BadTemplate);
}

TEST(DependencyDescriptor, AStructureIsKeptUntilAnotherParsesWhole) {
  const DependencyStructure first = two_temporal_layers();
  DependencyStructure second = two_temporal_layers();
  second.template_id_offset = 5;
  DependencyDescriptorReader reader;
  must_read(reader, write_descriptor({.template_id = 60, .structure = &first}, 2));
  const ByteVector replacing = write_descriptor({.template_id = 5, .structure = &second}, 2);
  for (size_t size = 4; size < replacing.size(); ++size) EXPECT_FALSE(reader.read(prefix(replacing, size)));
  EXPECT_FALSE(reader.read(write_descriptor({.template_id = 20, .structure = &second}, 2))) << "its frame is unknown";
  EXPECT_EQ(reader.structure()->template_id_offset, 60);
  must_read(reader, replacing);
  EXPECT_EQ(reader.structure()->template_id_offset, 5);
}

TEST(DependencyDescriptor, EveryCutIsAnError) {
  const DependencyStructure structure = two_temporal_layers();
  const WrittenDescriptor everything{.template_id = 60,
                                     .structure = &structure,
                                     .active_decode_targets = 3,
                                     .custom_indications = std::vector{Required, Switch},
                                     .custom_frame_diffs = std::vector<uint16_t>{4096, 1},
                                     .custom_chain_diffs = std::vector<uint8_t>{255}};
  for (const ByteVector& whole : {write_descriptor(everything, 2), kChromeL3T3}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      DependencyDescriptorReader reader;
      const auto cut = reader.read(prefix(whole, size));
      ASSERT_FALSE(cut.has_value()) << size;
      EXPECT_EQ(cut.error(), size == 3 ? DescriptorError::NoStructure : DescriptorError::TooShort) << size;
    }
  }
}

TEST(DependencyDescriptor, MoreLayersThanAv1KnowsAreTooLarge) {
  DependencyDescriptorReader reader;
  DependencyStructure spatial = two_temporal_layers();
  spatial.templates.clear();
  spatial.resolutions.clear();
  for (uint8_t i = 0; i < 5; ++i) spatial.templates.push_back({i, 0, {Switch, Switch}, {}, {0}});
  EXPECT_EQ(reader.read(write_descriptor({.template_id = 60, .structure = &spatial}, 2)).error(),
            DescriptorError::TooLarge);
  DependencyStructure temporal = spatial;
  temporal.templates.clear();
  for (uint8_t i = 0; i < 9; ++i) temporal.templates.push_back({0, i, {Switch, Switch}, {}, {0}});
  EXPECT_EQ(reader.read(write_descriptor({.template_id = 60, .structure = &temporal}, 2)).error(),
            DescriptorError::TooLarge);
}

TEST(DependencyDescriptor, SixtyFourTemplatesAreTheMost) {
  DependencyStructure structure = two_temporal_layers();
  structure.resolutions.clear();
  while (!structure.templates.full()) structure.templates.push_back({0, 1, {Switch, Switch}, {}, {0}});
  DependencyDescriptorReader reader;
  must_read(reader, write_descriptor({.template_id = 60, .structure = &structure}, 2));
  EXPECT_EQ(reader.structure()->templates.size(), kMaxTemplates);

  BitWriter endless;  // template after template of the same layer
  endless.bits(0x800000, 24);
  endless.bits(0x10, 5);
  endless.bits(0, 11);
  for (int i = 0; i < 200; ++i) endless.bits(0, 8);
  EXPECT_EQ(reader.read(endless.bytes()).error(), DescriptorError::TooLarge);
}

TEST(DependencyDescriptor, SixteenFrameDifferencesAreTheMost) {
  DependencyStructure structure = two_temporal_layers();
  DependencyDescriptorReader reader;
  while (!structure.templates[2].frame_diffs.full()) structure.templates[2].frame_diffs.push_back(16);
  must_read(reader, write_descriptor({.template_id = 60, .structure = &structure}, 2));
  EXPECT_EQ(must_read(reader, write_descriptor({.template_id = 62}, 2)).frame_diffs.size(), kMaxFrameDiffs);

  WrittenDescriptor custom{.template_id = 62, .custom_frame_diffs = std::vector<uint16_t>(kMaxFrameDiffs, 7)};
  EXPECT_EQ(must_read(reader, write_descriptor(custom, 2)).frame_diffs.size(), kMaxFrameDiffs);
  custom.custom_frame_diffs->push_back(7);
  EXPECT_EQ(reader.read(write_descriptor(custom, 2)).error(), DescriptorError::TooLarge);

  BitWriter many;  // one template, whose differences never end
  many.bits(0x800000, 24);
  many.bits(0x10, 5);
  many.bits(0, 11);
  many.bits(3, 2);
  many.bits(0, 2);
  for (int i = 0; i < 40; ++i) many.bits(0x1f, 5);
  EXPECT_EQ(reader.read(many.bytes()).error(), DescriptorError::TooLarge);
}

TEST(DependencyDescriptor, ThirtyTwoDecodeTargetsAndChains) {
  DependencyStructure structure;
  FrameDependencyTemplate layer;
  for (size_t i = 0; i < kMaxDecodeTargets; ++i) {
    structure.decode_targets.push_back({});
    structure.protected_by_chain.push_back(static_cast<uint8_t>(31 - i));
    layer.indications.push_back(static_cast<DecodeTargetIndication>(i % 4));
    layer.chain_diffs.push_back(static_cast<uint8_t>(i % 16));
  }
  structure.chain_count = kMaxChains;
  structure.templates.push_back(layer);
  DependencyDescriptorReader reader;
  const DependencyDescriptor descriptor = must_read(reader, write_descriptor({.structure = &structure}, 32));
  EXPECT_EQ(descriptor.active_decode_targets, 0xffffffffu);
  EXPECT_EQ(items(descriptor.indications), items(layer.indications));
  EXPECT_EQ(items(descriptor.chain_diffs), items(layer.chain_diffs));
  EXPECT_EQ(items(reader.structure()->protected_by_chain), items(structure.protected_by_chain));
  EXPECT_EQ(must_read(reader, write_descriptor({.active_decode_targets = 0x80000001}, 32)).active_decode_targets,
            0x80000001u);
}

FrameDependencyTemplate random_template(Rng& rng, size_t targets, size_t chains) {
  FrameDependencyTemplate layer;
  for (size_t i = 0; i < targets; ++i) layer.indications.push_back(static_cast<DecodeTargetIndication>(rng.below(4)));
  for (uint64_t n = rng.below(5); n > 0; --n) layer.frame_diffs.push_back(static_cast<uint16_t>(1 + rng.below(16)));
  for (size_t i = 0; i < chains; ++i) layer.chain_diffs.push_back(static_cast<uint8_t>(rng.below(16)));
  return layer;
}

DependencyStructure random_structure(Rng& rng) {
  DependencyStructure structure;
  structure.template_id_offset = static_cast<uint8_t>(rng.below(64));
  const size_t targets = 1 + rng.below(kMaxDecodeTargets);
  structure.chain_count = static_cast<uint8_t>(rng.below(targets + 1));
  for (size_t i = 0; i < targets; ++i) structure.decode_targets.push_back({});
  for (size_t i = 0; structure.chain_count > 0 && i < targets; ++i) {
    structure.protected_by_chain.push_back(static_cast<uint8_t>(rng.below(structure.chain_count)));
  }
  const auto spatial_layers = static_cast<uint8_t>(1 + rng.below(4));
  for (uint8_t spatial = 0; spatial < spatial_layers; ++spatial) {
    for (uint8_t temporal = 0; temporal <= rng.below(4); ++temporal) {
      for (uint64_t n = 1 + rng.below(2); n > 0; --n) {
        FrameDependencyTemplate layer = random_template(rng, targets, structure.chain_count);
        layer.spatial_id = spatial;
        layer.temporal_id = temporal;
        structure.templates.push_back(layer);
      }
    }
  }
  for (uint8_t i = 0; i < spatial_layers && spatial_layers % 2 == 1; ++i) {
    structure.resolutions.push_back(
        {static_cast<uint16_t>(1 + rng.below(65535)), static_cast<uint16_t>(1 + rng.below(65535))});
  }
  return structure;
}

TEST(DependencyDescriptor, RandomStructuresComeBack) {
  Rng rng(1);
  for (int round = 0; round < 500; ++round) {
    const DependencyStructure sent = random_structure(rng);
    const size_t index = rng.below(sent.templates.size());
    const auto id = static_cast<uint8_t>((sent.template_id_offset + index) % 64);
    DependencyDescriptorReader reader;
    const DependencyDescriptor descriptor = must_read(
        reader,
        write_descriptor({.template_id = id, .structure = &sent}, static_cast<unsigned>(sent.decode_targets.size())));
    const DependencyStructure& got = *reader.structure();
    EXPECT_EQ(got.template_id_offset, sent.template_id_offset);
    EXPECT_EQ(got.chain_count, sent.chain_count);
    EXPECT_EQ(items(got.protected_by_chain), items(sent.protected_by_chain));
    EXPECT_EQ(items(got.resolutions), items(sent.resolutions));
    ASSERT_EQ(got.templates.size(), sent.templates.size());
    for (size_t i = 0; i < got.templates.size(); ++i) {
      EXPECT_EQ(got.templates[i].spatial_id, sent.templates[i].spatial_id);
      EXPECT_EQ(got.templates[i].temporal_id, sent.templates[i].temporal_id);
      EXPECT_EQ(items(got.templates[i].indications), items(sent.templates[i].indications));
      EXPECT_EQ(items(got.templates[i].frame_diffs), items(sent.templates[i].frame_diffs));
      EXPECT_EQ(items(got.templates[i].chain_diffs), items(sent.templates[i].chain_diffs));
    }
    EXPECT_EQ(items(descriptor.indications), items(sent.templates[index].indications));
  }
}

TEST(DependencyDescriptor, RandomBytesNeverCrash) {
  Rng rng(2);
  DependencyDescriptorReader reader;
  size_t structures = 0;
  for (int round = 0; round < 30000; ++round) {
    ByteVector bytes(rng.below(200));
    rng.fill(bytes);
    if (bytes.size() > 5 && rng.chance(0.3)) bytes[4] &= 0x03, bytes[5] |= 0x60;  // few targets, one template
    const auto descriptor = reader.read(bytes);
    structures += descriptor && descriptor->has_structure;
  }
  EXPECT_GT(structures, 10u) << "the generator must reach the insides of the reader";
}

}  // namespace
}  // namespace parley::rtp
