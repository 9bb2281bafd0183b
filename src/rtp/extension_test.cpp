#include "rtp/extension.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace parley::rtp {
namespace {

TEST(ExtensionUri, EveryExtensionHasItsOwn) {
  std::set<std::string_view> seen;
  for (size_t i = 0; i < kExtensionCount; ++i) {
    const auto extension = static_cast<Extension>(i);
    EXPECT_TRUE(seen.insert(uri(extension)).second) << uri(extension);
    EXPECT_EQ(extension_from_uri(uri(extension)), extension);
  }
}

TEST(ExtensionUri, AsChromeOffersThem) {
  EXPECT_EQ(extension_from_uri("urn:ietf:params:rtp-hdrext:sdes:mid"), Extension::Mid);
  EXPECT_EQ(extension_from_uri("urn:ietf:params:rtp-hdrext:ssrc-audio-level"), Extension::AudioLevel);
  EXPECT_EQ(extension_from_uri("http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
            Extension::TransportSequence);
  EXPECT_EQ(extension_from_uri("urn:3gpp:video-orientation"), Extension::VideoOrientation);
}

TEST(ExtensionUri, OthersAreNotKnown) {
  EXPECT_EQ(extension_from_uri(""), std::nullopt);
  EXPECT_EQ(extension_from_uri("urn:ietf:params:rtp-hdrext:encrypt"), std::nullopt);
  EXPECT_EQ(extension_from_uri("http://www.webrtc.org/experiments/rtp-hdrext/generic-frame-descriptor-00"),
            std::nullopt);
  EXPECT_EQ(extension_from_uri("http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02"), std::nullopt);
}

TEST(ExtensionMap, StartsEmpty) {
  const ExtensionMap map;
  for (size_t i = 0; i < kExtensionCount; ++i) EXPECT_EQ(map.id(static_cast<Extension>(i)), 0);
  for (int id = 0; id < 256; ++id) EXPECT_EQ(map.extension(static_cast<uint8_t>(id)), std::nullopt);
}

TEST(ExtensionMap, LooksUpBothWays) {
  ExtensionMap map;
  map.set(Extension::Mid, 4);
  map.set(Extension::VideoLayersAllocation, 255);
  EXPECT_EQ(map.id(Extension::Mid), 4);
  EXPECT_EQ(map.extension(4), Extension::Mid);
  EXPECT_EQ(map.extension(255), Extension::VideoLayersAllocation);
  EXPECT_EQ(map.extension(5), std::nullopt);
}

TEST(ExtensionMap, ANewIdReplacesTheOldOne) {
  ExtensionMap map;
  map.set(Extension::Mid, 4);
  map.set(Extension::Mid, 9);
  EXPECT_EQ(map.id(Extension::Mid), 9);
  EXPECT_EQ(map.extension(4), std::nullopt);
  EXPECT_EQ(map.extension(9), Extension::Mid);
}

TEST(ExtensionMap, AnIdMeansOneThing) {
  ExtensionMap map;
  map.set(Extension::Mid, 4);
  map.set(Extension::Rid, 4);
  EXPECT_EQ(map.extension(4), Extension::Rid);
  EXPECT_EQ(map.id(Extension::Rid), 4);
  EXPECT_EQ(map.id(Extension::Mid), 0);
}

TEST(ExtensionMap, SettingTheSameTwiceChangesNothing) {
  ExtensionMap map;
  map.set(Extension::Mid, 4);
  const ExtensionMap before = map;
  map.set(Extension::Mid, 4);
  EXPECT_EQ(map, before);
}

TEST(ExtensionMap, IdZeroRemoves) {
  ExtensionMap map;
  map.set(Extension::Mid, 4);
  map.set(Extension::Mid, 0);
  EXPECT_EQ(map, ExtensionMap());
}

}  // namespace
}  // namespace parley::rtp
