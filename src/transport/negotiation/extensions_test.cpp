#include "transport/negotiation/extensions.hpp"

#include <gmock/gmock.h>

namespace parley::transport::negotiation {
namespace {

using rtp::Extension;
using rtp::MediaKind;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<sdp::ExtMap> every_known() {
  std::vector<sdp::ExtMap> maps;
  for (size_t i = 0; i < rtp::kExtensionCount; ++i) {
    maps.push_back({static_cast<uint16_t>(i + 1), std::nullopt, std::string(rtp::uri(static_cast<Extension>(i))), ""});
  }
  return maps;
}

ExtensionSet set_of(std::initializer_list<Extension> list) {
  ExtensionSet set;
  for (const Extension extension : list) set.set(static_cast<size_t>(extension));
  return set;
}

ExtensionSet agree(const std::vector<sdp::ExtMap>& maps, MediaKind kind, Direction direction) {
  sdp::MediaSection answer;
  const auto set = agree_on_extensions(maps, kind, direction, answer);
  EXPECT_EQ(answer.ext_maps.size(), set.count());
  return set;
}

TEST(Extensions, OfAudio) {
  for (const Direction direction : {Direction::Receive, Direction::Send, Direction::Inactive}) {
    EXPECT_EQ(agree(every_known(), MediaKind::Audio, direction),
              set_of({Extension::Mid, Extension::AudioLevel, Extension::AbsSendTime, Extension::TransportSequence,
                      Extension::AbsCaptureTime}));
  }
}

TEST(Extensions, OfVideo) {
  const auto sending = set_of({Extension::Mid, Extension::AbsSendTime, Extension::TransportSequence,
                               Extension::DependencyDescriptor, Extension::VideoOrientation, Extension::PlayoutDelay,
                               Extension::VideoContentType, Extension::AbsCaptureTime, Extension::ColorSpace});
  EXPECT_EQ(agree(every_known(), MediaKind::Video, Direction::Send), sending);
  EXPECT_EQ(agree(every_known(), MediaKind::Video, Direction::Receive),
            sending | set_of({Extension::Rid, Extension::RepairedRid}));
}

TEST(Extensions, DirectionOfTheOfferIsHonouredAndReversed) {
  using sdp::Direction::Inactive, sdp::Direction::RecvOnly, sdp::Direction::SendOnly, sdp::Direction::SendRecv;
  struct Case {
    sdp::Direction offered;
    bool when_receiving;
    bool when_sending;
    sdp::Direction answered;
  };
  for (const Case& c : {Case{SendRecv, true, true, SendRecv}, Case{SendOnly, true, false, RecvOnly},
                        Case{RecvOnly, false, true, SendOnly}, Case{Inactive, false, false, Inactive}}) {
    const std::vector<sdp::ExtMap> maps = {{3, c.offered, std::string(rtp::uri(Extension::PlayoutDelay)), ""}};
    for (const auto& [direction, expected] :
         {std::pair{Direction::Receive, c.when_receiving}, {Direction::Send, c.when_sending}}) {
      sdp::MediaSection answer;
      EXPECT_EQ(agree_on_extensions(maps, MediaKind::Video, direction, answer).any(), expected) << name(c.offered);
      if (expected) {
        EXPECT_EQ(answer.ext_maps.at(0).direction, c.answered);
      }
    }
  }
}

TEST(Extensions, IdsOutsideTheTwoByteFormAndRepeatsAreLeftOut) {
  const std::string mid(rtp::uri(Extension::Mid));
  EXPECT_TRUE(agree({{255, std::nullopt, mid, ""}}, MediaKind::Audio, Direction::Send).any());
  EXPECT_FALSE(agree({{256, std::nullopt, mid, ""}}, MediaKind::Audio, Direction::Send).any());
  EXPECT_FALSE(agree({{4096, std::nullopt, mid, ""}}, MediaKind::Audio, Direction::Send).any());
  EXPECT_EQ(agree({{3, std::nullopt, mid, ""}, {3, std::nullopt, mid, ""}}, MediaKind::Audio, Direction::Send).count(),
            1u);
  EXPECT_FALSE(
      agree({{3, std::nullopt, "urn:ietf:params:rtp-hdrext:encrypt", mid}}, MediaKind::Audio, Direction::Send).any());
}

TEST(ExtensionIds, OneMeaningEach) {
  const std::string mid(rtp::uri(Extension::Mid));
  ExtensionIds ids;
  EXPECT_EQ(ids.add({{1, std::nullopt, mid, ""}, {2, std::nullopt, "urn:x", ""}}), std::nullopt);
  EXPECT_EQ(ids.add({{1, std::nullopt, mid, ""}, {3, std::nullopt, "urn:x", ""}}),
            std::nullopt);  // not one that we read
  EXPECT_THAT(*ids.add({{1, std::nullopt, "urn:y", ""}}), HasSubstr("id 1 is urn:y here"));
  EXPECT_THAT(*ids.add({{4, std::nullopt, mid, ""}}), HasSubstr("has the ids 1 and 4"));
  EXPECT_EQ(ids.add({{4096, std::nullopt, mid, ""}, {4096, std::nullopt, "urn:z", ""}}), std::nullopt);
}

}  // namespace
}  // namespace parley::transport::negotiation
