#include "base/datagram_batch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

Path peer(uint16_t port) { return {.remote = {IpAddress::v4(0x7f000001), port}}; }

TEST(DatagramBatch, DatagramsLieBackToBack) {
  DatagramBatch batch;
  batch.append(peer(1), as_bytes("abc"));
  MutableBytes room = batch.reserve(100);
  room[0] = 'd';
  batch.commit(peer(2), 1);
  ASSERT_EQ(batch.entries().size(), 2u);
  EXPECT_EQ(as_text(batch.bytes(batch.entries()[0])), "abc");
  EXPECT_EQ(as_text(batch.bytes(batch.entries()[1])), "d");
  EXPECT_EQ(batch.entries()[1].offset, 3u);
}

TEST(DatagramBatch, GrowsWithoutADrain) {
  DatagramBatch batch;
  const std::string large(DatagramBatch::kMaxDatagram, 'x');
  const size_t count = DatagramBatch::kArenaSize / large.size() + 10;
  for (size_t i = 0; i < count; ++i) batch.append(peer(1), as_bytes(large));
  EXPECT_EQ(batch.entries().size(), count);
  EXPECT_EQ(as_text(batch.bytes(batch.entries().back())), large);
}

TEST(DatagramBatch, DrainsInsteadOfGrowing) {
  DatagramBatch batch;
  size_t drained = 0;
  batch.set_drain(
      [](void* context, DatagramBatch& full) {
        *static_cast<size_t*>(context) += full.entries().size();
        full.clear();
      },
      &drained);
  const std::string large(DatagramBatch::kMaxDatagram, 'x');
  const size_t capacity = DatagramBatch::kArenaSize / large.size();
  for (size_t i = 0; i < capacity + 1; ++i) batch.append(peer(1), as_bytes(large));
  EXPECT_EQ(drained, capacity);
  EXPECT_EQ(batch.entries().size(), 1u);
}

}  // namespace
}  // namespace parley
