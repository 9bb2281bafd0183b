// The answerer's rules on a small offer that each test changes.
#include "transport/negotiation.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <unordered_set>

#include "sdp/limits.hpp"
#include "transport/negotiation/test_offer.hpp"

namespace parley::transport {
namespace {

using test::context;
using test::Server;
using test::small_offer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

sdp::SessionDescription parsed(const Answer& answer) { return sdp::parse(answer.sdp).value(); }

TEST(Answer, WholeText) {
  Server server;
  auto offer = small_offer();
  offer.media.resize(2);
  offer.groups.front().mids.resize(2);
  offer.media[0].direction = sdp::Direction::RecvOnly;
  const Answer answer = server.accept(offer, context({{3, Mid("a"), Mid()}})).value();
  const Description& d = answer.description;
  const std::string ssrc = std::to_string(d.lines[0].ssrcs->media.value());
  std::string print = "A5";
  for (int i = 1; i < 32; ++i) print += ":A5";
  const std::string transport = "a=ice-ufrag:" + d.local_ice.ufrag + "\r\na=ice-pwd:" + d.local_ice.pwd +
                                "\r\na=fingerprint:sha-256 " + print + "\r\na=setup:passive\r\n";
  EXPECT_EQ(answer.sdp,
            "v=0\r\no=- " + std::to_string(parsed(answer).origin.session_id) +
                " 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a v\r\na=ice-lite\r\n"
                "m=audio 50000 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 192.0.2.7\r\na=mid:a\r\n" +
                transport +
                "a=candidate:1 1 udp 2130706431 192.0.2.7 50000 typ host\r\n"
                "a=candidate:2 1 tcp 1520434943 192.0.2.7 50000 typ host tcptype passive\r\na=end-of-candidates\r\n"
                "a=sendonly\r\na=rtcp-mux\r\na=msid:seat-3 seat-3-audio\r\na=rtpmap:111 opus/48000/2\r\n"
                "a=ssrc:" +
                ssrc + " cname:" + d.cname +
                "\r\n"
                "m=video 50000 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 192.0.2.7\r\na=mid:v\r\n" +
                transport +
                "a=recvonly\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
                "a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 ccm fir\r\n");
  EXPECT_EQ(d.remote_ice, (IceParameters{"abcd", "0123456789012345678901"}));
}

TEST(Answer, DirectionsOfEveryKindOfLine) {
  struct Case {
    std::optional<sdp::Direction> offered;
    bool in_seat;
    Direction line;
    sdp::Direction answered;
  };
  using enum sdp::Direction;
  for (const Case& c :
       {Case{SendOnly, false, Direction::Receive, RecvOnly}, Case{RecvOnly, false, Direction::Send, SendOnly},
        Case{RecvOnly, true, Direction::Send, SendOnly}, Case{Inactive, false, Direction::Inactive, Inactive},
        Case{Inactive, true, Direction::Inactive, Inactive}, Case{SendRecv, false, Direction::Receive, RecvOnly},
        Case{SendRecv, true, Direction::Send, SendOnly}, Case{std::nullopt, false, Direction::Receive, RecvOnly}}) {
    Server server;
    auto offer = small_offer();
    offer.media[3].direction = c.offered;
    const auto answer = server.accept(
        offer, context(c.in_seat ? std::vector<SeatLines>{{1, Mid(), Mid("rv")}} : std::vector<SeatLines>()));
    ASSERT_TRUE(answer) << answer.error().message;
    const Line& line = answer->description.lines[3];
    EXPECT_EQ(line.direction, c.line);
    EXPECT_EQ(parsed(*answer).media[3].direction, c.answered);
    EXPECT_EQ(line.ssrcs.has_value(), c.line == Direction::Send);
    EXPECT_EQ(parsed(*answer).media[3].ssrcs.size(), c.line == Direction::Send ? 2u : 0u);
  }
}

TEST(Answer, DirectionMayStandAtSessionLevel) {
  Server server;
  auto offer = small_offer();
  offer.direction = sdp::Direction::RecvOnly;
  offer.media[1].direction.reset();
  EXPECT_EQ(server.accept(offer)->description.lines[1].direction, Direction::Send);
}

TEST(Answer, DtlsRoles) {
  for (const auto& [offered, answered] : {std::pair{sdp::Setup::ActPass, sdp::Setup::Passive},
                                          {sdp::Setup::Active, sdp::Setup::Passive},
                                          {sdp::Setup::Passive, sdp::Setup::Active}}) {
    Server server;
    auto offer = small_offer();
    offer.transport.setup = offered;
    const Answer first = server.accept(offer).value();
    EXPECT_EQ(parsed(first).media[0].transport.setup, answered);
    EXPECT_EQ(first.description.dtls_active, answered == sdp::Setup::Active);
    // Later offers are actpass again, and the association keeps its roles (RFC 8842 section 5.5).
    offer.transport.setup = sdp::Setup::ActPass;
    const Answer second = server.accept(offer).value();
    EXPECT_EQ(parsed(second).media[0].transport.setup, answered);
    EXPECT_EQ(second.description.dtls_active, first.description.dtls_active);
  }
}

TEST(Answer, SectionOverridesSession) {
  Server server;
  auto offer = small_offer();
  offer.media[0].transport.ice_ufrag = "section";
  offer.media[0].transport.fingerprints = {{"sha-1", std::vector<uint8_t>(20, 1)},
                                           {"sha-384", std::vector<uint8_t>(48, 2)}};
  const Answer answer = server.accept(offer).value();
  EXPECT_EQ(answer.description.remote_ice, (IceParameters{"section", "0123456789012345678901"}));
  EXPECT_THAT(answer.description.remote_fingerprints, ElementsAre(Fingerprint{"sha-384", std::vector<uint8_t>(48, 2)}));
}

TEST(Answer, TransportIsThatOfTheFirstLiveSectionOfTheBundle) {
  Server server;
  auto offer = small_offer();
  offer.groups.front().mids = {"d", "v", "ra", "rv", "a"};
  offer.media.push_back(
      {.kind = "application", .port = 9, .protocol = "UDP/DTLS/SCTP", .formats = {"webrtc-datachannel"}, .mid = "d"});
  offer.media[1].transport.ice_ufrag = "tagged";
  const Answer answer = server.accept(offer).value();
  EXPECT_EQ(answer.description.remote_ice.ufrag, "tagged");
  EXPECT_THAT(parsed(answer).groups.front().mids, ElementsAre("v", "ra", "rv", "a"));
  EXPECT_THAT(parsed(answer).media[1].candidates, SizeIs(2));
  EXPECT_THAT(parsed(answer).media[0].candidates, IsEmpty());
}

TEST(Answer, OneSectionNeedsNoBundle) {
  Server server;
  auto offer = small_offer();
  offer.groups.clear();
  offer.media.resize(1);
  const Answer answer = server.accept(offer).value();
  EXPECT_THAT(parsed(answer).groups, IsEmpty());
}

TEST(Answer, UnsupportedSectionsGetPortZero) {
  Server server;
  auto offer = small_offer();
  offer.media[0].rtp_maps = {{111, "G722", 8000, 1}};
  offer.media[1].kind = "image";
  offer.media[2].port = 0;
  const Answer answer = server.accept(offer).value();
  const auto sdp = parsed(answer);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sdp.media[i].port, 0) << i;
    EXPECT_EQ(sdp.media[i].mid, offer.media[i].mid);
    EXPECT_THAT(sdp.media[i].formats, ElementsAre(offer.media[i].formats.front()));
    EXPECT_EQ(answer.description.lines[i].direction, Direction::Inactive);
    EXPECT_THAT(answer.description.lines[i].codecs, IsEmpty());
  }
  EXPECT_THAT(sdp.groups.front().mids, ElementsAre("rv"));
  EXPECT_EQ(answer.description.lines[3].direction, Direction::Send);
}

