// Options, links and webhooks of egresses. That the endpoints do what they say is tests/integration's.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/egress_options.hpp"
#include "api/egress_webhook.hpp"
#include "api/file_links.hpp"
#include "store/memory/memory_store.hpp"

namespace parley::api {
namespace {

using egress::Kind;
using nlohmann::json;

constexpr UtcTime kNow = UtcTime::from_ms(1'700'000'000'000);

// --- options --------------------------------------------------------------------------------------------------------

TEST(EgressOptions, DefaultsAreVideoSdks) {
  const auto start = parse_start(Kind::Recording, json::object(), {});
  ASSERT_TRUE(start);
  EXPECT_EQ(start->request.config, egress::Config());
  EXPECT_EQ(start->request.file_format, egress::FileFormat::Mp4);
  EXPECT_FALSE(start->also_record);
}

TEST(EgressOptions, EveryFieldIsRead) {
  const auto start = parse_start(
      Kind::Livestream, json::parse(R"({"config": {"layout": {"type": "SIDEBAR", "priority": "PIN", "gridSize": 4},
        "theme": "LIGHT", "mode": "audio", "quality": "ultra", "orientation": "portrait", "frameRate": 25,
        "recording": {"enabled": true}}, "outputs": [{"url": "rtmps://live.example:443/app", "streamKey": "k"}],
        "webhookUrl": "https://x.example/h", "awsDirPath": "/a//b/", "onFailure": {"action": "close-room", "waitTime": 9},
        "metadata": {"a": [1]}, "resourceId": "ignored"})"),
      {});
  ASSERT_TRUE(start) << start.error();
  const egress::StartRequest& r = start->request;
  EXPECT_EQ(r.config, (egress::Config{{egress::LayoutType::Sidebar, egress::Priority::Pin, 4},
                                      egress::Theme::Light,
                                      egress::Mode::Audio,
                                      egress::Quality::Ultra,
                                      egress::Orientation::Portrait,
                                      25}));
  EXPECT_TRUE(start->also_record);
  EXPECT_EQ(r.outputs, (std::vector<egress::Output>{{"", "rtmps://live.example:443/app", "k"}}));
  EXPECT_EQ(r.webhook_url, "https://x.example/h");
  EXPECT_EQ(r.dir_path, "a/b");
  EXPECT_EQ(r.close_room_after_s, 9);
  EXPECT_EQ(r.metadata, R"({"a":[1]})");
}

TEST(EgressOptions, AKeyInTheUrlIsTakenOutOfIt) {
  const auto outputs = [](const char* url) {
    const json body = {{"outputs", {{{"url", url}}}}};
    const auto start = parse_start(Kind::Livestream, body, {});
    EXPECT_TRUE(start) << start.error();
    return start ? start->request.outputs.front() : egress::Output{};
  };
  EXPECT_EQ(outputs("rtmp://live.example/app/secret"), (egress::Output{"", "rtmp://live.example/app", "secret"}));
  EXPECT_EQ(outputs("rtmp://live.example/a/b/secret?x=/y"),
            (egress::Output{"", "rtmp://live.example/a/b", "secret?x=/y"}));
  EXPECT_EQ(outputs("rtmp://live.example/app"), (egress::Output{"", "rtmp://live.example/app", ""}));
  EXPECT_EQ(outputs("rtmp://live.example/app/"), (egress::Output{"", "rtmp://live.example/app/", ""}));
}

