#include "egress/job_json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::egress {
namespace {

const EgressId kId("e-1");

Job a_job() {
  return {.id = kId,
          .kind = Kind::Livestream,
          .folder = "/srv/files/e-1",
          .part = 3,
          .file_format = FileFormat::WebM,
          .config = {.layout = {LayoutType::Sidebar, Priority::Pin, 4},
                     .theme = Theme::Light,
                     .mode = Mode::Audio,
                     .quality = Quality::Ultra,
                     .orientation = Orientation::Portrait,
                     .frame_rate = 25},
          .outputs = {{"o1", "rtmp://a.example/live", "secret"}, {"o2", "rtmps://b.example/x", ""}},
          .paused = true};
}

Job a_track_job() {
  Job job{.id = kId, .kind = Kind::TrackRecording, .folder = "/f", .file_format = FileFormat::Mp3};
  job.target = Target{ParticipantId("alice"), TrackKind::ScreenAudio};
  return job;
}

TEST(JobJson, CommandsComeBackAsTheyWere) {
  const std::vector<Command> all = {
      Join{"ws://127.0.0.1:8080/v1/signal", "a.b.c", RoomId("room")},
      Start{a_job()},
      Start{a_track_job()},
      Stop{kId},
      Pause{kId},
      Resume{kId},
      Update{kId, a_job().config},
      ChangeOutputs{kId, a_job().outputs, {"o7", "o8"}},
  };
  for (const Command& command : all) {
    const std::string line = to_line(command);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto parsed = parse_command(line);
    ASSERT_TRUE(parsed) << line << ": " << parsed.error();
    EXPECT_TRUE(*parsed == command) << line;
  }
}

TEST(JobJson, FactsComeBackAsTheyWere) {
  const std::vector<Fact> all = {
      Joined{},
      Started{kId, UtcTime::from_ms(1'764'000'000'123)},
      Playable{kId},
      OutputChanged{kId, "o1", OutputState::Retrying, "connection refused"},
      Progress{kId, 12.5, 1 << 20},
      Paused{kId},
      Resumed{kId},
      Finished{kId, {{"recording.mp4", 123, 4.5, 1280, 720, "mp4"}, {"a/b.mp3", 1, 0.25, 0, 0, "mp3"}}},
      Failed{kId, "disk-full", "no space left on device \"x\"\n"},
      Left{"1009"},
      Stats{0.5, 1 << 30, 900, 2},
  };
  for (const Fact& fact : all) {
    const auto parsed = parse_fact(to_line(fact));
    ASSERT_TRUE(parsed) << to_line(fact) << ": " << parsed.error();
    EXPECT_TRUE(*parsed == fact) << to_line(fact);
  }
}

TEST(JobJson, TasksComeBackAsTheyWere) {
  const std::vector<Task> all = {
      Finalise{a_track_job()},
      Merge{kId, "/f", "merged.mp3", {{"/a/1.webm", TimeDelta::millis(0)}}, {{"/b/2.webm", TimeDelta::millis(1500)}}},
      Capture{kId, "/f", "index.m3u8", "thumbnails/1.jpg", 12.5, 640, 360},
      Capture{.id = kId, .folder = "/f", .source = "index.m3u8", .file = "t.png", .at = std::nullopt},
      Upload{kId, "/f", {"https://s3.example", "b", "eu", "key", "secret"}, "p/"},
      Erase{kId, "/f", {"https://s3.example", "b", "eu", "key", "secret"}, "p/"},
  };
  for (const Task& task : all) {
    const auto parsed = parse_task(to_line(task));
    ASSERT_TRUE(parsed) << to_line(task) << ": " << parsed.error();
    EXPECT_TRUE(*parsed == task) << to_line(task);
  }
}

TEST(JobJson, AShortStartHasDefaults) {
  const auto parsed =
      parse_command(R"({"command":"start","egress":{"id":"e","kind":"recording","folder":"/f"},"later":"ignored"})");
  ASSERT_TRUE(parsed) << parsed.error();
  const Job expected{.id = EgressId("e"), .kind = Kind::Recording, .folder = "/f"};
  EXPECT_EQ(std::get<Start>(*parsed).job, expected);
}

TEST(JobJson, ErrorsNameTheField) {
  const std::string start = R"({"command":"start","egress":{"id":"e","kind":"recording","folder":"/f",)";
  const std::vector<std::pair<std::string, std::string>> commands = {
      {"", "line must be JSON"},
      {"[1]", "line must be an object"},
      {"{}", "command is missing"},
      {R"({"command":"dance"})", "command is unknown: dance"},
      {R"({"command":5})", "command must be a string"},
      {R"({"command":"stop"})", "id is missing"},
      {R"({"command":"stop","id":""})", "id must not be empty"},
      {R"({"command":"start"})", "egress is missing"},
      {R"({"command":"start","egress":[]})", "egress must be an object"},
      {R"({"command":"start","egress":{"id":"e","kind":"film","folder":"/f"}})",
       "egress.kind must be one of: recording"},
      {R"({"command":"start","egress":{"id":"e","kind":"recording","folder":"f"}})",
       "egress.folder must be an absolute"},
      {start + R"("part":0}})", "egress.part must be a whole number from 1"},
      {start + R"("config":{"frameRate":29}}})", "egress.config.frameRate must be 25 or 30"},
      {start + R"("config":{"layout":{"gridSize":26}}}})",
       "egress.config.layout.gridSize must be a whole number from 1 to 25"},
      {start + R"("config":{"theme":"dark"}}})", "egress.config.theme must be one of: DEFAULT, DARK, LIGHT"},
      {start + R"("outputs":[{"id":"1","url":"u"},{"id":"2"}]}})", "egress.outputs[1].url is missing"},
      {start + R"("outputs":[7]}})", "egress.outputs[0] must be an object"},
      {R"({"command":"start","egress":{"id":"e","kind":"track-recording","folder":"/f"}})", "egress.target is missing"},
      {R"({"command":"start","egress":{"id":"e","kind":"track-recording","folder":"/f","target":{"participantId":"a"}}})",
       "egress.target.kind is missing"},
      {R"({"command":"update","id":"e"})", "config is missing"},
      {R"({"command":"outputs","id":"e","remove":[""]})", "remove[0] must be a string of 1"},
  };
  for (const auto& [line, error] : commands) {
    const auto parsed = parse_command(line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_TRUE(parsed.error().starts_with(error)) << parsed.error() << "\n" << error;
  }
  EXPECT_EQ(parse_fact(R"({"fact":"started","id":"e"})").error(), "at is missing");
  EXPECT_EQ(parse_fact(R"({"fact":"progress","id":"e","seconds":-1,"bytes":0})").error(),
            "seconds must be a number of at least 0");
  EXPECT_EQ(parse_task(R"({"task":"upload","id":"e","folder":"/f"})").error(), "bucket is missing");
  EXPECT_EQ(parse_task(R"({"task":"erase","id":"e","folder":"/f"})").error(), "bucket is missing");
}

TEST(JobJson, AFileCannotLeaveItsFolder) {
  for (const char* path : {"/etc/passwd", "../x", "a/../../x", "a/.."}) {
    const std::string line = std::string(R"({"fact":"finished","id":"e","files":[{"path":")") + path +
                             R"(","size":1,"duration":1,"format":"mp4"}]})";
    EXPECT_EQ(parse_fact(line).error(), "files[0].path must be a path inside of the folder") << path;
  }
}