TEST(Answer, BundleOnlyIsNotStopped) {
  Server server;
  auto offer = small_offer();
  offer.media[1].port = 0;
  offer.media[1].bundle_only = true;
  EXPECT_EQ(server.accept(offer)->description.lines[1].direction, Direction::Receive);
}

TEST(Answer, ExtensionsOfSessionAndSection) {
  Server server;
  auto offer = small_offer();
  offer.ext_maps = {{4, std::nullopt, std::string(rtp::uri(rtp::Extension::Mid)), ""}};
  offer.media[1].ext_maps = {
      {5, sdp::Direction::SendOnly, std::string(rtp::uri(rtp::Extension::DependencyDescriptor)), ""}};
  offer.media[3].ext_maps = offer.media[1].ext_maps;
  const Answer answer = server.accept(offer).value();
  EXPECT_EQ(answer.description.extensions.id(rtp::Extension::Mid), 4);
  EXPECT_EQ(answer.description.extensions.id(rtp::Extension::DependencyDescriptor), 5);
  const auto dd = static_cast<size_t>(rtp::Extension::DependencyDescriptor);
  EXPECT_TRUE(answer.description.lines[1].extensions[dd]);
  EXPECT_FALSE(answer.description.lines[3].extensions[dd]);
  EXPECT_THAT(parsed(answer).media[3].ext_maps, SizeIs(1));
}

