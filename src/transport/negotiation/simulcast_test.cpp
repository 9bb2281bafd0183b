#include "transport/negotiation/simulcast.hpp"

#include <gmock/gmock.h>

namespace parley::transport::negotiation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Agreed {
  std::vector<std::string> rids;
  sdp::MediaSection answer;
};

Agreed agree(std::vector<std::string> rid_lines, const std::string& simulcast) {
  sdp::MediaSection offered;
  for (const std::string& line : rid_lines) offered.rids.push_back(sdp::parse_rid(line).value());
  if (!simulcast.empty()) offered.simulcast = sdp::parse_simulcast(simulcast).value();
  const std::vector<CodecBinding> codecs = {{.codec = rtp::Codec::Vp8, .payload_type = PayloadType(96)},
                                            {.codec = rtp::Codec::Vp9, .payload_type = PayloadType(98)}};
  Agreed result;
  result.rids = agree_on_simulcast(offered, codecs, result.answer);
  return result;
}

std::string answered(const Agreed& agreed) {
  std::string out;
  if (agreed.answer.simulcast) append(out, *agreed.answer.simulcast);
  return out;
}

TEST(Simulcast, KeepsTheOrderOfTheSimulcastLine) {
  const auto agreed = agree({"f send", "h send", "q send"}, "send q;h;f");
  EXPECT_THAT(agreed.rids, ElementsAre("q", "h", "f"));
  EXPECT_EQ(answered(agreed), "recv q;h;f");
}

TEST(Simulcast, FirstAlternativePausedOrNot) {
  const auto agreed = agree({"q send", "r send", "h send"}, "send ~q,r;~h");
  EXPECT_THAT(agreed.rids, ElementsAre("q", "h"));
  EXPECT_EQ(answered(agreed), "recv q;h");
}

TEST(Simulcast, LeavesOutWhatIsNotSaidProperly) {
  EXPECT_THAT(agree({"q send"}, "send q;h").rids, ElementsAre("q"));            // h has no a=rid
  EXPECT_THAT(agree({"q send", "h recv"}, "send q;h").rids, ElementsAre("q"));  // a=rid of the other direction
  EXPECT_THAT(agree({"q send", "h send"}, "send q;q;h").rids, ElementsAre("q", "h"));
  EXPECT_THAT(agree({"q recv"}, "recv q").rids, IsEmpty());
  EXPECT_THAT(agree({"q send", "h send"}, "").rids, IsEmpty());
  EXPECT_EQ(answered(agree({"q recv"}, "recv q")), "");
  const std::string longest(kMaxRidSize, 'x');
  EXPECT_THAT(agree({longest + " send", "y" + longest + " send"}, "send " + longest + ";y" + longest).rids,
              ElementsAre(longest));
}

TEST(Simulcast, LayersAreBounded) {
  const auto agreed = agree({"a send", "b send", "c send", "d send"}, "send a;b;c;d");
  EXPECT_EQ(agreed.rids.size(), kMaxSimulcastLayers);
  EXPECT_EQ(answered(agreed), "recv a;b;c");
}

TEST(Simulcast, RestrictionsToAgreedPayloadTypes) {
  const auto agreed = agree({"q send max-width=320;pt=97,98,96", "h send pt=97", "f send pt=x"}, "send q;h;f");
  EXPECT_THAT(agreed.rids, ElementsAre("q"));
  EXPECT_EQ(agreed.answer.rids.at(0).restrictions, "max-width=320;pt=98,96");
  EXPECT_EQ(agreed.answer.rids.at(0).direction, sdp::Rid::Direction::Recv);
}

}  // namespace
}  // namespace parley::transport::negotiation