TEST(EgressOptions, ErrorsNameTheField) {
  const std::pair<Kind, std::pair<const char*, const char*>> cases[] = {
      {Kind::Recording, {R"({"config": 5})", "config must be an object"}},
      {Kind::Recording, {R"({"config": {"layout": {"type": "grid"}}})", "config.layout.type must be one of: GRID"}},
      {Kind::Recording, {R"({"config": {"frameRate": 26}})", "config.frameRate must be 25 or 30"}},
      {Kind::Recording, {R"({"fileFormat": "m3u8"})", "fileFormat must be one of: mp4, webm"}},
      {Kind::TrackRecording, {R"({"fileFormat": "m3u8"})", "fileFormat must be one of: mp4, webm, mp3"}},
      {Kind::Recording, {R"({"onFailure": {"action": "cry"}})", "onFailure.action must be one of: close-room"}},
      {Kind::Recording, {R"({"metadata": 5})", "metadata must be an object or a string"}},
      {Kind::Recording, {R"({"dirPath": "a/../b"})", "dirPath must be a path of plain names"}},
      {Kind::Recording, {R"({"transcription": {"enabled": true}})", "transcription is not supported"}},
      {Kind::Recording, {R"({"preSignedUrl": "https://x"})", "preSignedUrl is not supported"}},
      {Kind::Livestream, {"{}", "outputs is missing"}},
      {Kind::Livestream, {R"({"outputs": [{"url": "rtmp://"}]})", "outputs[0].url must name a host"}},
      {Kind::Livestream, {R"({"outputs": [{"url": "rtmp://a:0/x"}]})", "outputs[0].url has a port"}},
      {Kind::Livestream, {R"({"outputs": [{"url": "rtmp://a/x y"}]})", "outputs[0].url must be an encoded URL"}},
      {Kind::Livestream,
       {R"({"outputs": [{"url": "rtmp://a/x", "streamKey": "a b"}]})", "outputs[0].streamKey must not"}},
      {Kind::TrackRecording, {R"({"participantId": "a"})", "kind is missing"}},
      {Kind::TrackRecording,
       {R"({"participantId": "a", "kind": "video", "fileFormat": "mp3"})", "fileFormat mp3 is for sound only"}},
      {Kind::ParticipantRecording, {"{}", "participantId is missing"}},
  };
  for (const auto& [kind, pair] : cases) {
    const auto start = parse_start(kind, json::parse(pair.first), {});
    ASSERT_FALSE(start) << pair.first;
    EXPECT_TRUE(start.error().starts_with(pair.second)) << start.error();
  }
}

TEST(EgressOptions, PrivateDestinationsAreRefusedUnlessAllowed) {
  for (const char* host : {"127.0.0.1", "10.0.0.1", "172.16.9.9", "172.31.0.1", "192.168.1.1", "169.254.169.254",
                           "100.127.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]",
                           "[fc00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "localhost", "a.localhost", "nas.local"}) {
    const std::string url = std::string("rtmp://") + host + ":1935/live";
    EXPECT_FALSE(check_destination("u", url, {})) << url;
    EXPECT_TRUE(check_destination("u", url, {.allow_private_destinations = true})) << url;
  }
  for (const char* host : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "[2001:db8::1]", "live.example.com"}) {
    EXPECT_TRUE(check_destination("u", std::string("rtmp://") + host + "/live", {})) << host;
  }
  EXPECT_EQ(destination_host("rtmp://[2001:db8::1]:1935/live"), "2001:db8::1");
  EXPECT_EQ(destination_host("rtmps://a.example:443/x"), "a.example");
}

TEST(EgressOptions, ALayoutChangeChangesWhatItNames) {
  const egress::Selector which{Kind::Recording, {}};
  const auto theme = parse_layout_change(which, json::parse(R"({"theme": "DARK"})"));
  ASSERT_TRUE(theme);
  EXPECT_EQ(theme->theme, egress::Theme::Dark);
  EXPECT_FALSE(theme->layout);
  const auto layout = parse_layout_change(which, json::parse(R"({"config": {"layout": {"gridSize": 0}}})"));
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->layout->grid_size, egress::kMaxGridSize) << "0 is as many as fit";
  EXPECT_EQ(parse_layout_change(which, json::object()).error(), "layout or theme is missing");
  EXPECT_EQ(parse_layout_change(which, json::parse(R"({"config": {"quality": "low"}})")).error(),
            "config.quality can only be chosen at the start");
}

TEST(EgressOptions, AnUpdateIsWhatItsFieldsSay) {
  const egress::Selector which{Kind::Livestream, {}};
  const auto what = [&](const char* body) { return parse_update(which, json::parse(body), {})->what.index(); };
  EXPECT_EQ(what(R"({"paused": true})"), decltype(EgressCall::what)(PauseEgress{}).index());
  EXPECT_EQ(what(R"({"remove": ["rtmp://a/b"]})"), decltype(EgressCall::what)(ChangeOutputs{}).index());
  EXPECT_EQ(what(R"({"layout": {}})"), decltype(EgressCall::what)(ChangeLayout{}).index());
  EXPECT_FALSE(parse_update(which, json::object(), {}));
}

// --- links ----------------------------------------------------------------------------------------------------------

class FileLinksTest : public ::testing::Test {
 protected:
  /// Whether the server would serve `url`, asked for as this egress' file.
  std::expected<void, FileLinks::Bad> check(const std::string& url, const std::string& path, UtcTime now) {
    const std::string expires = url.substr(url.find("expires=") + 8, 10);
    const std::string signature = url.substr(url.find("signature=") + 10);
    return links_.verify(EgressId("e1"), path, expires, signature, now);
  }
  FileLinks links_{std::string(48, 'k'), TimeDelta::seconds(60)};
};

TEST_F(FileLinksTest, WorkUntilTheyExpire) {
  const std::string url = links_.sign("https://h", EgressId("e1"), "a b/ü.mp4", kNow);
  EXPECT_TRUE(url.starts_with("https://h/files/e1/a%20b/%C3%BC.mp4?expires=1700000060&signature=")) << url;
  EXPECT_TRUE(check(url, "a b/ü.mp4", kNow));
  EXPECT_TRUE(check(url, "a b/ü.mp4", kNow + TimeDelta::seconds(60)));
  EXPECT_EQ(check(url, "a b/ü.mp4", kNow + TimeDelta::seconds(61)).error(), FileLinks::Bad::Expired);
}

TEST_F(FileLinksTest, AreGoodForOneFileOfOneEgressUntilOneTime) {
  const std::string url = links_.sign("https://h", EgressId("e1"), "x.mp4", kNow);
  EXPECT_EQ(check(url, "y.mp4", kNow).error(), FileLinks::Bad::Signature);
  const std::string signature = url.substr(url.find("signature=") + 10);
  for (const auto& [id, expires, mark] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"e2", "1700000060", signature},
                                                                      {"e1", "1700000061", signature},
                                                                      {"e1", "", signature},
                                                                      {"e1", "x", signature},
                                                                      {"e1", "1700000060", ""},
                                                                      {"e1", "1700000060", signature.substr(1)}}) {
    EXPECT_EQ(links_.verify(EgressId(id), "x.mp4", expires, mark, kNow).error(), FileLinks::Bad::Signature);
  }
  const FileLinks other(std::string(48, 'x'), TimeDelta::seconds(60));
  EXPECT_FALSE(other.verify(EgressId("e1"), "x.mp4", "1700000060", signature, kNow));
}

TEST_F(FileLinksTest, OneOfAPlaylistIsGoodForWhatItNames) {
  const std::string url = links_.sign_folder("https://h", EgressId("e1"), "index.m3u8", kNow);
  const std::string start = "https://h/files/e1/~1700000060~";
  ASSERT_TRUE(url.starts_with(start) && url.ends_with("/index.m3u8?expires=1700000060")) << url;
  const std::string signature = url.substr(start.size(), url.rfind('/') - start.size());
  const auto check = [&](const char* id, const char* expires, UtcTime now) {
    return links_.verify_folder(EgressId(id), expires, signature, now);
  };
  EXPECT_TRUE(check("e1", "1700000060", kNow));
  EXPECT_EQ(check("e1", "1700000060", kNow + TimeDelta::seconds(61)).error(), FileLinks::Bad::Expired);
  EXPECT_EQ(check("e1", "1700000061", kNow).error(), FileLinks::Bad::Signature);
  EXPECT_EQ(check("e2", "1700000060", kNow).error(), FileLinks::Bad::Signature);
  EXPECT_FALSE(links_.verify(EgressId("e1"), "index.m3u8", "1700000060", signature, kNow)) << "nor the other way round";
  const std::string file = links_.sign("https://h", EgressId("e1"), "index.m3u8", kNow);
  EXPECT_FALSE(links_.verify_folder(EgressId("e1"), "1700000060", file.substr(file.find("signature=") + 10), kNow));
}

// --- webhooks -------------------------------------------------------------------------------------------------------

TEST(EgressWebhook, GoesToTheRoomsAndToItsOwn) {
  const auto store = store::open_memory_store();
  ASSERT_TRUE(store->rooms().insert(
      {.id = RoomId("r"), .record_id = "x", .webhook = store::RoomWebhook{"https://room.example", {"recording-*"}}}));
  const FileLinks links(std::string(48, 'k'), TimeDelta::seconds(60));
  const LinkContext context{links, "https://h", kNow};
  egress::Egress e{.id = EgressId("e"),
                   .room = RoomId("r"),
                   .session = SessionId("s"),
                   .status = egress::Status::Stopped,
                   .files = {{"recording.mp4", 9, 1.5, 1280, 720, "mp4"}}};
  EXPECT_EQ(enqueue(*store, e, context).value(), 1);
  e.webhook_url = "https://own.example";
  EXPECT_EQ(enqueue(*store, e, context).value(), 2);
  e.webhook_url = "https://room.example";
  EXPECT_EQ(enqueue(*store, e, context).value(), 1) << "the same address is told once";
  e.kind = Kind::Hls;
  EXPECT_EQ(enqueue(*store, e, context).value(), 1) << "the room did not ask for hls-*";
  const auto sent = store->deliveries().of_session(SessionId("s"), 10).value();
  const json body = json::parse(sent[0].body);
  EXPECT_EQ(body["webhookType"], "recording-stopped");
  const json& data = body["data"];
  EXPECT_EQ(data["meetingId"], "r");
  EXPECT_EQ(data["duration"], 1.5);
  EXPECT_EQ(data["fileSize"], 9);
  EXPECT_EQ(data["resolution"], (json{{"width", 1280}, {"height", 720}}));
  EXPECT_EQ(data["filePath"], "e/recording.mp4");
  EXPECT_TRUE(data["fileUrl"].get<std::string>().starts_with("https://h/files/e/recording.mp4?expires="));
  const json hls = json::parse(sent.back().body);
  EXPECT_EQ(hls["webhookType"], "hls-stopped");
  EXPECT_EQ(hls["data"]["playbackHlsUrl"], "https://h/hls/e/index.m3u8");
}

}  // namespace
}  // namespace parley::api