TEST(JobJson, LinesAndListsAreBounded) {
  EXPECT_EQ(parse_fact(std::string(kMaxLine + 1, ' ')).error(), "line is too long");
  EXPECT_EQ(parse_fact(std::string(1000, '[')).error(), "line must be JSON");
  Job job = a_job();
  job.outputs.resize(kMaxOutputs + 1, {"o", "rtmp://x/y", "k"});
  EXPECT_EQ(parse_command(to_line(Start{job})).error(), "egress.outputs must have at most 100 entries");
  Finished most{kId, std::vector<File>(kMaxFiles, {std::string(100, 'f'), INT64_MAX, 1e6, 1920, 1080, "webm"})};
  EXPECT_TRUE(parse_fact(to_line(Fact(most)))) << "the longest fact fits into a line";
  most.files.push_back(most.files[0]);
  EXPECT_FALSE(parse_fact(to_line(Fact(most))));
}

TEST(JobJson, WhatIsNoUtf8IsReplacedAndNotThrown) {
  const auto parsed = parse_fact(to_line(Fact(Failed{kId, "x", "bad \xff byte"})));
  ASSERT_TRUE(parsed);
  EXPECT_NE(std::get<Failed>(*parsed).message.find("bad "), std::string::npos);
}

TEST(JobJson, ConfigStandsAlone) {
  EXPECT_EQ(parse_config(to_json(a_job().config)).value(), a_job().config);
  EXPECT_EQ(parse_config("{}").value(), Config());
  EXPECT_EQ(parse_config(R"({"layout":{"type":"LINE"}})").error(),
            "layout.type must be one of: GRID, SPOTLIGHT, SIDEBAR");
}

}  // namespace
}  // namespace parley::egress
