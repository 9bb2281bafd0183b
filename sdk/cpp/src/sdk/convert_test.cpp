#include "sdk/convert.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::sdk {
namespace {

using testing::ElementsAre;

TEST(Convert, WordsOfTheWireAndBack) {
  for (const Mode mode : {Mode::SendAndRecv, Mode::RecvOnly, Mode::SignallingOnly})
    EXPECT_EQ(from_wire(to_wire(mode)), mode);
  for (const StreamKind kind : {StreamKind::Audio, StreamKind::Video, StreamKind::Share, StreamKind::ShareAudio}) {
    EXPECT_EQ(from_wire(to_wire(kind)), kind);
  }
  for (const Quality quality : {Quality::Auto, Quality::Low, Quality::Med, Quality::High}) {
    EXPECT_EQ(from_wire(to_wire(quality)), quality);
  }
}

/// A newer server may use numbers that this SDK does not know.
TEST(Convert, UnknownWordsBecomeKnownOnes) {
  EXPECT_EQ(from_wire(static_cast<wire::Mode>(77)), Mode::SendAndRecv);
  EXPECT_EQ(from_wire(static_cast<wire::Mode>(-1)), Mode::SendAndRecv);
  EXPECT_EQ(from_wire(static_cast<wire::Source>(77)), StreamKind::Audio);
  EXPECT_EQ(from_wire(static_cast<wire::Quality>(77)), Quality::Auto);
  wire::EgressState state;
  state.set_kind(static_cast<wire::EgressKind>(77));
  EXPECT_EQ(from_wire(state).kind, EgressKind::Recording);
}

TEST(Convert, AParticipantHasEachStreamOnce) {
  wire::ParticipantInfo info;
  info.set_participant_id("ann");
  info.set_display_name("Ann");
  info.set_meta_data_json(R"({"a":1})");
  info.mutable_pin()->set_share(true);
  info.set_joined_at_ms(1234);
  info.set_reconnecting(true);
  for (const auto source : {wire::VIDEO, wire::AUDIO, wire::VIDEO, static_cast<wire::Source>(55)}) {
    wire::StreamInfo& stream = *info.add_streams();
    stream.set_source(source);
    stream.set_paused(source == wire::AUDIO);
    stream.set_codec("VP8");
  }
  const Participant ann = from_wire(info);
  EXPECT_EQ(ann.id, "ann");
  EXPECT_EQ(ann.displayName, "Ann");
  EXPECT_EQ(ann.metaDataJson, R"({"a":1})");
  EXPECT_TRUE(ann.pin.share && !ann.pin.cam);
  EXPECT_EQ(ann.joinedAtMs, 1234);
  EXPECT_TRUE(ann.reconnecting);
  ASSERT_EQ(ann.streams.size(), 2u) << "one that is unknown counts as sound, which there is";
  EXPECT_EQ(ann.streams[0].kind, StreamKind::Video);
  EXPECT_EQ(ann.streams[1].kind, StreamKind::Audio);
  EXPECT_TRUE(ann.streams[1].paused);
}

TEST(Convert, MessagesKeepTheirBytes) {
  wire::DataReceived data;
  data.set_from("bob");
  data.set_payload(std::string("\0\xff x", 4));
  data.set_unreliable(true);
  const DataMessage message = from_wire(data);
  EXPECT_EQ(message.from, "bob");
  EXPECT_THAT(message.payload, ElementsAre(0, 0xff, ' ', 'x'));
  EXPECT_FALSE(message.reliable);
  EXPECT_FALSE(message.text);
}

}  // namespace
}  // namespace parley::sdk
