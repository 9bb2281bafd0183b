#include "media/ffmpeg/rtmp_output.hpp"

#include <gmock/gmock.h>

#include "base/rng.hpp"
#include "media/ffmpeg/test_rtmp_server.hpp"

namespace parley::media {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kKey = "very-secret-key";

/// An output and everything it told.
class Watched {
 public:
  explicit Watched(RtmpOutput output) : output_(std::move(output)) {}
  RtmpOutput& operator*() { return output_; }
  RtmpOutput* operator->() { return &output_; }

  const std::vector<RtmpOutput::Event>& events() {
    for (auto& event : output_.take_events()) {
      EXPECT_THAT(event.message, Not(HasSubstr(kKey)));
      events_.push_back(std::move(event));
    }
    return events_;
  }
  RtmpState state() { return events().empty() ? RtmpState::Connecting : events_.back().state; }
  bool becomes(RtmpState wanted) {
    return eventually([&] { return state() == wanted; });
  }
  size_t count(RtmpState wanted) {
    return static_cast<size_t>(
        std::count_if(events().begin(), events().end(), [&](auto& e) { return e.state == wanted; }));
  }

 private:
  RtmpOutput output_;
  std::vector<RtmpOutput::Event> events_;
};

Watched output_to(const std::string& url, const Source& source, const std::string& key = kKey) {
  return Watched(
      RtmpOutput::create({.url = url, .stream_key = key, .streams = source.formats(), .allow_private = true}).value());
}

/// Which picture of its thirty different ones a file begins with.
int64_t picture_at(const std::filesystem::path& file) { return std::lround((middle_luma(file).at(0) - 40) / 6.0); }

/// Plays a stretch of the source to all outputs, as fast as those that are live take it.
void play(Source& source, const std::vector<Watched*>& outputs, TimeDelta span) {
  for (const TimeDelta end = source.now() + span; source.now() < end;) {
    for (Watched* output : outputs) {
      if ((*output)->wants_key()) source.video().request_key();
    }
    for (const EncodedPacket& packet : source.step()) {
      for (Watched* output : outputs) (*output)->write(packet);
    }
    for (Watched* output : outputs) {
      eventually([&] { return (*output)->stats().queued < TimeDelta::seconds(1); });
    }
  }
}

/// Plays about as fast as time goes by until all are live.
bool go_live(Source& source, const std::vector<Watched*>& outputs) {
  return eventually([&] {
    play(source, outputs, TimeDelta::millis(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(15));
    return std::all_of(outputs.begin(), outputs.end(), [](Watched* o) { return o->state() == RtmpState::Live; });
  });
}

void expect_rising(const std::vector<PacketRow>& packets) {
  for (size_t i = 1; i < packets.size(); ++i) EXPECT_GT(packets[i].pts, packets[i - 1].pts) << "at packet " << i;
}

TEST(RtmpOutput, BringsPictureAndSoundToARealServer) {
  RtmpServer server;
  Source source;
  {
    auto output = output_to(server.url(), source);
    ASSERT_TRUE(go_live(source, {&output}));
    play(source, {&output}, TimeDelta::seconds(6));
    EXPECT_EQ(output->stats().dropped_packets, 0);
    EXPECT_EQ(output->stats().connections, 1);
    EXPECT_EQ(output.events().size(), 2U);
  }
  ASSERT_EQ(server.recordings(kKey).size(), 1U);
  const auto file = server.recordings(kKey)[0];
  ASSERT_TRUE(eventually([&] { return probe_packets(file, "v:0").size() >= 170; })) << "less the encoder's view ahead";
  EXPECT_EQ(decode_errors(file), "");
  EXPECT_EQ(probe(file, "v:0", "codec_name"), "h264");
  EXPECT_EQ(probe(file, "a:0", "sample_rate"), "48000");
  const auto video = probe_packets(file, "v:0");
  expect_rising(video);
  double last_key = 0;
  int keys = 0;
  for (const PacketRow& p : video) {
    if (!p.key) continue;
    EXPECT_LT(p.pts - last_key, 2.002) << "platforms want a key picture every 2 s";
    last_key = p.pts;
    ++keys;
  }
  EXPECT_LE(keys, 5) << "and not more of them than that and the one asked for";
  const auto luma = middle_luma(file);
  const int64_t first = picture_at(file);
  for (size_t i = 0; i < luma.size(); ++i) EXPECT_NEAR(luma[i], luma_of(first + static_cast<int64_t>(i)), 8) << i;
  EXPECT_GT(share_of_tone(decoded_sound(file), 440), 0.9);
}

TEST(RtmpOutput, ComesBackWhenTheServerWasRestarted) {
  RtmpServer server;
  Source source;
  auto output = output_to(server.url(), source);
  const TimeDelta first = source.now();
  ASSERT_TRUE(go_live(source, {&output}));
  play(source, {&output}, TimeDelta::seconds(3));
  server.kill();
  ASSERT_TRUE(eventually([&] {
    play(source, {&output}, TimeDelta::millis(100));
    return output.state() == RtmpState::Retrying;
  }));
  EXPECT_THAT(output.events().back().message, HasSubstr("127.0.0.1"));
  server.start();
  const TimeDelta back = source.now();
  ASSERT_TRUE(go_live(source, {&output}));
  play(source, {&output}, TimeDelta::seconds(3));
  EXPECT_EQ(output->stats().connections, 2);
  std::vector<std::filesystem::path> files;
  ASSERT_TRUE(eventually([&] {
    files = server.recordings(kKey);
    return files.size() == 2 && probe_packets(files[1], "v:0").size() > 60;
  }));
  const auto before = probe_packets(files[0], "v:0");
  const auto after = probe_packets(files[1], "v:0");
  ASSERT_FALSE(before.empty());
  EXPECT_TRUE(after[0].key);
  EXPECT_GE(after[0].pts + first.seconds_f(), back.seconds_f()) << "times go on over the gap";
  EXPECT_GT(after[0].pts, before.back().pts);
  expect_rising(after);
  const int64_t pictures_between = std::lround((after[0].pts - before[0].pts) * 30);
  EXPECT_EQ((picture_at(files[0]) + pictures_between) % 30, picture_at(files[1]))
      << "and tell the true length of the gap";
}

/// What a server that was restarted once did not get, in seconds.
double gap_between_recordings(const RtmpServer& server) {
  std::vector<std::filesystem::path> files;
  EXPECT_TRUE(eventually([&] {
    files = server.recordings(kKey);
    return files.size() == 2 && !probe_packets(files[0], "v:0").empty() && !probe_packets(files[1], "v:0").empty();
  }));
  if (files.size() != 2) return 0;
  return probe_packets(files[1], "v:0").at(0).pts - readable_until(files[0], "v:0");
}

// Ten servers are killed, each at a moment of its own, and restarted at once, while one source plays to all of them in
// real time.
TEST(RtmpOutput, TenKilledServersEachLoseOnlyTheGap) {
  constexpr int kServers = 10;
  std::array<std::unique_ptr<RtmpServer>, kServers> servers;
  std::vector<std::unique_ptr<Watched>> outputs;
  std::vector<Watched*> all;
  Source source;
  for (auto& server : servers) {
    server = std::make_unique<RtmpServer>();
    outputs.push_back(std::make_unique<Watched>(output_to(server->url(), source)));
    all.push_back(outputs.back().get());
  }
  ASSERT_TRUE(go_live(source, all));
  Rng rng(20261124);
  std::array<TimeDelta, kServers> kill_at;
  for (TimeDelta& at : kill_at) at = source.now() + TimeDelta::millis(static_cast<int64_t>(rng.below(1500)));
  const auto again_live = [&](Watched* output) { return output->count(RtmpState::Live) >= 2; };
  ASSERT_TRUE(eventually(
      [&] {
        for (size_t i = 0; i < kServers; ++i) {
          if (kill_at[i] > source.now()) continue;
          kill_at[i] = TimeDelta::infinite();
          servers[i]->kill();
          servers[i]->start();
        }
        play(source, all, TimeDelta::millis(1));
        std::this_thread::sleep_for(std::chrono::milliseconds(33));
        return std::all_of(all.begin(), all.end(), again_live);
      },
      std::chrono::seconds(90)));
  outputs.clear();
  for (const auto& server : servers) {
    const double gap = gap_between_recordings(*server);
    std::printf("killed server: %.0f ms of the stream lost\n", gap * 1000);
    EXPECT_GT(gap, 0) << "times go on over the gap";
  }
}

TEST(RtmpOutput, OneDeadOutputDoesNotDisturbTheOthers) {
  RtmpServer first, second;
  LoopbackPort silent;
  silent.keep_listening();
  Source source;
  auto a = output_to(first.url(), source, "a");
  auto dead = output_to(fmt::format("rtmp://127.0.0.1:{}/live", silent.number()), source);
  auto b = output_to(second.url(), source, "b");
  ASSERT_TRUE(go_live(source, {&a, &b}));
  play(source, {&a, &dead, &b}, TimeDelta::seconds(10));
  for (auto& [output, server, key] : {std::tuple(&a, &first, "a"), std::tuple(&b, &second, "b")}) {
    EXPECT_EQ(output->state(), RtmpState::Live);
    EXPECT_EQ((*output)->stats().dropped_packets, 0);
    const auto file = server->recordings(key).at(0);
    EXPECT_TRUE(eventually([&] { return probe_packets(file, "v:0").size() >= 288; }));
  }
  EXPECT_NE(dead.state(), RtmpState::Live);
  EXPECT_EQ(dead->stats().sent_packets, 0);
}

TEST(RtmpOutput, ASlowServerLosesWholeGroupsOfPictures) {
  RtmpServer server;
  Source source;
  auto output = output_to(server.url(), source);
  ASSERT_TRUE(go_live(source, {&output}));
  const TimeDelta begun = source.now();  // somewhat after the file's zero
  play(source, {&output}, TimeDelta::seconds(2));
  server.signal(SIGSTOP);
  // Kernel buffers hold some; after that the queue overflows.
  for (int i = 0; i < 20'000 && output->stats().dropped_packets == 0; ++i) {
    for (const EncodedPacket& packet : source.step()) output->write(packet);
  }
  EXPECT_GT(output->stats().dropped_packets, 0);
  EXPECT_LE(output->stats().queued, TimeDelta::seconds(4));
  server.signal(SIGCONT);
  play(source, {&output}, TimeDelta::seconds(6));
  const auto file = server.recordings(kKey).at(0);
  ASSERT_TRUE(
      eventually([&] { return readable_until(file, "v:0") > source.now().seconds_f() - 1.5 - begun.seconds_f(); }));
  EXPECT_EQ(output->stats().connections, 1);
  EXPECT_EQ(decode_errors(file), "");
  const auto video = probe_packets(file, "v:0");
  expect_rising(video);
  for (size_t i = 1; i < video.size(); ++i) {
    const bool gap = video[i].pts - video[i - 1].pts > 0.1;
    EXPECT_TRUE(!gap || video[i].key) << "after the gap at " << video[i].pts;
  }
}

TEST(RtmpOutput, SaysWhyItIsNotLive) {
  RtmpServer server;
  Source source;
  const auto message_from = [&](const std::string& url) {
    auto output = output_to(url, source);
    EXPECT_TRUE(eventually([&] {
      play(source, {&output}, TimeDelta::millis(1));
      return output.count(RtmpState::Retrying) > 0;
    })) << url;
    EXPECT_EQ(output.count(RtmpState::Live), 0U) << url;
    return output.events().empty() ? "" : output.events().back().message;
  };
  EXPECT_THAT(message_from(fmt::format("rtmp://127.0.0.1:{}/live", free_port())), HasSubstr("refused the connection"));
  EXPECT_THAT(message_from("rtmp://no-such-host.invalid/live"), HasSubstr("no-such-host.invalid cannot be resolved"));
  for (const char* app : {"closed", "asks", "no-such-app"}) {
    const std::string message = message_from(server.url(app));
    EXPECT_THAT(message, testing::AnyOf(HasSubstr("is the stream key right?"), HasSubstr("rejected the stream")))
        << app;
    EXPECT_THAT(message, HasSubstr(std::to_string(server.port())));
  }
  auto good = output_to(server.url("asks"), source, "good");
  EXPECT_TRUE(go_live(source, {&good}));
}

TEST(RtmpOutput, FailsForGoodWhereItMayNotGo) {
  Source source;
  Watched output(
      RtmpOutput::create({.url = "rtmp://127.0.0.1/live", .stream_key = kKey, .streams = source.formats()}).value());
  ASSERT_TRUE(output.becomes(RtmpState::Failed));
  EXPECT_THAT(output.events().back().message, HasSubstr("private network"));
  EXPECT_EQ(RtmpOutput::create({.url = "https://x.test/live", .stream_key = kKey}).error().code, Error::Code::BadInput);
  const Source webm({.video = Codec::Vp8});
  EXPECT_EQ(
      RtmpOutput::create({.url = "rtmp://x.test/live", .stream_key = kKey, .streams = webm.formats()}).error().code,
      Error::Code::Unsupported);
}

TEST(RtmpOutput, EndsSoonWhateverItIsDoing) {
  LoopbackPort silent;
  silent.keep_listening();
  Source source;
  auto hanging = std::make_unique<Watched>(output_to(fmt::format("rtmp://127.0.0.1:{}/live", silent.number()), source));
  auto retrying = std::make_unique<Watched>(output_to(fmt::format("rtmp://127.0.0.1:{}/live", free_port()), source));
  ASSERT_TRUE(retrying->becomes(RtmpState::Retrying));
  const auto before = std::chrono::steady_clock::now();
  hanging.reset();
  retrying.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(8)) << "not the 10 s of a time-out";
}

/// TLS in front of a plain server, with a certificate of its own authority.
class TlsFront {
 public:
  TlsFront(const TemporaryFolder& folder, int target) : port_(free_port()) {
    const std::string make = fmt::format(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
        "-keyout {0}/key.pem -out {0}/cert.pem 2>/dev/null",
        folder.path().string());
    EXPECT_EQ(std::system(make.c_str()), 0);
    std::ofstream(folder / "front.py") << kProgram;
    process_ = std::make_unique<Process>(std::vector<std::string>{"python3", (folder / "front.py").string(),
                                                                  folder.path().string(), std::to_string(port_),
                                                                  std::to_string(target)});
    EXPECT_TRUE(eventually([this] { return accepts(port_); }));
  }
  int port() const { return port_; }

