#include "engine/relay_outbox.hpp"

#include <gtest/gtest.h>

#include <array>

namespace parley::engine {
namespace {

const std::shared_ptr<const rtp::ExtensionMap> kExtensions = std::make_shared<const rtp::ExtensionMap>();
constexpr std::array<ShardIndex, 2> kBoth{ShardIndex(1), ShardIndex(2)};
constexpr TrackId kFirst{ConnectionId(7), 0};
constexpr TrackId kSecond{ConnectionId(7), 1};

using Messages = std::vector<std::pair<ShardIndex, RelayMessage>>;

void add(RelayOutbox& outbox, TrackId track, std::string_view bytes, rtp::Codec codec = rtp::Codec::Vp8) {
  outbox.add(kBoth, {track, codec, "", 3, kExtensions}, 2, as_bytes(bytes));
}
const RelayBatch& batch(const Messages& messages, size_t i) {
  return *std::get<std::shared_ptr<const RelayBatch>>(messages[i].second);
}

TEST(RelayOutbox, NothingAddedNothingTaken) {
  RelayOutbox outbox;
  Messages messages;
  outbox.take(messages);
  EXPECT_TRUE(messages.empty());
}

TEST(RelayOutbox, OneBatchADestinationWithARunATrack) {
  RelayOutbox outbox;
  add(outbox, kFirst, "one");
  add(outbox, kFirst, "two");
  add(outbox, kSecond, "three");
  add(outbox, kSecond, "four", rtp::Codec::H264);
  Messages messages;
  outbox.take(messages);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].first, ShardIndex(1));
  EXPECT_EQ(messages[1].first, ShardIndex(2));
  const RelayBatch& b = batch(messages, 1);
  ASSERT_EQ(b.runs.size(), 3u) << "a new codec begins a run too";
  EXPECT_EQ(b.runs[0].packet_count, 2u);
  EXPECT_EQ(b.runs[0].layer_count, 3);
  EXPECT_EQ(b.runs[2].codec, rtp::Codec::H264);
  ASSERT_EQ(b.packets.size(), 4u);
  EXPECT_EQ(as_text(Bytes(b.bytes).subspan(b.packets[2].offset, b.packets[2].size)), "three");
  EXPECT_EQ(b.packets[2].layer, 2);
}

TEST(RelayOutbox, BatchesAreReusedOnceTheirReadersAreDone) {
  RelayOutbox outbox;
  const RelayBatch* first = nullptr;
  for (int turn = 0; turn < 1000; ++turn) {
    add(outbox, kFirst, "payload");
    Messages messages;
    outbox.take(messages);
    if (turn == 0) first = &batch(messages, 0);
    EXPECT_EQ(batch(messages, 0).packets.size(), 1u) << "nothing is left of the turn before";
    if (turn == 0) continue;
    EXPECT_TRUE(&batch(messages, 0) == first || &batch(messages, 1) == first);
  }
}

TEST(RelayOutbox, BatchesInReadersHandsAreNeverTouchedHoweverMany) {
  RelayOutbox outbox;
  Messages held;
  for (size_t turn = 0; turn < 3 * RelayOutbox::kPoolSize; ++turn) {
    add(outbox, {ConnectionId(turn), 0}, "payload");
    outbox.take(held);
  }
  for (size_t i = 0; i < held.size(); ++i) {
    ASSERT_EQ(batch(held, i).runs.size(), 1u);
    EXPECT_EQ(batch(held, i).runs[0].track.connection.value(), i / 2);
  }
}

}  // namespace
}  // namespace parley::engine
