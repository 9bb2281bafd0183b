#include "sdp/attributes.hpp"

#include <gmock/gmock.h>

#include "sdp/limits.hpp"

namespace parley::sdp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename T>
std::string text(const T& value) {
  std::string out;
  append(out, value);
  return out;
}

template <typename T>
std::string normal(const Parsed<T>& parsed) {
  return parsed ? text(*parsed) : "error: " + parsed.error();
}

TEST(Direction, NamesAndReversal) {
  for (const auto direction : {Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive}) {
    EXPECT_EQ(direction_from_name(name(direction)), direction);
    EXPECT_EQ(reversed(reversed(direction)), direction);
  }
  EXPECT_EQ(reversed(Direction::SendOnly), Direction::RecvOnly);
  EXPECT_EQ(reversed(Direction::SendRecv), Direction::SendRecv);
  EXPECT_EQ(direction_from_name("SendRecv"), std::nullopt);
  EXPECT_EQ(direction_from_name(""), std::nullopt);
}

TEST(Setup, EveryRole) {
  for (const auto setup : {Setup::Active, Setup::Passive, Setup::ActPass, Setup::HoldConn}) {
    EXPECT_EQ(parse_setup(name(setup)), setup);
  }
  EXPECT_FALSE(parse_setup("both"));
  EXPECT_FALSE(parse_setup(""));
}

TEST(RtpMapLine, KeepsWhatItSays) {
  EXPECT_EQ(parse_rtp_map("111 opus/48000/2"), (RtpMap{111, "opus", 48000, 2}));
  EXPECT_EQ(parse_rtp_map("96 VP8/90000"), (RtpMap{96, "VP8", 90000, 1}));
  EXPECT_EQ(normal(parse_rtp_map("9 G722/8000/1")), "9 G722/8000");
  EXPECT_EQ(normal(parse_rtp_map("111  opus/48000/2")), "111 opus/48000/2");
}

TEST(RtpMapLine, Refusals) {
  for (const char* line : {"", "128 VP8/90000", "-1 VP8/90000", "x VP8/90000", "96", "96 VP8", "96 VP8/", "96 /90000",
                           "96 VP8/fast", "96 VP8/4294967296", "96 opus/48000/256", "96 opus/48000/two"}) {
    EXPECT_FALSE(parse_rtp_map(line)) << line;
  }
  EXPECT_THAT(parse_rtp_map("128 VP8/90000").error(), HasSubstr("\"128\" is not a payload type"));
}

TEST(FmtpLine, SplitsParameters) {
  const auto fmtp = parse_fmtp("102 level-asymmetry-allowed=1; Packetization-Mode = 1;;flag;profile-level-id=42001f");
  ASSERT_TRUE(fmtp);
  EXPECT_EQ(fmtp->payload_type, 102);
  EXPECT_EQ(find_parameter(fmtp->parameters, "packetization-mode"), "1");
  EXPECT_EQ(find_parameter(fmtp->parameters, "PROFILE-LEVEL-ID"), "42001f");
  EXPECT_EQ(find_parameter(fmtp->parameters, "flag"), "");
  EXPECT_EQ(find_parameter(fmtp->parameters, "profile"), std::nullopt);
  EXPECT_EQ(split_parameters(fmtp->parameters).size(), 4u);
  EXPECT_THAT(split_parameters(""), IsEmpty());
  EXPECT_FALSE(parse_fmtp("webrtc-datachannel max-message-size=1"));
  EXPECT_EQ(normal(parse_fmtp("63 111/111")), "63 111/111");
}

TEST(RtcpFeedbackLine, OfOneTypeOrAll) {
  EXPECT_EQ(parse_rtcp_feedback("96 nack pli"), (RtcpFeedback{96, "nack pli"}));
  EXPECT_EQ(parse_rtcp_feedback("* ccm fir"), (RtcpFeedback{std::nullopt, "ccm fir"}));
  EXPECT_EQ(normal(parse_rtcp_feedback("* ccm fir")), "* ccm fir");
  for (const char* line : {"", "96", "** nack", "200 nack"}) EXPECT_FALSE(parse_rtcp_feedback(line)) << line;
}

TEST(ExtMapLine, DirectionAndParameters) {
  EXPECT_EQ(parse_ext_map("3 urn:x"), (ExtMap{3, std::nullopt, "urn:x", ""}));
  EXPECT_EQ(parse_ext_map("8/sendonly https://x y z"), (ExtMap{8, Direction::SendOnly, "https://x", "y z"}));
  EXPECT_EQ(normal(parse_ext_map("8/sendonly https://x y z")), "8/sendonly https://x y z");
  EXPECT_TRUE(parse_ext_map("4351 urn:x"));
  for (const char* line : {"", "0 urn:x", "4352 urn:x", "x urn:x", "3", "3/both urn:x", "3/sendonly"}) {
    EXPECT_FALSE(parse_ext_map(line)) << line;
  }
}

