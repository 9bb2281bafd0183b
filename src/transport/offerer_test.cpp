#include "transport/offerer.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "sdp/session_description.hpp"
#include "transport/negotiation.hpp"
#include "transport/negotiation/test_offer.hpp"

namespace parley::transport {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<CodecOffer> kAudio = receivable_codecs(rtp::MediaKind::Audio);
const std::vector<CodecOffer> kVideo = receivable_codecs(rtp::MediaKind::Video);
const CodecOffer kVp8{rtp::Codec::Vp8, ""};
const CodecOffer kH264{rtp::Codec::H264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"};

constexpr uint8_t kMicrophone = 0;
constexpr uint8_t kCamera = 1;
constexpr uint8_t kSeatAudio = 2;
constexpr uint8_t kSeatVideo = 3;

// Sends a microphone and a camera in three layers, and has a seat.
struct Party {
  Party() {
    offerer.add_send_line({rtp::MediaKind::Audio, kAudio});
    offerer.add_send_line({rtp::MediaKind::Video, {kVp8, kH264}, {"q", "h", "f"}, "camera"});
    add_seat();
  }
  void add_seat() {
    const auto audio = offerer.mid(offerer.add_receive_line(rtp::MediaKind::Audio, kAudio));
    const auto video = offerer.mid(offerer.add_receive_line(rtp::MediaKind::Video, kVideo));
    seats.push_back({static_cast<uint32_t>(seats.size() + 1), audio, video});
  }
  struct Agreement {
    std::string offer;
    Answer answer;  // of the server
    Description client;
  };
  // A whole round of negotiation, which must go well.
  Agreement negotiate() {
    std::string text = offerer.offer();
    auto answer = server.accept(text, test::context(seats));
    EXPECT_TRUE(answer) << answer.error().message;
    if (!answer) return {};
    auto description = offerer.accept(answer->sdp);
    EXPECT_TRUE(description) << description.error().message;
    return {std::move(text), *std::move(answer), description ? *std::move(description) : Description{}};
  }

  Offerer offerer{{.fingerprint = {"sha-256", std::vector<uint8_t>(32, 7)}, .rng = Rng(5)}};
  test::Server server;
  std::vector<SeatLines> seats;
};

sdp::SessionDescription parsed(const std::string& text) { return sdp::parse(text).value(); }

bool same(const CodecBinding& a, const CodecBinding& b) {
  return a.codec == b.codec && a.payload_type == b.payload_type && a.rtx_payload_type == b.rtx_payload_type &&
         a.format == b.format && a.nack == b.nack && a.transport_cc == b.transport_cc;
}

TEST(Offerer, BothSidesAgreeOnTheSame) {
  Party party;
  const auto agreed = party.negotiate();
  const Description& server = agreed.answer.description;
  const Description& client = agreed.client;
  EXPECT_EQ(client.local_ice, server.remote_ice);
  EXPECT_EQ(client.remote_ice, server.local_ice);
  EXPECT_THAT(client.remote_fingerprints, ElementsAre((Fingerprint{"sha-256", std::vector<uint8_t>(32, 0xA5)})));
  EXPECT_TRUE(client.dtls_active);
  EXPECT_FALSE(server.dtls_active);
  EXPECT_EQ(client.extensions, server.extensions);
  EXPECT_TRUE(client.reduced_size_rtcp);
  ASSERT_EQ(client.lines.size(), server.lines.size());
  for (size_t i = 0; i < client.lines.size(); ++i) {
    const Line& ours = client.lines[i];
    const Line& theirs = server.lines[i];
    EXPECT_EQ(ours.mid, theirs.mid);
    EXPECT_EQ(ours.kind, theirs.kind);
    EXPECT_EQ(ours.direction, theirs.direction == Direction::Send ? Direction::Receive : Direction::Send);
    ASSERT_EQ(ours.codecs.size(), theirs.codecs.size());
    for (size_t c = 0; c < ours.codecs.size(); ++c)
      EXPECT_TRUE(same(ours.codecs[c], theirs.codecs[c])) << i << ' ' << c;
    EXPECT_EQ(ours.extensions, theirs.extensions) << i;
  }
}

TEST(Offerer, LayersAndSsrcsOfWhatIsSent) {
  Party party;
  const auto agreed = party.negotiate();
  const Line& camera = agreed.client.lines[kCamera];
  EXPECT_THAT(camera.rids, ElementsAre("q", "h", "f"));
  EXPECT_EQ(agreed.answer.description.lines[kCamera].rids, camera.rids);
  ASSERT_EQ(camera.upper_ssrcs.size(), 2u);
  std::vector<uint32_t> ssrcs;
  for (const StreamSsrcs& layer : {*camera.ssrcs, camera.upper_ssrcs[0], camera.upper_ssrcs[1]}) {
    ssrcs.push_back(layer.media.value());
    ssrcs.push_back(layer.rtx.value().value());
  }
  const Line& microphone = agreed.client.lines[kMicrophone];
  ssrcs.push_back(microphone.ssrcs->media.value());
  EXPECT_FALSE(microphone.ssrcs->rtx) << "no codec of it is repaired";
  EXPECT_EQ(agreed.answer.description.lines[kMicrophone].announced_ssrcs->media, microphone.ssrcs->media);
  std::sort(ssrcs.begin(), ssrcs.end());
  EXPECT_EQ(std::unique(ssrcs.begin(), ssrcs.end()), ssrcs.end());
}

TEST(Offerer, SeatsKnowTheSsrcsThatTheServerAnnounced) {
  Party party;
  const auto agreed = party.negotiate();
  for (const uint8_t line : {kSeatAudio, kSeatVideo}) {
    const Line& ours = agreed.client.lines[line];
    const Line& theirs = agreed.answer.description.lines[line];
    ASSERT_TRUE(ours.announced_ssrcs && theirs.ssrcs);
    EXPECT_EQ(ours.announced_ssrcs->media, theirs.ssrcs->media);
    EXPECT_EQ(ours.announced_ssrcs->rtx, theirs.ssrcs->rtx);
    EXPECT_FALSE(ours.ssrcs);
  }
}

TEST(Offerer, TheServersCandidatesAreRead) {
  Party party;
  EXPECT_THAT(
      party.negotiate().client.remote_candidates,
      ElementsAre((ice::RemoteCandidate{
                      Path::Protocol::Udp, {IpAddress::v4(0xc0000207), 50000}, ice::candidate_priority(126, 0xffff)}),
                  (ice::RemoteCandidate{Path::Protocol::Tcp,
                                        {IpAddress::v4(0xc0000207), 50000},
                                        ice::candidate_priority(90, 4 << 13 | 0x1ffe)})));
}

// RFC 8829 section 5.2.1, and what other servers look for.
TEST(Offerer, OffersAsABrowserDoes) {
  Party party;
  party.offerer.set_candidates({{LocalCandidate::Kind::UdpHost, "192.0.2.44", 4000}});
  const sdp::SessionDescription offer = parsed(party.offerer.offer());
  EXPECT_THAT(offer.groups, ElementsAre(sdp::Group{"BUNDLE", {"0", "1", "2", "3"}}));
  EXPECT_TRUE(offer.extmap_allow_mixed);
  EXPECT_FALSE(offer.ice_lite);
  for (const sdp::MediaSection& section : offer.media) {
    EXPECT_EQ(section.protocol, "UDP/TLS/RTP/SAVPF");
    EXPECT_EQ(section.port, 9);
    EXPECT_EQ(section.transport.setup, sdp::Setup::ActPass);
    EXPECT_EQ(section.transport.ice_ufrag, offer.media[0].transport.ice_ufrag);
    EXPECT_THAT(section.transport.ice_options, ElementsAre("trickle", "ice2"));
    EXPECT_THAT(section.transport.fingerprints, SizeIs(1));
    EXPECT_TRUE(section.rtcp_mux && section.rtcp_rsize);
    EXPECT_FALSE(section.ext_maps.empty());
    for (const std::string& format : section.formats) {
      EXPECT_NE(section.find_rtp_map(static_cast<uint8_t>(std::stoi(format))), nullptr);
    }
  }
  EXPECT_THAT(offer.media[0].candidates, ElementsAre("1 1 udp 2130706431 192.0.2.44 4000 typ host"));
  EXPECT_THAT(offer.media[1].candidates, IsEmpty());
  EXPECT_EQ(offer.media[kMicrophone].direction, sdp::Direction::SendOnly);
  EXPECT_EQ(offer.media[kSeatVideo].direction, sdp::Direction::RecvOnly);
  EXPECT_THAT(offer.media[kMicrophone].ssrcs, SizeIs(2));
  EXPECT_THAT(offer.media[kCamera].rids, SizeIs(3));
  EXPECT_THAT(offer.media[kCamera].ssrcs, IsEmpty());
  EXPECT_EQ(offer.media[kCamera].msids.at(0).stream, "camera");
  EXPECT_THAT(offer.media[kSeatVideo].msids, IsEmpty());
}

TEST(Offerer, EqualCodecsHaveOnePayloadTypeForGood) {
  Party party;
  const auto first = parsed(party.negotiate().offer);
  party.add_seat();
  const auto second = parsed(party.negotiate().offer);
  ASSERT_EQ(second.media.size(), 6u);
  for (size_t i = 0; i < first.media.size(); ++i) EXPECT_EQ(second.media[i].rtp_maps, first.media[i].rtp_maps);
  EXPECT_EQ(second.media[5].rtp_maps, first.media[kSeatVideo].rtp_maps);
  EXPECT_EQ(first.media[kCamera].formats[0], first.media[kSeatVideo].formats[0]);
  EXPECT_EQ(second.origin.session_id, first.origin.session_id);
  EXPECT_EQ(second.origin.session_version, first.origin.session_version + 1);
}

TEST(Offerer, GrowsRestartsAndStops) {
  Party party;
  const auto first = party.negotiate();
  party.add_seat();
  const auto grown = party.negotiate();
  EXPECT_EQ(grown.client.lines.size(), 6u);
  EXPECT_EQ(grown.client.local_ice, first.client.local_ice);
  EXPECT_EQ(grown.client.lines[kCamera].ssrcs->media, first.client.lines[kCamera].ssrcs->media);
  EXPECT_EQ(grown.client.lines[kSeatVideo].announced_ssrcs->media,
            first.client.lines[kSeatVideo].announced_ssrcs->media);

  party.offerer.restart_ice();
  const auto restarted = party.negotiate();
  EXPECT_TRUE(restarted.answer.ice_restarted);
  EXPECT_NE(restarted.client.local_ice, first.client.local_ice);
  EXPECT_NE(restarted.client.remote_ice, first.client.remote_ice);
  EXPECT_EQ(restarted.client.cname, first.client.cname);

  party.offerer.stop(kSeatVideo);
  party.seats[0].video_mid = Mid();
  const auto stopped = party.negotiate();
  EXPECT_EQ(stopped.client.lines[kSeatVideo].direction, Direction::Inactive);
  EXPECT_THAT(stopped.client.lines[kSeatVideo].codecs, IsEmpty());
  EXPECT_EQ(stopped.client.lines[5].direction, Direction::Receive);
}

TEST(Offerer, RepairedAudioIsNegotiatedToo) {
  Party party;
  CodecOffer opus = kAudio[0];
  opus.repair = true;
  const uint8_t line = party.offerer.add_send_line({rtp::MediaKind::Audio, {opus}});
  const Line agreed = party.negotiate().client.lines[line];
  EXPECT_TRUE(agreed.codecs.at(0).nack);
  EXPECT_TRUE(agreed.codecs.at(0).rtx_payload_type);
  EXPECT_TRUE(agreed.ssrcs->rtx);
}

// An answer of the server's with something changed.
struct Answered : Party {
  Answered() : answer(parsed(server.accept(offerer.offer(), test::context(seats)).value().sdp)) {}
  std::expected<Description, NegotiationError> accept() { return offerer.accept(sdp::serialize(answer)); }
  sdp::SessionDescription answer;
};

TEST(Offerer, WithoutSimulcastThereIsOneStream) {
  Answered party;
  party.answer.media[kCamera].simulcast.reset();
  party.answer.media[kCamera].rids.clear();
  const Line line = party.accept().value().lines[kCamera];
  EXPECT_THAT(line.rids, IsEmpty());
  EXPECT_TRUE(line.ssrcs);
  EXPECT_THAT(line.upper_ssrcs, IsEmpty());
}

TEST(Offerer, LayersThatTheServerLeavesOutAreNotSent) {
  Answered party;
  party.answer.media[kCamera].simulcast->recv = {{{"h", false}}, {{"f", true}}};
  const Line line = party.accept().value().lines[kCamera];
  EXPECT_THAT(line.rids, ElementsAre("h", "f"));
  EXPECT_THAT(line.upper_ssrcs, SizeIs(1));
}

TEST(Offerer, RejectedLinesArePlaceholders) {
  Answered party;
  party.answer.media[kCamera].port = 0;
  party.answer.groups[0].mids = {"0", "2", "3"};
  party.answer.media[kSeatAudio].direction = sdp::Direction::Inactive;
  const auto lines = party.accept().value().lines;
  EXPECT_EQ(lines[kCamera].direction, Direction::Inactive);
  EXPECT_THAT(lines[kCamera].codecs, IsEmpty());
  EXPECT_EQ(lines[kSeatAudio].direction, Direction::Inactive);
  EXPECT_EQ(lines[kSeatVideo].direction, Direction::Receive);
}

TEST(Offerer, CodecsOfTheAnswerCountInItsOrder) {
  Answered party;
  auto& camera = party.answer.media[kCamera];
  ASSERT_EQ(camera.formats.size(), 4u);
  std::swap(camera.formats[0], camera.formats[2]);
  std::swap(camera.formats[1], camera.formats[3]);
  EXPECT_EQ(party.accept().value().lines[kCamera].codecs.at(0).codec, rtp::Codec::H264);

  Answered other;  // the payload type of VP8 has become another codec's, which we did not offer there
  for (sdp::RtpMap& map : other.answer.media[kCamera].rtp_maps) {
    if (map.encoding == "VP8") map.encoding = "VP9";
  }
  const auto codecs = other.accept().value().lines[kCamera].codecs;
  ASSERT_THAT(codecs, SizeIs(1));
  EXPECT_EQ(codecs[0].codec, rtp::Codec::H264);
}

// As a server with full ICE and one codec may answer, WHIP (RFC 9725) style.
TEST(Offerer, TakesTheAnswerOfAnotherKindOfServer) {
  Offerer offerer({.fingerprint = {"sha-256", std::vector<uint8_t>(32, 7)}, .rng = Rng(1)});
  offerer.add_send_line({rtp::MediaKind::Audio, kAudio});
  offerer.add_send_line({rtp::MediaKind::Video, {kVp8}});
  const std::string vp8 = parsed(offerer.offer()).media[1].formats[0];
  const std::string opus = parsed(offerer.offer()).media[0].formats[0];
  std::string fingerprint = "sha-256 00";
  for (int i = 1; i < 32; ++i) fingerprint += ":00";
  const std::string answer =
      "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=fingerprint:" + fingerprint +
      "\r\na=setup:active\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF " +
      opus +
      "\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n"
      "a=rtpmap:" +
      opus +
      " opus/48000/2\r\n"
      "a=candidate:1 1 udp 2130706431 198.51.100.1 9000 typ host\r\n"
      "a=candidate:2 2 udp 2130706430 198.51.100.1 9001 typ host\r\n"
      "a=candidate:3 1 udp 1694498815 203.0.113.9 9000 typ srflx raddr 198.51.100.1 rport 9000\r\n"
      "a=candidate:4 1 tcp 1694498815 203.0.113.9 9 typ host tcptype active\r\n"
      "a=candidate:5 1 udp 1694498815 f0e1d2.local 9000 typ host\r\n"
      "m=video 9 UDP/TLS/RTP/SAVPF " +
      vp8 +
      "\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=recvonly\r\na=rtcp-mux\r\n"
      "a=rtpmap:" +
      vp8 + " VP8/90000\r\na=rtcp-fb:" + vp8 + " nack pli\r\n";
  const auto description = offerer.accept(answer);
  ASSERT_TRUE(description) << description.error().message;
  EXPECT_FALSE(description->dtls_active);
  EXPECT_FALSE(description->reduced_size_rtcp);
  EXPECT_EQ(description->remote_ice.ufrag, "abcd");
  EXPECT_THAT(description->remote_candidates, SizeIs(2));
  const Line& video = description->lines[1];
  EXPECT_EQ(video.direction, Direction::Send);
  EXPECT_FALSE(video.codecs.at(0).nack || video.codecs.at(0).rtx_payload_type || video.codecs.at(0).transport_cc);
  EXPECT_FALSE(video.ssrcs->rtx) << "no retransmission was agreed on";
}

struct Damage {
  const char* name;
  void (*change)(sdp::SessionDescription&);
  const char* message;
};
void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }
class DamagedAnswer : public testing::TestWithParam<Damage> {};

TEST_P(DamagedAnswer, IsRefusedWithASentenceAndChangesNothing) {
  Answered party;
  const sdp::SessionDescription good = party.answer;
  GetParam().change(party.answer);
  const auto refused = party.accept();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(GetParam().message));
  EXPECT_EQ(refused.error().message.back(), '.');
  party.answer = good;
  EXPECT_TRUE(party.accept());
}

