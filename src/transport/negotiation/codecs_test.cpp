#include "transport/negotiation/codecs.hpp"

#include <gmock/gmock.h>

#include "transport/negotiation/test_offer.hpp"

namespace parley::transport::negotiation {
namespace {

using rtp::Codec;
using rtp::MediaKind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// RFC 6184 section 8.1, table 5; the first four as Chrome and Firefox offer them.
TEST(H264Profile, ByIdcAndConstraintFlags) {
  const std::pair<const char*, const char*> table[] = {
      {"42001f", "baseline"},
      {"42e01f", "constrained-baseline"},
      {"4d001f", "main"},
      {"f4001f", "high-4:4:4-predictive"},
      {"42000a", "baseline"},
      {"42400a", "constrained-baseline"},
      {"4d8033", "constrained-baseline"},
      {"4d4028", "main"},
      {"58c01e", "constrained-baseline"},
      {"58801e", "baseline"},
      {"58001e", "extended"},
      {"64001f", "high"},
      {"640c1f", "constrained-high"},
      {"64001F", "high"},
      {"6e001f", "high-10"},
      {"7a001f", "high-4:2:2"},
      {"530C1f", "530c"},
      {"42011f", "4201"},
  };
  for (const auto& [id, profile] : table) EXPECT_EQ(h264_profile(id), profile) << id;
  for (const char* id : {"", "42001", "42001f0", "42001g", "0x001f", "-2001f"})
    EXPECT_EQ(h264_profile(id), std::nullopt) << id;
}

TEST(Format, H264ByProfileAndMode) {
  EXPECT_EQ(agree_on_format(Codec::H264, "")->key, "baseline/0");
  EXPECT_EQ(agree_on_format(Codec::H264, "packetization-mode=1;profile-level-id=42e034")->key,
            "constrained-baseline/1");
  EXPECT_EQ(agree_on_format(Codec::H264, "profile-level-id=42e01f;packetization-mode=1;sprop-parameter-sets=Z0==")
                ->parameters,
            "profile-level-id=42e01f;packetization-mode=1");
  EXPECT_FALSE(agree_on_format(Codec::H264, "packetization-mode=2;profile-level-id=42e01f"));
  EXPECT_FALSE(agree_on_format(Codec::H264, "profile-level-id=42"));
}

TEST(Format, Vp9AndAv1ByProfile) {
  EXPECT_EQ(agree_on_format(Codec::Vp9, "")->key, "0");
  EXPECT_EQ(agree_on_format(Codec::Vp9, "")->parameters, "");
  EXPECT_EQ(agree_on_format(Codec::Vp9, "profile-id=2")->parameters, "profile-id=2");
  EXPECT_FALSE(agree_on_format(Codec::Vp9, "profile-id=1"));
  EXPECT_FALSE(agree_on_format(Codec::Vp9, "profile-id=3"));
  EXPECT_EQ(agree_on_format(Codec::Av1, "level-idx=5;profile=0;tier=0")->parameters, "level-idx=5;profile=0;tier=0");
  EXPECT_FALSE(agree_on_format(Codec::Av1, "profile=1"));
}

TEST(Format, OpusPassesWishesThrough) {
  EXPECT_EQ(
      agree_on_format(Codec::Opus, "minptime=10; useinbandfec=1;usedtx=1;stereo=1;sprop-stereo=1;x=y")->parameters,
      "minptime=10;useinbandfec=1;usedtx=1;stereo=1");
  EXPECT_EQ(agree_on_format(Codec::Opus, "stereo=1\tx;usedtx=;minptime=12345678901234567")->parameters, "");
  EXPECT_EQ(agree_on_format(Codec::Vp8, "max-fs=12288")->parameters, "");
}

struct Agreed {
  sdp::MediaSection answer;
  std::vector<CodecBinding> bindings;
};
Agreed agree(const sdp::MediaSection& offered, MediaKind kind = MediaKind::Video, bool transport_sequence = true) {
  Agreed result;
  result.bindings = agree_on_codecs(offered, kind, transport_sequence, result.answer);
  return result;
}

sdp::MediaSection vp8() { return test::video_section("v", sdp::Direction::SendOnly); }

TEST(Codecs, RtxNeedsItsCodecAndNack) {
  EXPECT_EQ(agree(vp8()).bindings.at(0).rtx_payload_type, PayloadType(97));
  auto without_nack = vp8();
  without_nack.feedback.erase(without_nack.feedback.begin());
  EXPECT_EQ(agree(without_nack).bindings.at(0).rtx_payload_type, std::nullopt);
  EXPECT_THAT(agree(without_nack).answer.formats, ElementsAre("96"));
  for (const char* parameters : {"apt=98", "apt=x", "apt=97", "rtx-time=100", ""}) {
    auto wrong = vp8();
    wrong.fmtps = {{97, parameters}};
    EXPECT_EQ(agree(wrong).bindings.at(0).rtx_payload_type, std::nullopt) << parameters;
  }
  auto rate = vp8();
  rate.rtp_maps[1].clock_rate = 48000;
  EXPECT_EQ(agree(rate).bindings.at(0).rtx_payload_type, std::nullopt);
}

TEST(Codecs, RtxMayStandBeforeItsCodecAndOnce) {
  auto offered = vp8();
  offered.formats = {"99", "97", "96", "98"};
  offered.rtp_maps.push_back({98, "rtx", 90000, 1});
  offered.fmtps.push_back({98, "apt=96"});
  const auto agreed = agree(offered);
  EXPECT_THAT(agreed.answer.formats, ElementsAre("97", "96"));
  EXPECT_EQ(agreed.bindings.at(0).rtx_payload_type, PayloadType(97));
  EXPECT_EQ(agreed.answer.fmtp_parameters(97), "apt=96");
}

TEST(Codecs, OnlyWhatIsExactlyOurs) {
  const sdp::RtpMap wrong[] = {{96, "VP8", 48000, 1},       {96, "VP8", 90000, 2}, {96, "H265", 90000, 1},
                               {96, "opus", 48000, 2},      {96, "red", 90000, 1}, {96, "ulpfec", 90000, 1},
                               {96, "flexfec-03", 90000, 1}};
  for (const sdp::RtpMap& map : wrong) {
    auto offered = vp8();
    offered.rtp_maps[0] = map;
    EXPECT_THAT(agree(offered).bindings, IsEmpty()) << map.encoding;
    EXPECT_THAT(agree(offered).answer.formats, IsEmpty());
  }
  auto mono = test::audio_section("a", sdp::Direction::SendOnly);
  mono.rtp_maps[0].channels = 1;
  EXPECT_THAT(agree(mono, MediaKind::Audio).bindings, IsEmpty());
  auto lower_case = vp8();
  lower_case.rtp_maps[0].encoding = "vp8";
  EXPECT_THAT(agree(lower_case).bindings, SizeIs(1));
}

TEST(Codecs, PayloadTypesThatRtcpUsesAreRefused) {  // RFC 5761 section 4
  for (const auto& [type, accepted] :
       {std::pair{63, true}, {64, false}, {95, false}, {96, true}, {127, true}, {0, true}}) {
    auto offered = vp8();
    offered.formats = {std::to_string(type)};
    offered.rtp_maps = {{static_cast<uint8_t>(type), "VP8", 90000, 1}};
    EXPECT_EQ(agree(offered).bindings.size(), accepted ? 1u : 0u) << type;
  }
}

TEST(Codecs, FormatsWithoutMapTwiceOrStrange) {
  auto offered = vp8();
  offered.formats = {"x", "128", "-1", "96", "96", "97", "97", "100"};
  EXPECT_THAT(agree(offered).answer.formats, ElementsAre("96", "97"));
  EXPECT_THAT(agree(offered).bindings, SizeIs(1));
}

std::vector<std::string> values(const Agreed& agreed) {
  std::vector<std::string> result;
  for (const auto& feedback : agreed.answer.feedback)
    result.push_back(std::to_string(*feedback.payload_type) + ' ' + feedback.value);
  return result;
}

TEST(Feedback, WildcardsAreSpelledOutOnce) {
  auto offered = vp8();
  offered.feedback = {{std::nullopt, "nack"},    {96, "nack"},     {96, "nack rpsi"}, {97, "nack"},
                      {std::nullopt, "ccm fir"}, {96, "ccm tmmbr"}};
  EXPECT_THAT(values(agree(offered)), ElementsAre("96 nack", "96 ccm fir"));
}

TEST(Feedback, RembOnlyWithoutTransportCc) {
  auto offered = vp8();
  offered.feedback = {{96, "goog-remb"}, {96, "transport-cc"}};
  EXPECT_THAT(values(agree(offered)), ElementsAre("96 transport-cc"));
  EXPECT_TRUE(agree(offered).bindings.at(0).transport_cc);
  // Without the header extension there is nothing that transport-cc could report.
  EXPECT_THAT(values(agree(offered, MediaKind::Video, false)), ElementsAre("96 goog-remb"));
  EXPECT_FALSE(agree(offered, MediaKind::Video, false).bindings.at(0).transport_cc);
  offered.feedback.pop_back();
  EXPECT_THAT(values(agree(offered)), ElementsAre("96 goog-remb"));
}

}  // namespace
}  // namespace parley::transport::negotiation
