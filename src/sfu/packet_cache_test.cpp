#include "sfu/packet_cache.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace parley::sfu {
namespace {

std::vector<uint8_t> content(int64_t sequence, size_t size) {
  std::vector<uint8_t> bytes(size);
  std::iota(bytes.begin(), bytes.end(), static_cast<uint8_t>(sequence * 7));
  return bytes;
}

rtp::PacketView view(const std::vector<uint8_t>& payload) {
  rtp::PacketView view;
  view.payload = payload;
  return view;
}

void insert(PacketCache& cache, int64_t sequence, size_t size) {
  const std::vector<uint8_t> payload = content(sequence, size);
  cache.insert(sequence, view(payload));
}

bool holds(const PacketCache& cache, int64_t sequence, size_t size) {
  const MediaPacket* found = cache.find(sequence);
  const std::vector<uint8_t> expected = content(sequence, size);
  return found && std::ranges::equal(found->payload, expected);
}

TEST(PacketCache, KeepsPayloadAndExtensionsApartFromTheCaller) {
  PacketCache cache({16, 8192});
  std::vector<uint8_t> payload = content(5, 100);
  std::vector<uint8_t> descriptor = {1, 2, 3};
  std::vector<uint8_t> orientation = {9};
  rtp::PacketView packet = view(payload);
  packet.dependency_descriptor = descriptor;
  packet.video_orientation = orientation;
  packet.audio_level = rtp::AudioLevel{true, 12};
  cache.insert(5, packet);
  std::ranges::fill(payload, uint8_t{0});
  descriptor = {0, 0, 0};
  orientation = {0};
  const MediaPacket* found = cache.find(5);
  ASSERT_TRUE(found);
  EXPECT_TRUE(holds(cache, 5, 100));
  EXPECT_TRUE(std::ranges::equal(found->extensions.dependency_descriptor, std::vector<uint8_t>{1, 2, 3}));
  EXPECT_TRUE(std::ranges::equal(found->extensions.video_orientation, std::vector<uint8_t>{9}));
  EXPECT_TRUE(found->extensions.playout_delay.empty());
  EXPECT_EQ(found->extensions.audio_level->level, 12);
}

TEST(PacketCache, TellsNewFromDuplicateAndOld) {
  PacketCache cache({16, 8192});
  EXPECT_EQ(cache.position(40), PacketCache::Position::New);
  insert(cache, 40, 10);
  EXPECT_EQ(cache.position(40), PacketCache::Position::Duplicate);
  EXPECT_EQ(cache.position(24), PacketCache::Position::TooOld) << "its slot belongs to 40 now";
  EXPECT_EQ(cache.position(56), PacketCache::Position::New);
  EXPECT_EQ(cache.position(39), PacketCache::Position::New) << "late, but there is room";
  EXPECT_EQ(cache.position(-8), PacketCache::Position::TooOld) << "numbers may be negative at the start";
}

TEST(PacketCache, HoldsAsManyPacketsAsSlots) {
  PacketCache cache({16, 8192});
  for (int64_t i = 0; i < 20; ++i) insert(cache, i, 50);
  for (int64_t i = 0; i < 4; ++i) EXPECT_FALSE(cache.find(i)) << i;
  for (int64_t i = 4; i < 20; ++i) EXPECT_TRUE(holds(cache, i, 50)) << i;
}

TEST(PacketCache, HoldsAsManyBytesAsTheRing) {
  PacketCache cache({64, 4000});
  for (int64_t i = 0; i < 10; ++i) insert(cache, i, 1000);
  for (int64_t i = 0; i < 6; ++i) EXPECT_FALSE(cache.find(i)) << i;
  for (int64_t i = 6; i < 10; ++i) EXPECT_TRUE(holds(cache, i, 1000)) << i;
  EXPECT_EQ(cache.position(3), PacketCache::Position::Duplicate) << "known though its bytes are gone";
}

TEST(PacketCache, NeverServesOverwrittenBytes) {
  // Sizes that do not divide the ring: packets are never split, so its end stays unused at times.
  PacketCache cache({128, 5003});
  for (int64_t i = 0; i < 500; ++i) {
    insert(cache, i, 1 + static_cast<size_t>(i * 137 % 1490));
    int64_t bytes = 0;
    for (int64_t back = i; back >= 0 && back > i - 128; --back) {
      const size_t size = 1 + static_cast<size_t>(back * 137 % 1490);
      bytes += static_cast<int64_t>(size);
      const bool found = cache.find(back) != nullptr;
      ASSERT_EQ(holds(cache, back, size), found) << back << " after " << i;
      ASSERT_FALSE(!found && bytes <= 5003 - 1490) << back << " after " << i;
      ASSERT_FALSE(found && bytes > 5003) << back << " after " << i;
    }
  }
}

TEST(PacketCache, TheLimitsAreLargeEnoughForWhatTheySay) {
  // 3 Mbit/s in 1100-byte packets for a second.
  static_assert(PacketCache::kVideo.bytes >= 3'000'000 / 8);
  static_assert(PacketCache::kVideo.packets >= 3'000'000 / 8 / 1100);
  static_assert(PacketCache::kVideoMiddle.bytes >= 700'000 / 8);
  static_assert(PacketCache::kVideoLow.bytes >= 200'000 / 8);
  static_assert(PacketCache::kAudio.packets >= 50 * 2 && PacketCache::kAudio.bytes >= 32 * 1024);
  PacketCache cache(PacketCache::kVideo);
  for (int64_t i = 0; i < 341; ++i) insert(cache, i, 1100);
  EXPECT_TRUE(holds(cache, 0, 1100));
}

TEST(PacketCacheDeathTest, RefusesWhatDoesNotFit) {
  PacketCache cache({16, 8192});
  EXPECT_DEATH(insert(cache, 1, PacketCache::kMaxPacketSize + 1), "broken invariant");
}

}  // namespace
}  // namespace parley::sfu
