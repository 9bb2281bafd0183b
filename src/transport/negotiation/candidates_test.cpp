#include "transport/negotiation/candidates.hpp"

#include <gmock/gmock.h>

namespace parley::transport::negotiation {
namespace {

using testing::ElementsAre;
using Kind = LocalCandidate::Kind;

TEST(Priority, AsTheFormulasOfTheRfcs) {
  EXPECT_EQ(candidate_priority(Kind::UdpHost, 0), (126u << 24) + (65535u << 8) + 255);  // 2130706431, as everywhere
  EXPECT_EQ(candidate_priority(Kind::UdpHost, 0), 2130706431u);
  EXPECT_EQ(candidate_priority(Kind::UdpHost, 1), 2130706431u - 256);
  EXPECT_EQ(candidate_priority(Kind::TcpPassive, 0), (90u << 24) + ((4u * 8192 + 8191) << 8) + 255);
  EXPECT_GT(candidate_priority(Kind::UdpHost, 65535), candidate_priority(Kind::TcpPassive, 0));
  EXPECT_GT(candidate_priority(Kind::TcpPassive, 3), candidate_priority(Kind::TcpPassive, 4));
  EXPECT_EQ(candidate_priority(Kind::UdpHost, 1000000), candidate_priority(Kind::UdpHost, 65535));
}

TEST(Lines, UdpAndTcpWithFoundations) {
  const LocalCandidate candidates[] = {{Kind::UdpHost, "192.0.2.1", 50000},
                                       {Kind::UdpHost, "2001:db8::1", 50000},
                                       {Kind::TcpPassive, "192.0.2.1", 50000},
                                       {Kind::UdpHost, "192.0.2.1", 50001}};
  EXPECT_THAT(candidate_lines(candidates), ElementsAre("1 1 udp 2130706431 192.0.2.1 50000 typ host",
                                                       "2 1 udp 2130706175 2001:db8::1 50000 typ host",
                                                       "3 1 tcp 1520434687 192.0.2.1 50000 typ host tcptype passive",
                                                       "1 1 udp 2130705663 192.0.2.1 50001 typ host"));
}

TEST(DefaultDestination, IsTheFirstUdpCandidate) {
  const LocalCandidate candidates[] = {
      {Kind::TcpPassive, "192.0.2.1", 443}, {Kind::UdpHost, "2001:db8::1", 50000}, {Kind::UdpHost, "192.0.2.1", 50000}};
  EXPECT_EQ(default_destination(candidates).port, 50000);
  EXPECT_EQ(default_destination(candidates).connection, "IN IP6 2001:db8::1");
  EXPECT_EQ(default_destination({candidates + 2, 1}).connection, "IN IP4 192.0.2.1");
  EXPECT_EQ(default_destination({candidates, 1}).port, 9);
  EXPECT_EQ(default_destination({}).connection, "IN IP4 0.0.0.0");
}

}  // namespace
}  // namespace parley::transport::negotiation