TEST(SsrcLines, AttributesAndGroups) {
  EXPECT_EQ(parse_ssrc("4294967295 cname:a b:c"), (SsrcAttribute{4294967295, "cname", "a b:c"}));
  EXPECT_EQ(normal(parse_ssrc("1 flag")), "1 flag");
  for (const char* line : {"", "1", "4294967296 cname:x", "x cname:x", "1 :x"}) EXPECT_FALSE(parse_ssrc(line)) << line;
  EXPECT_EQ(parse_ssrc_group("FID 1 2"), (SsrcGroup{"FID", {1, 2}}));
  EXPECT_EQ(normal(parse_ssrc_group("SIM 1 2 3")), "SIM 1 2 3");
  for (const char* line : {"", "FID 1 x", "FID -1"}) EXPECT_FALSE(parse_ssrc_group(line)) << line;
}

TEST(RidLine, DirectionAndRestrictions) {
  EXPECT_EQ(parse_rid("q send"), (Rid{"q", Rid::Direction::Send, ""}));
  EXPECT_EQ(parse_rid("hi_1-x recv pt=96,97;max-width=1280"),
            (Rid{"hi_1-x", Rid::Direction::Recv, "pt=96,97;max-width=1280"}));
  EXPECT_EQ(normal(parse_rid("q recv pt=96")), "q recv pt=96");
  for (const char* line : {"", "q", "q sendrecv", "ä send", "a.b send", "~q send"})
    EXPECT_FALSE(parse_rid(line)) << line;
  EXPECT_FALSE(parse_rid(std::string(256, 'a') + " send"));
}

TEST(SimulcastLine, StreamsAlternativesAndPauses) {
  const auto simulcast = parse_simulcast("send q;~h;f,g recv a");
  ASSERT_TRUE(simulcast);
  using A = Simulcast::Alternative;
  EXPECT_THAT(simulcast->send, ElementsAre(ElementsAre(A{"q", false}), ElementsAre(A{"h", true}),
                                           ElementsAre(A{"f", false}, A{"g", false})));
  EXPECT_THAT(simulcast->recv, ElementsAre(ElementsAre(A{"a", false})));
  EXPECT_EQ(text(*simulcast), "send q;~h;f,g recv a");
  EXPECT_EQ(normal(parse_simulcast("recv 1;2;3")), "recv 1;2;3");
  for (const char* line :
       {"", "send", "send ;", "send q;;f", "send q send f", "send rid=q;h", "sendrecv q", "send q,~", "q;h"}) {
    EXPECT_FALSE(parse_simulcast(line)) << line;
  }
}

TEST(SimulcastLine, RidsAreBounded) {
  std::string line = "send a";
  for (size_t i = 1; i < kMaxSimulcastRids; ++i) line += i % 2 ? ";a" : ",a";
  EXPECT_TRUE(parse_simulcast(line));
  EXPECT_THAT(parse_simulcast(line + ";a").error(), HasSubstr("too many rids"));
}

TEST(GroupLine, MidsAreBounded) {
  EXPECT_EQ(parse_group("BUNDLE 0 1 x"), (Group{"BUNDLE", {"0", "1", "x"}}));
  EXPECT_EQ(normal(parse_group("BUNDLE")), "BUNDLE");
  EXPECT_FALSE(parse_group(""));
  std::string line = "BUNDLE";
  for (size_t i = 0; i < kMaxListItems; ++i) line += " 1";
  EXPECT_TRUE(parse_group(line));
  EXPECT_FALSE(parse_group(line + " 1"));
  std::string ssrcs = "FID";
  for (size_t i = 0; i < kMaxListItems; ++i) ssrcs += " 1";
  EXPECT_TRUE(parse_ssrc_group(ssrcs));
  EXPECT_FALSE(parse_ssrc_group(ssrcs + " 1"));
}

TEST(MsidLine, TrackMayBeMissing) {
  EXPECT_EQ(parse_msid("- abc"), (Msid{"-", "abc"}));
  EXPECT_EQ(normal(parse_msid("s")), "s");
  EXPECT_FALSE(parse_msid(""));
}

TEST(FingerprintLine, HexadecimalOfAnyCase) {
  EXPECT_EQ(parse_fingerprint("SHA-256 0a:fF"), (Fingerprint{"sha-256", {0x0A, 0xFF}}));
  EXPECT_EQ(normal(parse_fingerprint("sha-256 0a:ff")), "sha-256 0A:FF");
  for (const char* line :
       {"", "sha-256", "sha-256 0", "sha-256 0a:f", "sha-256 0a0b", "sha-256 0g", "sha-256 0a::0b"}) {
    EXPECT_FALSE(parse_fingerprint(line)) << line;
  }
}

TEST(FingerprintLine, DigestIsBounded) {
  std::string line = "sha-512 00";
  for (size_t i = 1; i < kMaxDigestSize; ++i) line += ":00";
  EXPECT_TRUE(parse_fingerprint(line));
  EXPECT_FALSE(parse_fingerprint(line + ":00"));
}

}  // namespace
}  // namespace parley::sdp