TEST(Answer, InactiveSimulcastLineKeepsItsLayers) {
  Server server;
  auto offer = small_offer();
  offer.media[1].direction = sdp::Direction::Inactive;
  offer.media[1].rids = {{"q", sdp::Rid::Direction::Send, ""}, {"f", sdp::Rid::Direction::Send, ""}};
  offer.media[1].simulcast = sdp::parse_simulcast("send q;f").value();
  const Answer answer = server.accept(offer).value();
  EXPECT_THAT(answer.sdp, HasSubstr("a=simulcast:recv q;f"));
  EXPECT_EQ(answer.description.lines[1].direction, Direction::Inactive);
}

TEST(Answer, OfferedSsrcs) {
  Server server;
  auto offer = small_offer();
  offer.media[0].ssrcs = {{5, "cname", "x"}, {6, "cname", "x"}};
  offer.media[1].ssrcs = {{7, "cname", "x"}, {8, "cname", "x"}};
  offer.media[1].ssrc_groups = {{"SIM", {7, 9}}, {"FID", {7}}, {"FID", {7, 8}}, {"FID", {9, 10}}};
  const Answer answer = server.accept(offer).value();
  EXPECT_EQ(answer.description.lines[0].announced_ssrcs->media, Ssrc(5));
  EXPECT_EQ(answer.description.lines[0].announced_ssrcs->rtx, std::nullopt);
  EXPECT_EQ(answer.description.lines[1].announced_ssrcs->media, Ssrc(7));
  EXPECT_EQ(answer.description.lines[1].announced_ssrcs->rtx, Ssrc(8));
  EXPECT_EQ(answer.description.lines[2].announced_ssrcs, std::nullopt);
}

TEST(Answer, OurSsrcsAvoidThoseOfTheOffer) {
  // What a server with the same randomness would choose is taken by the offer.
  Server twin;
  const Answer wanted = twin.accept(small_offer()).value();
  auto offer = small_offer();
  for (const size_t i : {2, 3})
    offer.media[0].ssrcs.push_back({wanted.description.lines[i].ssrcs->media.value(), "cname", "x"});
  Server server;
  const Answer answer = server.accept(offer).value();
  for (const size_t i : {2, 3}) {
    for (const size_t j : {2, 3}) {
      EXPECT_NE(answer.description.lines[i].ssrcs->media, wanted.description.lines[j].ssrcs->media);
    }
  }
}

TEST(Answer, WithoutCandidates) {
  Server server;
  auto without = context();
  without.candidates.clear();
  const auto sdp = parsed(server.accept(small_offer(), without).value());
  EXPECT_EQ(sdp.media[0].port, 9);
  EXPECT_EQ(sdp.media[0].connection, "IN IP4 0.0.0.0");
  EXPECT_TRUE(sdp.media[0].end_of_candidates);
}

TEST(Answer, LineOutsideOfSeatsHasItsOwnStream) {
  Server server;
  const auto sdp = parsed(server.accept(small_offer(), context({{9, Mid("ra"), Mid()}})).value());
  EXPECT_THAT(sdp.media[2].msids, ElementsAre(sdp::Msid{"seat-9", "seat-9-audio"}));
  EXPECT_THAT(sdp.media[3].msids, ElementsAre(sdp::Msid{"line-3", "line-3-video"}));
}

// --- later offers ---------------------------------------------------------------------------------------------------

TEST(Renegotiation, SameOfferChangesNothingButTheVersion) {
  Server server;
  const Answer first = server.accept(small_offer()).value();
  const Answer second = server.accept(small_offer()).value();
  auto sdp = parsed(second);
  EXPECT_EQ(sdp.origin.session_version, 2u);
  sdp.origin.session_version = 1;
  EXPECT_EQ(sdp, parsed(first));
  EXPECT_FALSE(second.ice_restarted);
}

TEST(Renegotiation, LineKeepsItsSsrcsThroughInactivity) {
  Server server;
  auto offer = small_offer();
  const auto ssrcs = server.accept(offer)->description.lines[3].ssrcs;
  offer.media[3].direction = sdp::Direction::Inactive;
  EXPECT_EQ(server.accept(offer)->description.lines[3].ssrcs.has_value(), false);
  offer.media[3].direction = sdp::Direction::RecvOnly;
  const auto again = server.accept(offer)->description.lines[3].ssrcs;
  EXPECT_EQ(again->media, ssrcs->media);
  EXPECT_EQ(again->rtx, ssrcs->rtx);
}

