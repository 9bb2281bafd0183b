#include "sdp/candidate.hpp"

#include <gtest/gtest.h>

namespace parley::sdp {
namespace {

std::string text_of(const Candidate& candidate) {
  std::string out;
  append(out, candidate);
  return out;
}

// RFC 8839 section 5.1 and RFC 6544 section 4.5 give these examples.
TEST(Candidate, ReadsAndWritesThoseOfTheRfcs) {
  const auto host = parse_candidate("1 1 UDP 2130706431 203.0.113.141 8998 typ host");
  ASSERT_TRUE(host) << host.error();
  EXPECT_EQ(*host, (Candidate{"1", 1, "udp", 2130706431, "203.0.113.141", 8998, "host", ""}));
  EXPECT_EQ(text_of(*host), "1 1 udp 2130706431 203.0.113.141 8998 typ host");
  const auto reflexive = parse_candidate("2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998");
  ASSERT_TRUE(reflexive) << reflexive.error();
  EXPECT_EQ(reflexive->type, "srflx");
  EXPECT_EQ(reflexive->port, 45664);
  const auto tcp = parse_candidate("3 1 TCP 2124414975 192.0.2.1 8998 typ host tcptype passive");
  ASSERT_TRUE(tcp) << tcp.error();
  EXPECT_EQ(tcp->tcp_type, "passive");
  EXPECT_EQ(parse_candidate(text_of(*tcp)), *tcp);
}

TEST(Candidate, ExtensionsAreReadOver) {
  const auto chrome = parse_candidate(
      "842163049 1 udp 1677729535 2001:db8::7 58577 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag vU+6 "
      "network-cost 999");
  ASSERT_TRUE(chrome) << chrome.error();
  EXPECT_EQ(chrome->address, "2001:db8::7");
  EXPECT_EQ(chrome->type, "srflx");
}

TEST(Candidate, WrongOnesGiveASentence) {
  for (const char* text : {"", "1", "1 1 udp", "1 0 udp 1 192.0.2.1 1 typ host", "1 257 udp 1 192.0.2.1 1 typ host",
                           "1 x udp 1 192.0.2.1 1 typ host", "1 1 udp 4294967296 192.0.2.1 1 typ host",
                           "1 1 udp -1 192.0.2.1 1 typ host", "1 1 udp 1 192.0.2.1 65536 typ host",
                           "1 1 udp 1 192.0.2.1 1", "1 1 udp 1 192.0.2.1 1 typ", "1 1 udp 1 192.0.2.1 1 host"}) {
    const auto candidate = parse_candidate(text);
    EXPECT_FALSE(candidate) << text;
    EXPECT_TRUE(candidate || !candidate.error().empty());
  }
}

}  // namespace
}  // namespace parley::sdp
