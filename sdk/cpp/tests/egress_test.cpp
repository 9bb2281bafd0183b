// Recording and broadcasting, asked for from inside the room and carried out by the real worker: what everybody in the
// room is told, and what is seen and heard in what comes out.
#include <stdlib.h>

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guest.hpp"

namespace parley::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

#define EVENTUALLY(condition) ASSERT_TRUE(eventually([&] { return (condition); })) << #condition << Guest::histories()

constexpr int kHertz = 440;
constexpr const char* kStreamKey = "key-4711-secret";

/// `command` in a time that no machine exceeds which is not stuck.
std::string output_of(const std::string& command) {
  std::string out;
  char buffer[65536];
  FILE* pipe = ::popen(("timeout 60 " + command).c_str(), "r");
  while (const size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return out;
}

/// What is in a file or at a URL, as others' programs decode it.
class Film {
 public:
  explicit Film(std::string where) : where_(std::move(where)) {}
  double seconds() const {
    return std::atof(
        output_of(fmt::format("ffprobe -v error -show_entries format=duration -of csv=p=0 '{}'", where_)).c_str());
  }
  std::string codec() const {
    std::string name = output_of(
        fmt::format("ffprobe -v error -select_streams v -show_entries stream=codec_name -of csv=p=0 '{}'", where_));
    return name.substr(0, name.find_first_of(",\n"));
  }
  /// The colours of the middle of the picture in their order, such as "red blue"; what is between them does not count.
  std::string colours() const {
    const std::string yuv = output_of(fmt::format(
        "ffmpeg -nostdin -v error -i '{}' -vf fps=10,crop=iw/8:ih/8,scale=2:2 -f rawvideo -pix_fmt yuv444p -", where_));
    std::string out;
    std::string last;
    for (size_t at = 0; at + 12 <= yuv.size(); at += 12) {
      const auto byte = [&](size_t i) { return static_cast<int>(static_cast<unsigned char>(yuv[at + i])); };
      const Colour colour{byte(0), byte(4), byte(8)};
      const std::string name = colour.near(kRed, 30) ? "red" : colour.near(kBlue, 30) ? "blue" : "";
      if (name.empty() || name == last) continue;
      out += (out.empty() ? "" : " ") + name;
      last = name;
    }
    return out;
  }
  /// How many tenths of a second sound mostly like this.
  int tenths_with_tone(double hertz) const {
    const std::string pcm =
        output_of(fmt::format("ffmpeg -nostdin -v error -i '{}' -f s16le -ac 1 -ar 48000 -", where_));
    Ear ear(hertz);
    int heard = 0;
    const auto* samples = reinterpret_cast<const int16_t*>(pcm.data());
    for (size_t at = 0; (at + 4800) * 2 <= pcm.size(); at += 4800) {
      ear.hear({.samples = samples + at, .frames = 4800, .channels = 1});
      heard += ear.hears();
    }
    return heard;
  }

 private:
  std::string where_;
};

/// A moderator who shows and says something, and a guest who may not moderate.
class Egresses : public testing::Test {
 protected:
  Egresses() : server({"--allow-private-destinations"}), room(server.make_room()) {}
  void SetUp() override {
    ann = std::make_unique<Guest>(Guest::config(server, room, "ann"));
    auto config = Guest::config(server, room, "bob");
    config.token = ServerProcess::token(R"(["allow_join"])");
    bob = std::make_unique<Guest>(config);
    auto camera = *ann->meeting->publishCamera();
    auto mic = *ann->meeting->publishMic();
    ASSERT_TRUE(ann->meeting->join().get(kPatience).ok());
    ASSERT_TRUE(bob->meeting->join().get(kPatience).ok());
    performer = std::make_unique<Performer>(camera, mic, kRed, kHertz);
    EVENTUALLY(bob->sees("ann", kRed));
  }

  /// The only one that lives, as a guest was last told.
  static Egress live(const Guest& guest) {
    const auto egresses = guest.meeting->egresses();
    return egresses.size() == 1 ? egresses[0] : Egress{};
  }
  static std::string output_state(const Guest& guest, size_t i) {
    const auto outputs = live(guest).outputs;
    return i < outputs.size() ? outputs[i].state : "";
  }
  /// The states that a guest was told of, without repetition.
  static std::vector<std::string> states(const Guest& guest) {
    std::vector<std::string> out;
    for (const std::string& line : guest.log()) {
      if (line.starts_with("egress ") && (out.empty() || out.back() != line.substr(7))) out.push_back(line.substr(7));
    }
    return out;
  }
  std::filesystem::path folder(const std::string& id) const {
    return std::filesystem::path(server.data_dir()) / "files" / id;
  }
  /// Three seconds of the room have gone into it since `from`, UTC in ms.
  static bool has_gone_on(int64_t from) { return utc_ms() > from + 3000; }
  static int64_t utc_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  }
  std::string recorded(const std::string& id) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder(id))) {
      if (entry.path().extension() == ".mp4") return entry.path().string();
    }
    return {};
  }

  ServerProcess server;
  std::string room;
  std::unique_ptr<Guest> ann, bob;
  std::unique_ptr<Performer> performer;
};

