#include "base/address.hpp"

#include <gtest/gtest.h>

#include <set>

namespace parley {
namespace {

TEST(IpAddress, ParsesAndPrintsBothFamilies) {
  for (const char* text : {"127.0.0.1", "192.0.2.77", "2001:db8::1", "::1", "fe80::1:2"}) {
    const auto parsed = IpAddress::parse(text);
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(parsed->to_string(), text);
  }
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const char* text : {"", "localhost", "1.2.3", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "256.1.1.1"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpAddress, MappedAndPlainIpv4AreOne) {
  EXPECT_EQ(*IpAddress::parse("::ffff:192.0.2.1"), IpAddress::v4(0xc0000201));
}

TEST(IpAddress, KnowsLoopbackAndUnspecified) {
  EXPECT_TRUE(IpAddress::parse("127.8.9.1")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("10.0.0.1")->is_loopback());
  EXPECT_TRUE(IpAddress().is_unspecified());
}

TEST(SocketAddress, PrintsWithBracketsWhereNeeded) {
  EXPECT_EQ((SocketAddress{*IpAddress::parse("192.0.2.1"), 80}.to_string()), "192.0.2.1:80");
  EXPECT_EQ((SocketAddress{*IpAddress::parse("2001:db8::1"), 80}.to_string()), "[2001:db8::1]:80");
}

TEST(SocketAddress, HashSpreadsNeighbouringPeers) {
  std::set<size_t> low_bits;
  for (uint16_t port = 40000; port < 41024; ++port) {
    low_bits.insert(std::hash<SocketAddress>{}({IpAddress::v4(0x0a000001), port}) & 4095);
  }
  EXPECT_GT(low_bits.size(), 700u) << "1024 values thrown into 4096 buckets hit about 905 of them";
}

}  // namespace
}  // namespace parley
