#include "egress/record_json.hpp"

#include <gtest/gtest.h>

namespace parley::egress {
namespace {

Egress full() {
  Egress e{.id = EgressId("e1"),
           .kind = Kind::TrackRecording,
           .room = RoomId("r"),
           .session = SessionId("s"),
           .status = Status::Failed,
           .error = Error{"disk-full", "no space"},
           .paused = true,
           .created_at = UtcTime::from_ms(1),
           .started_at = UtcTime::from_ms(2),
           .ended_at = UtcTime::from_ms(3),
           .file_format = FileFormat::WebM,
           .config = {.layout = {LayoutType::Spotlight, Priority::Pin, 3}, .theme = Theme::Dark},
           .outputs = {{"o", "rtmp://a/b", OutputState::Retrying, "refused"}},
           .target = Target{ParticipantId("ann"), TrackKind::ScreenVideo},
           .files = {{"a.webm", 10, 1.5, 640, 360, "webm"}}};
  e.storage = Storage::Uploading;
  e.storage_error = "the storage server cannot be reached";
  e.next_part = 7;
  e.restarts = 2;
  e.webhook_url = "https://x.example/h";
  e.dir_path = "a/b";
  e.metadata = "anything \"quoted\"";
  e.close_room_after_s = 0;
  return e;
}

TEST(RecordJson, AnEgressComesBackAsItWas) {
  const Egress least{.id = EgressId("e2"), .room = RoomId("r")};
  for (const Egress& egress : {full(), least}) {
    const auto parsed = parse_record_json(to_record_json(egress));
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(*parsed, egress);
  }
}

TEST(RecordJson, SecretsComeBackAndAreNoPartOfTheRecord) {
  const std::vector<Output> outputs = {{"o", "rtmp://a/b", "k3y"}, {"p", "rtmp://c/d", ""}};
  EXPECT_EQ(parse_secrets_json(to_secrets_json(outputs)).value(), outputs);
  EXPECT_EQ(parse_secrets_json("").value(), std::vector<Output>());
  EXPECT_EQ(to_record_json(full()).find("streamKey"), std::string::npos);
}

TEST(RecordJson, DamageIsAnError) {
  EXPECT_EQ(parse_record_json("{").error(), "line must be JSON");
  EXPECT_EQ(parse_record_json("{}").error(), "id is missing");
  std::string json = to_record_json(full());
  json.replace(json.find("\"failed\""), 8, "\"dancing\"");
  EXPECT_EQ(parse_record_json(json).error(), "status is unknown: dancing");
}

TEST(RecordJson, WordsOfStatuses) {
  for (int i = 0; i <= static_cast<int>(Status::Failed); ++i) {
    EXPECT_EQ(parse_status(status_word(static_cast<Status>(i))).value(), static_cast<Status>(i));
  }
  EXPECT_FALSE(parse_status("STARTED"));
  EXPECT_EQ(status_name(Kind::Hls, Status::Playable), "HLS_PLAYABLE");
  EXPECT_EQ(status_name(Kind::TrackRecording, Status::Stopped), "RECORDING_STOPPED");
  EXPECT_EQ(event_name(Kind::Livestream, Status::Failed), "livestream-failed");
}

}  // namespace
}  // namespace parley::egress