TEST(Renegotiation, EitherCredentialRestartsIce) {
  for (const bool only_password : {false, true}) {
    Server server;
    auto offer = small_offer();
    const Answer first = server.accept(offer).value();
    (only_password ? offer.transport.ice_pwd : offer.transport.ice_ufrag) = "abcdefghijklmnopqrstuvwx";
    const Answer second = server.accept(offer).value();
    EXPECT_TRUE(second.ice_restarted);
    EXPECT_NE(second.description.local_ice.ufrag, first.description.local_ice.ufrag);
    EXPECT_NE(second.description.local_ice.pwd, first.description.local_ice.pwd);
    EXPECT_FALSE(server.accept(offer)->ice_restarted);
  }
}

TEST(Renegotiation, StoppedPlaceTakesAnyKind) {
  Server server;
  auto offer = small_offer();
  const auto before = server.accept(offer)->description.lines[3].ssrcs;
  offer.media[3].port = 0;
  offer.groups.front().mids = {"a", "v", "ra"};
  ASSERT_TRUE(server.accept(offer));
  offer.media[3] = test::audio_section("new", sdp::Direction::RecvOnly);
  offer.groups.front().mids = {"a", "v", "ra", "new"};
  const auto line = server.accept(offer)->description.lines[3];
  EXPECT_EQ(line.kind, rtp::MediaKind::Audio);
  EXPECT_EQ(line.mid, Mid("new"));
  EXPECT_NE(line.ssrcs->media, before->media);
}

TEST(Renegotiation, StoppedMidThatComesBackIsANewLine) {
  Server server;
  auto offer = small_offer();
  const auto before = server.accept(offer)->description.lines[3].ssrcs;
  offer.media[3].port = 0;
  ASSERT_TRUE(server.accept(offer));
  offer.media[3].port = 9;
  EXPECT_NE(server.accept(offer)->description.lines[3].ssrcs->media, before->media);
}

TEST(Renegotiation, PlaceThatWeRejectedMayChange) {
  Server server;
  auto offer = small_offer();
  offer.media[1].rtp_maps[0].encoding = "H265";
  ASSERT_TRUE(server.accept(offer));
  offer.media[1] = test::video_section("v2", sdp::Direction::SendOnly);
  offer.groups.front().mids[1] = "v2";
  EXPECT_EQ(server.accept(offer)->description.lines[1].direction, Direction::Receive);
}

TEST(Renegotiation, RefusalLeavesEverythingAsItWas) {
  Server server;
  const Answer first = server.accept(small_offer()).value();
  auto bad = small_offer();
  test::append_section(bad, test::video_section("more", sdp::Direction::RecvOnly));
  bad.transport.ice_ufrag = "other";
  bad.media[4].rtcp_mux = false;
  ASSERT_FALSE(server.accept(bad));
  const Answer second = server.accept(small_offer()).value();
  EXPECT_FALSE(second.ice_restarted);
  EXPECT_EQ(parsed(second).origin.session_version, 2u);
  EXPECT_EQ(second.description.lines[3].ssrcs->media, first.description.lines[3].ssrcs->media);
}

// The largest pool that a description can hold: no two lines share an SSRC, and the answer can be parsed.
TEST(Limits, AsManyLinesAsThereCanBe) {
  Server server;
  auto offer = small_offer();
  std::vector<SeatLines> seats;
  while (offer.media.size() < sdp::kMaxMediaSections) {
    const std::string n = std::to_string(offer.media.size());
    test::append_section(offer, test::audio_section("a" + n, sdp::Direction::RecvOnly));
    test::append_section(offer, test::video_section("v" + n, sdp::Direction::RecvOnly));
    seats.push_back({static_cast<uint32_t>(seats.size()), Mid("a" + n), Mid("v" + n)});
  }
  const auto answer = server.accept(offer, context(seats));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(parsed(*answer).media, SizeIs(sdp::kMaxMediaSections));
  std::unordered_set<uint32_t> ssrcs;
  size_t count = 0;
  for (const Line& line : answer->description.lines) {
    if (!line.ssrcs) continue;
    ssrcs.insert(line.ssrcs->media.value());
    ++count;
    if (line.ssrcs->rtx) ++count, ssrcs.insert(line.ssrcs->rtx->value());
  }
  EXPECT_EQ(ssrcs.size(), count);
  EXPECT_EQ(count, 127u * 3);
}

}  // namespace
}  // namespace parley::transport