INSTANTIATE_TEST_SUITE_P(
    Answers, DamagedAnswer,
    testing::Values(
        Damage{"sections", [](auto& a) { a.media.pop_back(); }, "3 m-sections"},
        Damage{"kind", [](auto& a) { a.media[0].kind = "video"; }, "audio in the offer and video in the answer"},
        Damage{"mid", [](auto& a) { a.media[1].mid = "7"; }, "mid \"7\""},
        Damage{"mux", [](auto& a) { a.media[1].rtcp_mux = false; }, "a=rtcp-mux"},
        Damage{"bundle", [](auto& a) { a.groups.clear(); }, "answer has no BUNDLE group"},
        Damage{"unbundled", [](auto& a) { a.groups[0].mids.pop_back(); }, "not in the BUNDLE group"},
        Damage{"nothing",
               [](auto& a) {
                 for (auto& m : a.media) m.port = 0;
               },
               "rejects all media"},
        Damage{"ufrag", [](auto& a) { a.media[0].transport.ice_ufrag.reset(); }, "answer has no ICE credentials"},
        Damage{"fingerprint", [](auto& a) { a.media[0].transport.fingerprints.clear(); }, "no DTLS fingerprint"},
        Damage{"setup", [](auto& a) { a.media[0].transport.setup = sdp::Setup::ActPass; }, "leaves the DTLS role open"},
        Damage{"no role", [](auto& a) { a.media[0].transport.setup.reset(); }, "has no DTLS role"},
        Damage{"candidates", [](auto& a) { a.media[0].candidates.clear(); }, "no ICE candidate"}));

