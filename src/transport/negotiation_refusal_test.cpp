// Every reason for which an offer is refused as a whole.
#include <gmock/gmock.h>

#include <functional>

#include "transport/negotiation.hpp"
#include "transport/negotiation/test_offer.hpp"

namespace parley::transport {
namespace {

using test::Server;
using test::small_offer;
using testing::HasSubstr;

struct Refusal {
  const char* name;
  std::function<void(sdp::SessionDescription&, OfferContext&)> change;
  std::optional<size_t> line;
  const char* message;
  bool second = false;  ///< refused only as the second offer of a connection, after the small one
};
void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

using Offer = sdp::SessionDescription;
using Context = OfferContext;
const auto seat = [](std::vector<SeatLines> seats) { return [seats](Offer&, Context& c) { c.seats = seats; }; };

const Refusal kRefusals[] = {
    {"NoSections", [](Offer& o, Context&) { o.media.clear(); }, {}, "no m-section"},
    {"IceLite", [](Offer& o, Context&) { o.ice_lite = true; }, {}, "ICE-lite"},
    {"LongMid", [](Offer& o, Context&) { o.media[2].mid = "12345678901234567"; }, 2, "longer than 16 characters"},
    {"MidTwice", [](Offer& o, Context&) { o.media[2].mid = "a"; }, 2, "mid \"a\" stands twice"},
    {"NoMid", [](Offer& o, Context&) { o.media[2].mid = ""; }, 2, "has no mid"},
    {"Protocol", [](Offer& o, Context&) { o.media[1].protocol = "RTP/AVP"; }, 1, "protocol is RTP/AVP"},
    {"NoRtcpMux", [](Offer& o, Context&) { o.media[1].rtcp_mux = false; }, 1, "a=rtcp-mux"},
    {"NoBundle", [](Offer& o, Context&) { o.groups.clear(); }, {}, "no BUNDLE group"},
    {"OtherGroup", [](Offer& o, Context&) { o.groups[0].semantics = "LS"; }, {}, "no BUNDLE group"},
    {"UnknownMidInBundle",
     [](Offer& o, Context&) { o.groups[0].mids.push_back("x"); },
     {},
     "mid \"x\", which no m-section"},
    {"MidTwiceInBundle", [](Offer& o, Context&) { o.groups[0].mids.push_back("v"); }, 1, "mid \"v\" twice"},
    {"OutsideOfBundle", [](Offer& o, Context&) { o.groups[0].mids.pop_back(); }, 3, "not in the BUNDLE group"},
    {"TwoBundles", [](Offer& o, Context&) { o.groups = {{"BUNDLE", {"a", "v"}}, {"BUNDLE", {"ra", "rv"}}}; }, 2,
     "not in the BUNDLE group"},
    {"NoUfrag", [](Offer& o, Context&) { o.transport.ice_ufrag.reset(); }, 0, "no ICE credentials"},
    {"NoPwd", [](Offer& o, Context&) { o.transport.ice_pwd.reset(); }, 0, "no ICE credentials"},
    {"ShortUfrag", [](Offer& o, Context&) { o.transport.ice_ufrag = "abc"; }, 0, "wrong size or character"},
    {"LongUfrag", [](Offer& o, Context&) { o.transport.ice_ufrag = std::string(257, 'a'); }, 0,
     "wrong size or character"},
    {"ShortPwd", [](Offer& o, Context&) { o.transport.ice_pwd = std::string(21, 'a'); }, 0, "wrong size or character"},
    {"LongPwd", [](Offer& o, Context&) { o.transport.ice_pwd = std::string(257, 'a'); }, 0, "wrong size or character"},
    {"UfragCharacter", [](Offer& o, Context&) { o.transport.ice_ufrag = "ab:d"; }, 0, "wrong size or character"},
    {"NoFingerprint", [](Offer& o, Context&) { o.transport.fingerprints.clear(); }, 0, "no DTLS fingerprint"},
    {"WeakFingerprint", [](Offer& o, Context&) { o.transport.fingerprints = {{"sha-1", std::vector<uint8_t>(20)}}; }, 0,
     "no DTLS fingerprint"},
    {"ShortFingerprint", [](Offer& o, Context&) { o.transport.fingerprints[0].digest.pop_back(); }, 0,
     "no DTLS fingerprint"},
    {"NoSetup", [](Offer& o, Context&) { o.transport.setup.reset(); }, 0, "no DTLS role"},
    {"HoldConn", [](Offer& o, Context&) { o.transport.setup = sdp::Setup::HoldConn; }, 0, "no DTLS role"},
    {"NoCodec",
     [](Offer& o, Context&) {
       for (auto& m : o.media) m.rtp_maps.clear();
     },
     {},
     "no audio or video m-section"},
    {"AllStopped",
     [](Offer& o, Context&) {
       for (auto& m : o.media) m.port = 0;
     },
     {},
     "no audio or video m-section"},
    {"ExtensionIdOfTwoMeanings",
     [](Offer& o, Context&) {
       o.media[0].ext_maps = {{1, {}, "urn:x", ""}};
       o.media[1].ext_maps = {{1, {}, "urn:y", ""}};
     },
     1, "id 1 is urn:y here and urn:x before"},
    {"ExtensionOfTwoIds",
     [](Offer& o, Context&) {
       o.media[0].ext_maps = {{1, {}, std::string(rtp::uri(rtp::Extension::Mid)), ""}};
       o.media[1].ext_maps = {{2, {}, std::string(rtp::uri(rtp::Extension::Mid)), ""}};
     },
     1, "has the ids 1 and 2"},
    {"SeatUnknownMid", seat({{1, Mid("x"), Mid()}}), {}, "Seat 1 names mid \"x\", which no m-section has"},
    {"SeatTwice", seat({{1, Mid("ra"), Mid()}, {1, Mid(), Mid("rv")}}), {}, "Seat 1 stands twice"},
    {"SeatWrongKind", seat({{1, Mid("rv"), Mid()}}), 3, "an m-section of another kind as its audio"},
    {"SeatOnSendLine", seat({{1, Mid("ra"), Mid("v")}}), 1, "an m-section that only sends as its video"},
    {"SeatShared", seat({{1, Mid("ra"), Mid()}, {2, Mid("ra"), Mid()}}), 2,
     "Seat 2 names an m-section of another seat"},
    {"SeatStopped",
     [](Offer& o, Context& c) {
       o.media[3].port = 0;
       c.seats = {{1, Mid(), Mid("rv")}};
     },
     3, "a stopped m-section"},
    {"FewerSections",
     [](Offer& o, Context&) {
       o.media.pop_back();
       o.groups[0].mids.pop_back();
     },
     {},
     "fewer m-sections",
     true},
    {"MidChanged", [](Offer& o, Context&) { o.media[2].mid = o.groups[0].mids[2] = "z"; }, 2,
     "mid changed from \"ra\" to \"z\"", true},
    {"OrderChanged", [](Offer& o, Context&) { std::swap(o.media[0], o.media[2]); }, 0,
     "mid changed from \"a\" to \"ra\"", true},
    {"KindChanged", [](Offer& o, Context&) { o.media[2] = test::video_section("ra", sdp::Direction::RecvOnly); }, 2,
     "changed from audio to video", true},
    {"FingerprintChanged", [](Offer& o, Context&) { o.transport.fingerprints[0].digest[0] ^= 1; }, 0,
     "fingerprint changed", true},
    {"RoleChanged", [](Offer& o, Context&) { o.transport.setup = sdp::Setup::Passive; }, 0, "DTLS role changed", true},
};

class Refuses : public testing::TestWithParam<Refusal> {};

TEST_P(Refuses, WithSectionAndSentence) {
  const Refusal& refusal = GetParam();
  auto offer = small_offer();
  OfferContext context = test::context();
  refusal.change(offer, context);
  Server server;
  if (refusal.second) {
    ASSERT_TRUE(Server().accept(offer, context)) << "would be refused as a first offer as well";
    ASSERT_TRUE(server.accept(small_offer()));
  }
  const auto answer = server.accept(offer, context);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().line, refusal.line) << answer.error().message;
  EXPECT_THAT(answer.error().message, HasSubstr(refusal.message));
  EXPECT_THAT(answer.error().message, testing::EndsWith("."));
  EXPECT_TRUE(server.accept(small_offer())) << "a refusal must not spoil the connection";
}

INSTANTIATE_TEST_SUITE_P(Each, Refuses, testing::ValuesIn(kRefusals),
                         [](const auto& refusal) { return std::string(refusal.param.name); });

TEST(Refuses, TextThatIsNoSdp) {
  Server server;
  for (const std::string& text : {std::string(), std::string("{\"type\":\"offer\"}"), std::string(2000000, 'x')}) {
    const auto answer = server.accept(text);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().line, std::nullopt);
  }
  const auto answer = server.accept(sdp::serialize(small_offer()) + "a=rtpmap:x\r\n");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, testing::MatchesRegex("Line [0-9]+ of the offer a=rtpmap: \"x\" is not.*"));
}

TEST(Refuses, AnOfferThatEndsAnywhere) {
  const std::string whole = test::recorded_offer("firefox_session_1_first");
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto answer = Server().accept(whole.substr(0, size));
    if (!answer) {
      EXPECT_FALSE(answer.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace parley::transport
