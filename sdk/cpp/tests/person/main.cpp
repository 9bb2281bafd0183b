// A native participant for the browsers' tests: shows one colour, plays one tone, and writes down what it sees and
// hears of others, one JSON line a change: {"id":"anna","see":[200,30,30]} or {"id":"anna","hear":440}.
//
//   sdk_person SERVER TOKEN ROOM ID VP8|H264 R G B HERTZ [TONES TO LISTEN FOR…]
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "../test_media.hpp"
#include "parley/parley.hpp"

namespace parley::test {
namespace {

Colour from_rgb(int r, int g, int b) {  // BT.601, limited range
  return {16 + (66 * r + 129 * g + 25 * b) / 256, 128 + (-38 * r - 74 * g + 112 * b) / 256,
          128 + (112 * r - 94 * g - 18 * b) / 256};
}

std::array<int, 3> to_rgb(const Colour& c, ColorMatrix matrix) {  // limited range
  const double y = 1.164 * (c.y - 16), u = c.u - 128, v = c.v - 128;
  const auto clamp = [](double x) { return std::clamp(static_cast<int>(std::lround(x)), 0, 255); };
  if (matrix == ColorMatrix::Bt709) {
    return {clamp(y + 1.793 * v), clamp(y - 0.213 * u - 0.533 * v), clamp(y + 2.112 * u)};
  }
  return {clamp(y + 1.596 * v), clamp(y - 0.392 * u - 0.813 * v), clamp(y + 2.017 * u)};
}

class Person : public MeetingObserver {
 public:
  Person(const MeetingConfig& config, std::vector<int> tones) : tones_(std::move(tones)), meeting_(config, this) {}

  int run(VideoCodec codec, Colour colour, int hertz) {
    auto camera = *meeting_.publishCamera({.codec = codec});
    auto mic = *meeting_.publishMic();
    if (const auto joined = meeting_.join().get(); !joined) {
      std::fprintf(stderr, "%d %s\n", joined.error().code, joined.error().message.c_str());
      return 1;
    }
    const Performer performer(camera, mic, colour, hertz, 640, 360);
    char byte;
    while (::read(0, &byte, 1) > 0) {  // until the test closes our input
    }
    meeting_.leave().get();
    return 0;
  }

 private:
  void onStreamEnabled(const Participant& who, const Stream& stream) override {
    if (stream.kind == StreamKind::Video) {
      auto last = std::make_shared<std::array<int, 3>>();
      meeting_.handleVideo(who.id, stream.kind, {.onVideo = [this, id = who.id, last](const VideoFrame& frame) {
                             const auto rgb = to_rgb(middle(frame), frame.color.matrix);
                             if (rgb == *last) return;
                             *last = rgb;
                             std::printf("{\"id\":\"%s\",\"see\":[%d,%d,%d],\"width\":%d}\n", id.c_str(), rgb[0],
                                         rgb[1], rgb[2], frame.width);
                             std::fflush(stdout);
                           }});
    } else if (stream.kind == StreamKind::Audio) {
      auto ears = std::make_shared<std::map<int, std::unique_ptr<Ear>>>();
      for (const int tone : tones_) (*ears)[tone] = std::make_unique<Ear>(tone);
      meeting_.handleAudio(who.id, stream.kind, {.onAudio = [this, id = who.id, ears](const AudioFrame& frame) {
                             for (auto& [hertz, ear] : *ears) {
                               const bool before = ear->hears();
                               ear->hear(frame);
                               if (before || !ear->hears()) continue;
                               std::printf("{\"id\":\"%s\",\"hear\":%d}\n", id.c_str(), hertz);
                               std::fflush(stdout);
                             }
                           }});
    }
  }

  /// Of a few points only: the middle itself may hold what moves.
  static Colour middle(const VideoFrame& frame) { return colour_of(frame); }

  const std::vector<int> tones_;
  Meeting meeting_;
};

}  // namespace
}  // namespace parley::test

int main(int argc, char** argv) {
  if (argc < 10) return 2;
  parley::MeetingConfig config;
  config.serverUrl = argv[1];
  config.token = argv[2];
  config.meetingId = argv[3];
  config.participantId = argv[4];
  config.name = argv[4];
  std::vector<int> tones;
  for (int i = 10; i < argc; ++i) tones.push_back(std::atoi(argv[i]));
  const auto codec = std::string(argv[5]) == "H264" ? parley::VideoCodec::H264 : parley::VideoCodec::Vp8;
  parley::test::Person person(config, tones);
  return person.run(codec, parley::test::from_rgb(std::atoi(argv[6]), std::atoi(argv[7]), std::atoi(argv[8])),
                    std::atoi(argv[9]));
}