TEST_F(Egresses, ARecordingIsStartedPausedChangedAndStopped) {
  const auto started =
      ann->meeting->startRecording(R"({"config":{"layout":{"type":"GRID"},"quality":"low"}})").get(kPatience);
  ASSERT_TRUE(started.ok()) << started.error().message;
  EXPECT_EQ(started->status, "RECORDING_STARTING");
  EXPECT_EQ(started->kind, EgressKind::Recording);
  EVENTUALLY(live(*bob).status == "RECORDING_STARTED");
  EXPECT_EQ(live(*bob).id, started->id);
  EXPECT_GT(live(*bob).startedAtMs, 0);
  EVENTUALLY(has_gone_on(live(*bob).startedAtMs));
  ASSERT_TRUE(ann->meeting->updateEgress(EgressKind::Recording, R"({"config":{"layout":{"type":"SPOTLIGHT"}}})")
                  .get(kPatience));
  EVENTUALLY(live(*bob).configJson.find("SPOTLIGHT") != std::string::npos);

  ASSERT_TRUE(ann->meeting->updateEgress(EgressKind::Recording, R"({"paused":true})", started->id).get(kPatience));
  EVENTUALLY(live(*bob).paused);
  performer->set_colour(kBlue);
  EVENTUALLY(bob->sees("ann", kBlue));
  ASSERT_TRUE(ann->meeting->updateEgress(EgressKind::Recording, R"({"paused":false})").get(kPatience));
  EVENTUALLY(!live(*bob).paused);
  const int64_t resumed = utc_ms();
  EVENTUALLY(has_gone_on(resumed));

  ASSERT_TRUE(ann->meeting->stopRecording(started->id).get(kPatience));
  EVENTUALLY(bob->told("egress RECORDING_STOPPED") && ann->told("egress RECORDING_STOPPED"));
  EXPECT_TRUE(bob->meeting->egresses().empty());
  for (const Guest* guest : {ann.get(), bob.get()}) {
    EXPECT_THAT(states(*guest),
                ElementsAre("RECORDING_STARTING", "RECORDING_STARTED", "RECORDING_STOPPING", "RECORDING_STOPPED"));
  }
  const Film film(recorded(started->id));
  EXPECT_GT(film.seconds(), 3);
  EXPECT_EQ(film.colours(), "red blue") << "before and after the pause";
  EXPECT_GT(film.tenths_with_tone(kHertz), 8);
}

TEST_F(Egresses, WhoComesLaterSeesWhatRunsAndWhoMayNotIsRefused) {
  for (const auto& refused : {bob->meeting->startRecording().get(kPatience), bob->meeting->startHls().get(kPatience),
                              bob->meeting->startLivestream({{"rtmp://127.0.0.1/live", "k"}}).get(kPatience)}) {
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, 4008);
  }
  EXPECT_EQ(ann->meeting->stopRecording().get(kPatience).error().code, 4012) << "there is none";
  const auto wrong = ann->meeting->startRecording(R"({"config":{"quality":"huge"}})").get(kPatience);
  EXPECT_EQ(wrong.error().code, 3073);
  EXPECT_THAT(wrong.error().message, HasSubstr("config.quality"));
  EXPECT_EQ(ann->meeting->startRecording("no json").get(kPatience).error().code, 3073);
  EXPECT_EQ(ann->meeting->startLivestream({}).get(kPatience).error().code, 4015);
  EXPECT_EQ(ann->meeting->startLivestream({{"http://x/y", "k"}}).get(kPatience).error().code, 4015);
  EXPECT_EQ(ann->meeting->startLivestream({{"rtmp://x/y", "k"}}, "[]").get(kPatience).error().code, kBadParameter);
  EXPECT_TRUE(ann->meeting->egresses().empty());

  const auto started = ann->meeting->startRecording().get(kPatience);
  ASSERT_TRUE(started.ok());
  EXPECT_EQ(ann->meeting->startRecording().get(kPatience).error().code, 4018) << "one at a time";
  EXPECT_EQ(bob->meeting->stopRecording().get(kPatience).error().code, 4008);
  EXPECT_EQ(bob->meeting->updateEgress(EgressKind::Recording, R"({"paused":true})").get(kPatience).error().code, 4008);
  EVENTUALLY(live(*ann).status == "RECORDING_STARTED");
  Guest late(Guest::config(server, room, "late"));
  ASSERT_TRUE(late.meeting->join().get(kPatience).ok());
  EXPECT_EQ(live(late).id, started->id);
  EXPECT_EQ(live(late).status, "RECORDING_STARTED");
  ASSERT_TRUE(late.meeting->stopRecording().get(kPatience)) << "any moderator may";
  EVENTUALLY(bob->told("egress RECORDING_STOPPED"));
}

