// Offers of real browsers: what the answer and the description make of them.
#include <gmock/gmock.h>

#include <algorithm>

#include "transport/negotiation.hpp"
#include "transport/negotiation/test_offer.hpp"

namespace parley::transport {
namespace {

using rtp::Extension;
using test::recorded_offer;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// The seats of the recorded offers: mids 4 and 5, 6 and 7, …
std::vector<SeatLines> seats(uint32_t first, int first_mid, int count) {
  std::vector<SeatLines> result;
  for (int i = 0; i < count; ++i) {
    const int mid = first_mid + 2 * i;
    result.push_back({first + static_cast<uint32_t>(i), Mid(std::to_string(mid)), Mid(std::to_string(mid + 1))});
  }
  return result;
}

struct Agreed {
  Answer answer;
  sdp::SessionDescription sdp;  ///< of the answer
  const Line& line(size_t i) const { return answer.description.lines.at(i); }
};

Agreed agree(test::Server& server, std::string_view name, std::vector<SeatLines> with_seats) {
  auto answer = server.accept(recorded_offer(name), test::context(std::move(with_seats)));
  if (!answer) {
    ADD_FAILURE() << name << ": " << answer.error().message;
    return {};
  }
  auto parsed = sdp::parse(answer->sdp);
  EXPECT_TRUE(parsed) << name;
  return {*std::move(answer), parsed.value_or(sdp::SessionDescription())};
}

Agreed agree(std::string_view name) {
  test::Server server;
  return agree(server, name, seats(1, 4, 5));
}

/// "codec/payload type/rtx/format", in order.
std::vector<std::string> codecs(const Line& line) {
  std::vector<std::string> result;
  for (const CodecBinding& codec : line.codecs) {
    result.push_back(std::string(rtp::encoding_name(codec.codec)) + '/' + std::to_string(codec.payload_type.value()) +
                     '/' + (codec.rtx_payload_type ? std::to_string(codec.rtx_payload_type->value()) : "-") + '/' +
                     codec.format);
  }
  return result;
}

std::vector<Extension> extensions(const Line& line) {
  std::vector<Extension> result;
  for (size_t i = 0; i < rtp::kExtensionCount; ++i) {
    if (line.extensions[i]) result.push_back(static_cast<Extension>(i));
  }
  return result;
}

class EveryBrowser : public testing::TestWithParam<const char*> {};

TEST_P(EveryBrowser, GetsItsLinesSeatsAndTransport) {
  const Agreed agreed = agree(GetParam());
  const auto& lines = agreed.answer.description.lines;
  ASSERT_GE(lines.size(), 14u);
  ASSERT_EQ(agreed.sdp.media.size(), lines.size());
  std::vector<uint32_t> ssrcs;
  for (size_t i = 0; i < 14; ++i) {
    const sdp::MediaSection& media = agreed.sdp.media[i];
    EXPECT_EQ(lines[i].mid, Mid(std::to_string(i)));
    EXPECT_EQ(media.mid, std::to_string(i));
    EXPECT_EQ(media.direction, i < 4 ? sdp::Direction::RecvOnly : sdp::Direction::SendOnly);
    EXPECT_EQ(lines[i].direction, i < 4 ? Direction::Receive : Direction::Send);
    EXPECT_TRUE(media.rtcp_mux && lines[i].extensions[static_cast<size_t>(Extension::Mid)]);
    EXPECT_EQ(media.candidates.size(), i == 0 ? 2u : 0u);
    EXPECT_EQ(media.end_of_candidates, i == 0);
    EXPECT_EQ(media.transport.setup, sdp::Setup::Passive);
    EXPECT_EQ(media.transport.ice_ufrag, agreed.answer.description.local_ice.ufrag);
    EXPECT_EQ(media.port, 50000);
    EXPECT_FALSE(lines[i].codecs.empty());
    EXPECT_EQ(lines[i].ssrcs.has_value(), i >= 4);
    if (i < 4) continue;
    const std::string seat = "seat-" + std::to_string((i - 4) / 2 + 1);
    EXPECT_THAT(media.msids, ElementsAre(sdp::Msid{seat, seat + (i % 2 ? "-video" : "-audio")}));
    EXPECT_EQ(lines[i].ssrcs->rtx.has_value(), i % 2 == 1);
    ssrcs.push_back(lines[i].ssrcs->media.value());
    if (lines[i].ssrcs->rtx) ssrcs.push_back(lines[i].ssrcs->rtx->value());
  }
  std::ranges::sort(ssrcs);
  EXPECT_EQ(std::ranges::adjacent_find(ssrcs), ssrcs.end());
  EXPECT_TRUE(agreed.sdp.ice_lite);
  EXPECT_THAT(
      agreed.sdp.groups,
      ElementsAre(sdp::Group{"BUNDLE", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"}}));
  const Description& description = agreed.answer.description;
  EXPECT_GE(description.local_ice.ufrag.size(), 8u);
  EXPECT_GE(description.local_ice.pwd.size(), 24u);
  EXPECT_THAT(description.remote_fingerprints, SizeIs(1));
  EXPECT_FALSE(description.dtls_active || agreed.answer.ice_restarted);
}

INSTANTIATE_TEST_SUITE_P(Recorded, EveryBrowser,
                         testing::Values("chrome_vp8_simulcast", "chrome_vp9_svc", "chrome_data_channel",
                                         "chrome_h264_simulcast", "firefox_simulcast"));

TEST(Chrome, Vp8SimulcastWithEveryCodec) {
  const Agreed agreed = agree("chrome_vp8_simulcast");
  EXPECT_THAT(codecs(agreed.line(0)), ElementsAre("opus/111/-/"));
  EXPECT_THAT(codecs(agreed.line(1)),
              ElementsAre("VP8/96/97/", "H264/102/103/baseline/1", "H264/104/107/baseline/0",
                          "H264/108/109/constrained-baseline/1", "H264/114/115/constrained-baseline/0",
                          "H264/116/117/main/1", "H264/39/40/main/0", "AV1/45/46/0", "VP9/98/99/0", "VP9/100/101/2"));
  EXPECT_THAT(agreed.sdp.media[1].formats,
              ElementsAre("96", "97", "102", "103", "104", "107", "108", "109", "114", "115", "116", "117", "39", "40",
                          "45", "46", "98", "99", "100", "101"));
  // VP9 profiles 1 and 3 and AV1 profile 1, which Chrome can only receive, are left out.
  EXPECT_THAT(codecs(agreed.line(5)),
              ElementsAre("VP8/96/97/", "VP9/98/99/0", "VP9/100/101/2", "H264/102/103/baseline/1",
                          "H264/104/107/baseline/0", "H264/108/109/constrained-baseline/1",
                          "H264/114/115/constrained-baseline/0", "H264/116/117/main/1", "H264/39/40/main/0",
                          "H264/41/42/high-4:4:4-predictive/1", "H264/43/44/high-4:4:4-predictive/0", "AV1/45/46/0"));
  EXPECT_THAT(agreed.line(1).rids, ElementsAre("q", "h", "f"));
  EXPECT_EQ(agreed.line(1).announced_ssrcs, std::nullopt);
  EXPECT_THAT(agreed.sdp.media[1].rids,
              ElementsAre(sdp::Rid{"q", sdp::Rid::Direction::Recv, ""}, sdp::Rid{"h", sdp::Rid::Direction::Recv, ""},
                          sdp::Rid{"f", sdp::Rid::Direction::Recv, ""}));
  EXPECT_EQ(agreed.sdp.media[1].simulcast, (sdp::Simulcast{{}, {{{"q"}}, {{"h"}}, {{"f"}}}}));
  for (const CodecBinding& codec : agreed.line(1).codecs) EXPECT_TRUE(codec.nack && codec.transport_cc);
  EXPECT_EQ(agreed.sdp.media[1].fmtp_parameters(102),
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f");
  EXPECT_EQ(agreed.sdp.media[0].fmtp_parameters(111), "minptime=10;useinbandfec=1");
}

TEST(Chrome, FeedbackAndHeaderExtensions) {
  const Agreed agreed = agree("chrome_vp8_simulcast");
  std::vector<std::string> vp8;
  for (const sdp::RtcpFeedback& feedback : agreed.sdp.media[1].feedback) {
    if (feedback.payload_type == 96) vp8.push_back(feedback.value);
  }
  EXPECT_THAT(vp8, ElementsAre("transport-cc", "ccm fir", "nack", "nack pli"));  // no goog-remb beside transport-cc
  EXPECT_THAT(extensions(agreed.line(0)),
              ElementsAre(Extension::Mid, Extension::AudioLevel, Extension::AbsSendTime, Extension::TransportSequence));
  EXPECT_THAT(extensions(agreed.line(1)),
              ElementsAre(Extension::Mid, Extension::Rid, Extension::RepairedRid, Extension::AbsSendTime,
                          Extension::TransportSequence, Extension::DependencyDescriptor, Extension::VideoOrientation,
                          Extension::PlayoutDelay, Extension::VideoContentType, Extension::ColorSpace));
  EXPECT_THAT(extensions(agreed.line(5)),  // one layer is sent: no rid
              ElementsAre(Extension::Mid, Extension::AbsSendTime, Extension::TransportSequence,
                          Extension::DependencyDescriptor, Extension::VideoOrientation, Extension::PlayoutDelay,
                          Extension::VideoContentType, Extension::ColorSpace));
  const rtp::ExtensionMap& ids = agreed.answer.description.extensions;
  EXPECT_EQ(ids.id(Extension::AudioLevel), 1);
  EXPECT_EQ(ids.id(Extension::Mid), 4);
  EXPECT_EQ(ids.id(Extension::DependencyDescriptor), 12);
  EXPECT_EQ(ids.id(Extension::TransmissionOffset), 0);
  EXPECT_EQ(ids.id(Extension::VideoTiming), 0);
  EXPECT_EQ(ids.id(Extension::VideoLayersAllocation), 0);
  EXPECT_TRUE(agreed.sdp.extmap_allow_mixed);
  EXPECT_TRUE(agreed.answer.description.reduced_size_rtcp);
}

TEST(Chrome, Vp9Svc) {
  const Agreed agreed = agree("chrome_vp9_svc");
  EXPECT_THAT(codecs(agreed.line(1)), ElementsAre("VP9/98/99/0", "VP9/100/101/2"));
  EXPECT_THAT(agreed.line(1).rids, IsEmpty());
  ASSERT_TRUE(agreed.line(1).announced_ssrcs);
  EXPECT_EQ(agreed.line(1).announced_ssrcs->media, Ssrc(1148292382));
  EXPECT_EQ(agreed.line(1).announced_ssrcs->rtx, Ssrc(3854546253));
  EXPECT_TRUE(agreed.line(1).extensions[static_cast<size_t>(Extension::DependencyDescriptor)]);
}

TEST(Chrome, DataChannelIsAnsweredWithPortZero) {
  const Agreed agreed = agree("chrome_data_channel");
  ASSERT_THAT(agreed.sdp.media, SizeIs(15));
  const sdp::MediaSection& data = agreed.sdp.media[14];
  EXPECT_EQ(data.kind, "application");
  EXPECT_EQ(data.port, 0);
  EXPECT_EQ(data.mid, "14");
  EXPECT_THAT(data.formats, ElementsAre("webrtc-datachannel"));
  EXPECT_EQ(agreed.line(14).direction, Direction::Inactive);
  EXPECT_THAT(agreed.line(14).codecs, IsEmpty());
}

TEST(Firefox, BundleOnlySectionsAndDirectedExtensions) {
  const Agreed agreed = agree("firefox_simulcast");
  EXPECT_THAT(codecs(agreed.line(1)), ElementsAre("VP8/120/124/", "VP9/121/125/0", "AV1/99/100/0"));
  EXPECT_THAT(agreed.line(1).rids, ElementsAre("q", "h", "f"));
  EXPECT_EQ(agreed.line(1).announced_ssrcs,
            std::nullopt);  // Firefox lists all its layers' SSRCs; rids say which is which
  EXPECT_THAT(extensions(agreed.line(1)),
              ElementsAre(Extension::Mid, Extension::Rid, Extension::RepairedRid, Extension::AbsSendTime,
                          Extension::TransportSequence, Extension::DependencyDescriptor));
  EXPECT_THAT(extensions(agreed.line(5)), ElementsAre(Extension::Mid, Extension::AbsSendTime,
                                                      Extension::TransportSequence, Extension::PlayoutDelay));
  const auto& maps = agreed.sdp.media[1].ext_maps;
  const auto dd = std::ranges::find(maps, 8, &sdp::ExtMap::id);
  ASSERT_NE(dd, maps.end());
  EXPECT_EQ(dd->direction, sdp::Direction::RecvOnly);  // offered as sendonly
  EXPECT_FALSE(agreed.sdp.extmap_allow_mixed);         // Firefox says it in each section
  EXPECT_TRUE(agreed.sdp.media[1].extmap_allow_mixed);
  EXPECT_FALSE(agreed.answer.description.reduced_size_rtcp);  // not in its audio sections
  EXPECT_TRUE(agreed.sdp.media[1].rtcp_rsize);
  EXPECT_EQ(agreed.sdp.media[0].fmtp_parameters(109), "maxplaybackrate=48000;stereo=1;useinbandfec=1");
  EXPECT_EQ(agreed.sdp.media[1].fmtp_parameters(120), "");  // max-fs and max-fr are Firefox's own limits
}

// --- one peer connection over its life ------------------------------------------------------------------------------

class Session : public testing::TestWithParam<const char*> {
 protected:
  Agreed next(std::string_view step, std::vector<SeatLines> with) {
    return agree(server_, GetParam() + ("_session_" + std::string(step)), std::move(with));
  }
  static SeatLines seat(uint32_t number, const char* audio, const char* video) {
    return {number, Mid(audio), Mid(video)};
  }
  test::Server server_;
};

TEST_P(Session, GrowsRestartsStopsAndRecycles) {
  const Agreed first = next("1_first", {seat(1, "2", "3")});
  EXPECT_THAT(first.answer.description.lines, SizeIs(4));

  const Agreed grown = next("2_more_seats", {seat(1, "2", "3"), seat(2, "4", "5")});
  ASSERT_THAT(grown.answer.description.lines, SizeIs(6));
  EXPECT_FALSE(grown.answer.ice_restarted);
  EXPECT_EQ(grown.answer.description.local_ice, first.answer.description.local_ice);
  EXPECT_EQ(grown.answer.description.cname, first.answer.description.cname);
  EXPECT_EQ(grown.line(3).ssrcs->media, first.line(3).ssrcs->media);
  EXPECT_EQ(grown.sdp.origin.session_id, first.sdp.origin.session_id);
  EXPECT_EQ(grown.sdp.origin.session_version, first.sdp.origin.session_version + 1);
  EXPECT_EQ(grown.sdp.media[5].msids.front().stream, "seat-2");

  const Agreed restarted = next("3_ice_restart", {seat(1, "2", "3"), seat(2, "4", "5")});
  EXPECT_TRUE(restarted.answer.ice_restarted);
  EXPECT_NE(restarted.answer.description.local_ice.ufrag, grown.answer.description.local_ice.ufrag);
  EXPECT_NE(restarted.answer.description.local_ice.pwd, grown.answer.description.local_ice.pwd);
  EXPECT_NE(restarted.answer.description.remote_ice, grown.answer.description.remote_ice);
  EXPECT_EQ(restarted.line(5).ssrcs->media, grown.line(5).ssrcs->media);

  const Agreed stopped = next("4_stopped", {seat(2, "4", "5")});
  EXPECT_FALSE(stopped.answer.ice_restarted);
  EXPECT_EQ(stopped.sdp.media[2].port, 0);
  EXPECT_EQ(stopped.line(2).direction, Direction::Inactive);
  EXPECT_THAT(stopped.line(3).codecs, IsEmpty());
  EXPECT_THAT(stopped.sdp.groups.front().mids, ElementsAre("0", "1", "4", "5"));

  const Agreed recycled = next("5_recycled", {seat(2, "4", "5"), seat(3, "6", "7")});
  ASSERT_THAT(recycled.answer.description.lines, SizeIs(6));
  EXPECT_EQ(recycled.line(2).mid, Mid("6"));
  EXPECT_EQ(recycled.line(3).direction, Direction::Send);
  EXPECT_NE(recycled.line(3).ssrcs->media, restarted.line(3).ssrcs->media);
  EXPECT_EQ(recycled.line(5).ssrcs->media, grown.line(5).ssrcs->media);
  EXPECT_EQ(recycled.sdp.media[3].msids.front().stream, "seat-3");
}

INSTANTIATE_TEST_SUITE_P(Recorded, Session, testing::Values("chrome", "firefox"));

TEST(Chrome, PausedLayerIsStillALayer) {
  test::Server server;
  ASSERT_THAT(recorded_offer("chrome_session_6_paused_layer"), testing::HasSubstr("a=simulcast:send q;h;~f"));
  const Agreed agreed = agree(server, "chrome_session_6_paused_layer", {});
  EXPECT_THAT(agreed.line(1).rids, ElementsAre("q", "h", "f"));
  EXPECT_THAT(agreed.answer.sdp, testing::HasSubstr("a=simulcast:recv q;h;f\r\n"));
}

}  // namespace
}  // namespace parley::transport
