#include "sdk/room_state.hpp"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "sdk/topics.hpp"

namespace parley::sdk {
namespace {

using testing::ElementsAre;

wire::ServerMessage message(const std::string& text) {
  wire::ServerMessage out;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &out)) << text;
  return out;
}

std::string kind_of(const RoomEvent& event) {
  static const char* kNames[] = {"joined",  "left",         "mode",  "on",      "off",       "pause", "pin",
                                 "quality", "reconnecting", "seats", "speaker", "presenter", "main",  "egress"};
  return kNames[event.index()];
}

class Room : public testing::Test {
 protected:
  std::vector<std::string> apply(const std::string& text) {
    events.clear();
    room.apply(message(text), events);
    return kinds();
  }
  std::vector<std::string> take_over(const std::string& room_text, const std::string& seats = "") {
    events.clear();
    const auto whole = message("joined { room { " + room_text + " } " + seats + " }");
    room.take_over(whole.joined().room(), whole.joined().seats(), events);
    return kinds();
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> out;
    for (const RoomEvent& event : events) out.push_back(kind_of(event));
    return out;
  }
  RoomState room{Participant{.id = "me"}};
  RoomEvents events;
};

TEST_F(Room, PeopleComeInOrderWithTheirStreams) {
  EXPECT_THAT(apply("participant_joined { participant { participant_id: 'a' display_name: 'Ann' "
                    "streams { source: VIDEO codec: 'VP8' } } }"),
              ElementsAre("joined", "on"));
  EXPECT_THAT(apply("participant_joined { participant { participant_id: 'b' } }"), ElementsAre("joined"));
  ASSERT_EQ(room.others().size(), 2u);
  EXPECT_EQ(room.others()[0].displayName, "Ann");
  EXPECT_TRUE(room.others()[0].publishes(StreamKind::Video));
  EXPECT_EQ(room.others()[1].id, "b");
}

TEST_F(Room, AnUpdateTellsOnlyWhatChanged) {
  apply("participant_joined { participant { participant_id: 'a' streams { source: VIDEO } } }");
  EXPECT_THAT(apply("participant_updated { participant { participant_id: 'a' streams { source: VIDEO paused: true } "
                    "streams { source: AUDIO } mode: RECV_ONLY } }"),
              ElementsAre("mode", "on", "pause"));
  EXPECT_THAT(apply("participant_updated { participant { participant_id: 'a' streams { source: VIDEO paused: true } "
                    "streams { source: AUDIO } mode: RECV_ONLY } }"),
              ElementsAre());
  EXPECT_THAT(apply("participant_updated { participant { participant_id: 'a' mode: RECV_ONLY reconnecting: true } }"),
              ElementsAre("off", "off", "reconnecting"));
}

TEST_F(Room, WhoLeavesFreesSeatAndStreams) {
  apply("participant_joined { participant { participant_id: 'a' streams { source: AUDIO } } }");
  EXPECT_THAT(apply("seats_changed { seats { seat: 3 participant_id: 'a' } }"), ElementsAre("seats"));
  EXPECT_THAT(apply("participant_left { participant_id: 'a' reason { code: 1101 } main_participant_id: 'b' }"),
              ElementsAre("seats", "off", "left", "main"));
  EXPECT_TRUE(room.seats().empty());
  EXPECT_EQ(std::get<MemberLeft>(events[2]).reason.code, 1101);
  EXPECT_THAT(apply("participant_left { participant_id: 'a' main_participant_id: 'b' }"), ElementsAre());
}

TEST_F(Room, SeatsAreSetOneByOne) {
  apply("seats_changed { seats { seat: 1 participant_id: 'a' } seats { seat: 2 participant_id: 'b' } }");
  apply("negotiated { seats { seat: 1 } seats { seat: 3 participant_id: 'a' } }");
  EXPECT_EQ(room.seats(), (RoomState::Seats{{2, "b"}, {3, "a"}}));
  EXPECT_THAT(apply("seats_changed { seats { seat: 2 participant_id: 'b' } }"), ElementsAre());
}