TEST_F(Egresses, ALivestreamGoesToItsOutputs) {
  const uint16_t port = free_port(), dead = free_port();
  const std::string file = server.data_dir() + "/arrived.flv", url = fmt::format("rtmp://127.0.0.1:{}/live", port);
  // ffmpeg as the server: it takes one stream and ends after three seconds of it.
  std::thread receiver([&] {
    output_of(fmt::format("ffmpeg -nostdin -v error -y -listen 1 -i {}/{} -t 3 -c copy {}", url, kStreamKey, file));
  });
  const auto started = ann->meeting
                           ->startLivestream({{url, kStreamKey}, {fmt::format("rtmp://127.0.0.1:{}/live", dead), "k2"}},
                                             R"({"quality":"low"})")
                           .get(kPatience);
  EXPECT_TRUE(started.ok()) << started.error().message;
  EXPECT_TRUE(eventually([&] { return output_state(*bob, 0) == "live" && output_state(*bob, 1) == "retrying"; }));
  receiver.join();
  const Film film(file);
  EXPECT_EQ(film.colours(), "red");
  EXPECT_GT(film.tenths_with_tone(kHertz), 10);

  const auto outputs = live(*bob).outputs;
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].url, url);
  EXPECT_FALSE(outputs[1].message.empty()) << "why it is tried again";
  const std::string remove = fmt::format(R"({{"remove":["{}"]}})", outputs[1].id);
  ASSERT_TRUE(ann->meeting->updateEgress(EgressKind::Livestream, remove).get(kPatience));
  EVENTUALLY(live(*bob).outputs.size() == 1 || output_state(*bob, 1) == "ended");
  ASSERT_TRUE(ann->meeting->stopLivestream().get(kPatience));
  EVENTUALLY(bob->told("egress LIVESTREAM_STOPPED"));
  EXPECT_THAT(states(*bob),
              ElementsAre("LIVESTREAM_STARTING", "LIVESTREAM_STARTED", "LIVESTREAM_STOPPING", "LIVESTREAM_STOPPED"));
  EXPECT_THAT(server.log(), Not(HasSubstr(kStreamKey)));
  for (const EgressOutput& output : outputs) EXPECT_THAT(output.url + output.message, Not(HasSubstr(kStreamKey)));
}

TEST_F(Egresses, AnHlsStreamIsPlayable) {
  const auto started = ann->meeting->startHls(R"({"config":{"quality":"low"}})").get(kPatience);
  ASSERT_TRUE(started.ok()) << started.error().message;
  EVENTUALLY(live(*bob).status == "HLS_PLAYABLE");
  const std::string url = live(*bob).playbackHlsUrl;
  ASSERT_THAT(url, HasSubstr(".m3u8"));
  const Film film(url);
  EXPECT_EQ(film.codec(), "h264") << url << " while it is live";
  EVENTUALLY(has_gone_on(live(*bob).startedAtMs));
  ASSERT_TRUE(ann->meeting->stopHls().get(kPatience));
  EVENTUALLY(bob->told("egress HLS_STOPPED"));
  EXPECT_THAT(states(*bob), ElementsAre("HLS_STARTING", "HLS_STARTED", "HLS_PLAYABLE", "HLS_STOPPING", "HLS_STOPPED"));
  EXPECT_EQ(film.colours(), "red") << "played after its end";
  EXPECT_GT(film.tenths_with_tone(kHertz), 8);
}

}  // namespace
}  // namespace parley::test