TEST(Offerer, TextThatIsNoAnswerIsRefused) {
  Party party;
  EXPECT_THAT(party.offerer.accept("v=0\r\n").error().message, HasSubstr("There is no offer"));
  party.offerer.offer();
  EXPECT_THAT(party.offerer.accept("v=0\r\nnonsense\r\n").error().message, HasSubstr("Line 2 of the answer"));
  EXPECT_THAT(party.offerer.accept("").error().message, HasSubstr("The answer"));
  const auto good = party.negotiate();
  EXPECT_THAT(party.offerer.accept(good.answer.sdp).error().message, HasSubstr("There is no offer")) << "one each";
}

TEST(Offerer, WhatTheAssociationSettledStays) {
  Party party;
  party.negotiate();
  const auto answered = [&](auto&& change) {
    auto answer = parsed(party.server.accept(party.offerer.offer(), test::context(party.seats)).value().sdp);
    for (sdp::MediaSection& section : answer.media) change(section.transport);
    return party.offerer.accept(sdp::serialize(answer)).error().message;
  };
  EXPECT_THAT(answered([](auto& t) { t.fingerprints[0].digest[0] ^= 1; }), HasSubstr("fingerprint changed"));
  EXPECT_THAT(answered([](auto& t) { t.setup = sdp::Setup::Active; }), HasSubstr("role changed"));
  EXPECT_THAT(answered([](auto& t) { t.ice_ufrag = "other"; }), HasSubstr("which the offer does not"));
  party.offerer.restart_ice();
  const std::string old = party.negotiate().client.remote_ice.ufrag;
  party.offerer.restart_ice();
  const std::string pwd = party.offerer.offer();  // refused on the way; the next one restarts too
  const auto restarted = party.negotiate();
  EXPECT_TRUE(restarted.answer.ice_restarted);
  EXPECT_NE(restarted.client.remote_ice.ufrag, old);
}

TEST(Offerer, ALostAnswerIsMadeUpForByTheNext) {
  Party party;
  party.negotiate();
  party.offerer.restart_ice();
  ASSERT_TRUE(party.server.accept(party.offerer.offer(), test::context(party.seats)));
  party.add_seat();
  const auto next = party.negotiate();
  EXPECT_FALSE(next.answer.ice_restarted) << "the server restarted with the offer before";
  EXPECT_EQ(next.client.local_ice, next.answer.description.remote_ice);
  EXPECT_EQ(next.client.remote_ice, next.answer.description.local_ice);
}

TEST(Offerer, AsManyLinesAsThereCanBe) {
  Offerer offerer({.fingerprint = {"sha-256", std::vector<uint8_t>(32, 7)}, .rng = Rng(1)});
  for (int i = 0; i < 256; ++i) offerer.add_receive_line(rtp::MediaKind::Video, {kVp8});
  EXPECT_EQ(offerer.mid(255).value(), "255");
  test::Server server;
  const auto answer = server.accept(offerer.offer());
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_TRUE(offerer.accept(answer->sdp));
  EXPECT_DEATH(offerer.add_receive_line(rtp::MediaKind::Video, {kVp8}), "");
}

}  // namespace
}  // namespace parley::transport