TEST_F(Room, FocusAndPinsNameWhoIsMeant) {
  apply("participant_joined { participant { participant_id: 'a' } }");
  EXPECT_THAT(
      apply("pin_state_changed { participant_id: 'a' state { cam: true } pinned_by: 'b' main_participant_id: 'a' }"),
      ElementsAre("pin", "main"));
  EXPECT_TRUE(room.others()[0].pin.cam);
  EXPECT_EQ(std::get<PinChanged>(events[0]).by, "b");
  EXPECT_THAT(apply("speaker_changed { participant_id: 'a' main_participant_id: 'a' }"), ElementsAre("speaker"));
  EXPECT_THAT(apply("speaker_changed { main_participant_id: 'a' }"), ElementsAre("speaker"));
  EXPECT_EQ(room.speaker(), "");
  EXPECT_THAT(apply("presenter_changed { participant_id: 'c' main_participant_id: 'c' }"),
              ElementsAre("presenter", "main"));
  EXPECT_THAT(apply("quality_changed { participant_id: 'me' quality: 4 }"), ElementsAre("quality"));
  EXPECT_EQ(room.self().connectionQuality, 4);
}

TEST_F(Room, EgressesAreKeptWhileTheyLive) {
  EXPECT_THAT(apply("egress_changed { kind: LIVESTREAM egress_id: 'e' status: 'LIVESTREAM_STARTED' "
                    "outputs { id: 'o' url: 'rtmp://x' state: 'live' } }"),
              ElementsAre("egress"));
  ASSERT_EQ(room.egresses().size(), 1u);
  EXPECT_EQ(room.egresses()[0].outputs.at(0).state, "live");
  EXPECT_THAT(
      apply("egress_changed { kind: LIVESTREAM egress_id: 'e' status: 'LIVESTREAM_FAILED' error { code: 5003 } }"),
      ElementsAre("egress"));
  EXPECT_EQ(std::get<EgressChanged>(events[0]).egress.errorCode, 5003);
  EXPECT_TRUE(room.egresses().empty());
}

TEST_F(Room, AWholeStateIsToldAsTheDifference) {
  apply("participant_joined { participant { participant_id: 'gone' } }");
  apply("participant_joined { participant { participant_id: 'stays' streams { source: AUDIO } } }");
  apply("egress_changed { kind: RECORDING egress_id: 'r' status: 'RECORDING_STARTED' }");
  EXPECT_THAT(
      take_over("participants { participant_id: 'stays' pin { cam: true } } participants { participant_id: 'new' } "
                "active_speaker_id: 'new'",
                "seats { seat: 1 participant_id: 'stays' }"),
      ElementsAre("left", "off", "pin", "joined", "speaker", "egress", "seats"));
  EXPECT_EQ(std::get<EgressChanged>(events[5]).egress.status, "RECORDING_STOPPED");
  EXPECT_THAT(
      take_over("participants { participant_id: 'stays' pin { cam: true } } participants { participant_id: 'new' } "
                "active_speaker_id: 'new'",
                "seats { seat: 1 participant_id: 'stays' }"),
      ElementsAre());
}

TEST_F(Room, MessagesThatMakeNoSenseChangeNothing) {
  EXPECT_THAT(apply("participant_joined { }"), ElementsAre());
  EXPECT_THAT(apply("pin_state_changed { participant_id: 'nobody' }"), ElementsAre());
  EXPECT_THAT(apply("quality_changed { participant_id: 'nobody' quality: 9 }"), ElementsAre());
  EXPECT_THAT(apply("ok { }"), ElementsAre());
  apply(
      "participant_joined { participant { participant_id: 'a' streams { source: AUDIO } streams { source: AUDIO } } }");
  EXPECT_EQ(room.others()[0].streams.size(), 1u);
}

TEST(Topics, EachMessageOnceAndMemoryIsBounded) {
  Topics topics;
  wire::PubSubMessage message;
  message.set_topic("CHAT");
  message.set_id("0");
  EXPECT_FALSE(topics.take(message)) << "not subscribed";
  topics.add("CHAT");
  EXPECT_TRUE(topics.take(message));
  EXPECT_FALSE(topics.take(message));
  for (size_t i = 1; i <= Topics::kRememberedIds; ++i) {
    message.set_id(std::to_string(i));
    EXPECT_TRUE(topics.take(message));
  }
  message.set_id("0");
  EXPECT_TRUE(topics.take(message)) << "forgotten by now";
  topics.remove("CHAT");
  EXPECT_FALSE(topics.has("CHAT"));
}

}  // namespace
}  // namespace parley::sdk
