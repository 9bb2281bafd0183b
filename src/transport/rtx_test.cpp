#include "transport/rtx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace parley::transport {
namespace {

// An RTX packet (payload type 97, marker, SSRC 0xabcd) with a one-byte extension, carrying OSN 0x1234 and payload
// "xyz".
std::vector<uint8_t> rtx_packet() {
  return {0x90, 0x80 | 97, 0x00, 0x07, 0,   0, 0, 9,    0,    0,   0xab, 0xcd, 0xbe,
          0xde, 0,         1,    0x10, 'm', 0, 0, 0x12, 0x34, 'x', 'y',  'z'};
}

TEST(UnwrapRtx, RestoresTheOriginalWithItsExtensions) {
  auto bytes = rtx_packet();
  rtp::ExtensionMap extensions;
  extensions.set(rtp::Extension::Mid, 1);
  const auto view = rtp::PacketView::parse(bytes, extensions);
  ASSERT_TRUE(view);
  const MutableBytes restored = unwrap_rtx(bytes, *view, {Ssrc(0x1111), PayloadType(96)});
  const auto original = rtp::PacketView::parse(restored, extensions);
  ASSERT_TRUE(original);
  EXPECT_EQ(original->sequence_number, 0x1234);
  EXPECT_EQ(original->ssrc, Ssrc(0x1111));
  EXPECT_EQ(original->payload_type, PayloadType(96));
  EXPECT_EQ(original->timestamp, 9u);
  EXPECT_TRUE(original->marker);
  EXPECT_EQ(original->mid, "m");
  EXPECT_EQ(as_text(original->payload), "xyz");
}

TEST(UnwrapRtx, PayloadTooShortForASequenceNumberIsAProbe) {
  auto bytes = rtx_packet();
  bytes.resize(bytes.size() - 4);
  const auto view = rtp::PacketView::parse(bytes, {});
  ASSERT_TRUE(view);
  EXPECT_TRUE(unwrap_rtx(bytes, *view, {Ssrc(1), PayloadType(96)}).empty());
}

}  // namespace
}  // namespace parley::transport