 private:
  static constexpr const char* kProgram = R"(import socket, ssl, sys, threading
folder, port, target = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
def carry(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass
def serve(raw):
    try:
        inside = context.wrap_socket(raw, server_side=True)
        outside = socket.create_connection(("127.0.0.1", target))
    except OSError:
        return
    threading.Thread(target=carry, args=(outside, inside), daemon=True).start()
    carry(inside, outside)
listener = socket.create_server(("127.0.0.1", port))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
)";
  int port_;
  std::unique_ptr<Process> process_;
};

TEST(RtmpOutput, SpeaksTlsAndTrustsOnlyValidCertificates) {
  RtmpServer server;
  TemporaryFolder folder;
  TlsFront front(folder, server.port());
  Source source;
  const auto create = [&](const std::string& host, const std::string& ca_file) {
    return Watched(RtmpOutput::create({.url = fmt::format("rtmps://{}:{}/live", host, front.port()),
                                       .stream_key = kKey,
                                       .streams = source.formats(),
                                       .allow_private = true,
                                       .ca_file = ca_file})
                       .value());
  };
  const std::string ca_file = (folder / "cert.pem").string();
  {
    auto output = create("localhost", ca_file);
    ASSERT_TRUE(go_live(source, {&output})) << output.events().back().message;
    play(source, {&output}, TimeDelta::seconds(3));
  }
  const auto file = server.recordings(kKey).at(0);
  EXPECT_TRUE(eventually([&] { return probe_packets(file, "v:0").size() >= 80; }));
  EXPECT_EQ(decode_errors(file), "");
  auto stranger = create("localhost", "");
  ASSERT_TRUE(stranger.becomes(RtmpState::Retrying));
  EXPECT_THAT(stranger.events().back().message, HasSubstr("TLS with localhost"));
  auto other_name = create("127.0.0.1", ca_file);
  ASSERT_TRUE(other_name.becomes(RtmpState::Retrying));
  EXPECT_THAT(other_name.events().back().message, HasSubstr("TLS with 127.0.0.1"));
}

}  // namespace
}  // namespace parley::media
