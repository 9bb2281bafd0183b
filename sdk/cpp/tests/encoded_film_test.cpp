// Films that were encoded before, in codecs that the SDK itself only decodes: VP9 and AV1, through the real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "encoded_film.hpp"
#include "guest.hpp"
#include "media_relay.hpp"

namespace parley::test {
namespace {

#define EVENTUALLY(condition) ASSERT_TRUE(eventually([&] { return (condition); })) << #condition << Guest::histories()

testing::AssertionResult joins(Guest& guest) {
  const auto result = guest.meeting->join().get(kPatience);
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << result.error().code << " " << result.error().message;
}

/// Writes down which pictures of the film it sees, and what the encoded frames are.
class Viewer {
 public:
  Viewer(const EncodedFilm& film, std::string of) : film_(film), of_(std::move(of)) {}
  VideoHandlers handlers() {
    return {.onVideo = [this](const VideoFrame& frame) { see(film_.index_of(frame)); },
            .onEncoded = [this](const EncodedVideoFrame& frame) { take(frame); }};
  }
  void watch(Guest& guest) { guest.meeting->handleVideo(of_, StreamKind::Video, handlers()); }
  std::vector<int> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  bool saw(int index) const { return std::ranges::count(seen(), index) > 0; }
  std::vector<EncodedVideoFrame> taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }

 private:
  void see(int index) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(index);
  }
  void take(const EncodedVideoFrame& frame) {
    const std::lock_guard lock(mutex_);
    taken_.push_back(frame);
  }

  const EncodedFilm& film_;
  const std::string of_;
  mutable std::mutex mutex_;
  std::vector<int> seen_;
  std::vector<EncodedVideoFrame> taken_;
};

/// Each picture is exactly one of the film's, and each follows the one before it, unless the film began again.
void expect_the_film(const std::vector<int>& seen) {
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.front(), 0) << "a decoder begins at a key frame";
  for (size_t i = 1; i < seen.size(); ++i) {
    EXPECT_TRUE(seen[i] == seen[i - 1] + 1 || seen[i] == 0)
        << seen[i] << " after " << seen[i - 1] << " (-1: a picture that is none of the film's)";
  }
}

class EncodedFilms : public testing::TestWithParam<VideoCodec> {
 protected:
  static constexpr int kLast = EncodedFilm::kFrames - 1;
  std::string codec_name() const { return GetParam() == VideoCodec::Vp9 ? "VP9" : "AV1"; }
  VideoOptions options() const { return {.codec = GetParam(), .encoded = true}; }
};

TEST_P(EncodedFilms, ArriveBitByBitAlsoAtThoseWhoComeLater) {
  // More than the server believes of a path at first: it has no smaller layer to begin with, and nothing else is sent.
  const EncodedFilm film(GetParam(), 1500);
  ServerProcess server;
  const std::string room = server.make_room();
  Guest ann(Guest::config(server, room, "ann")), bob(Guest::config(server, room, "bob"));
  Guest cleo(Guest::config(server, room, "cleo"));
  bob.listens = cleo.listens = false;
  Viewer first(film, "ann"), late(film, "ann");
  ASSERT_TRUE(joins(ann));
  ASSERT_TRUE(joins(bob));
  first.watch(bob);
  const auto camera = *ann.meeting->publishCamera(options());
  Projector projector(camera, film);
  EVENTUALLY(first.saw(kLast));
  expect_the_film(first.seen());
  const auto stats = bob.meeting->stats().get(kPatience);
  ASSERT_TRUE(stats);
  for (const StreamStats& stream : stats->streams) {
    if (stream.participantId != "ann" || stream.kind != StreamKind::Video) continue;
    EXPECT_EQ(stream.codec, codec_name());
    EXPECT_EQ(stream.width, EncodedFilm::kWidth);
  }
  // As encoded frames: what a decoder needs of each is there, and a size with the key frame.
  const auto taken = first.taken();
  ASSERT_FALSE(taken.empty());
  EXPECT_TRUE(taken.front().key);
  EXPECT_EQ(taken.front().codec, GetParam());
  EXPECT_EQ(taken.front().width, EncodedFilm::kWidth);
  EXPECT_EQ(taken.front().height, EncodedFilm::kHeight);

  // Nothing is sent any more; only a key frame, for which the film has to begin again, shows cleo anything.
  EVENTUALLY(projector.at_end());
  const int wanted = projector.wanted();
  ASSERT_TRUE(joins(cleo));
  late.watch(cleo);
  EVENTUALLY(late.saw(kLast));
  EXPECT_GT(projector.wanted(), wanted) << "by the server, which has no key frame for her";
  expect_the_film(late.seen());

  // What was pushed while it rested has not been sent, so that a key frame goes first again.
  EVENTUALLY(projector.at_end());
  camera->pause();
  const auto before = camera->counts();
  ASSERT_TRUE(camera->pushEncoded(film.frame(0)));
  EXPECT_EQ(camera->counts().skipped, before.skipped + 1);
  camera->resume();
  const auto plays = [&] { return std::ranges::count(late.seen(), kLast); };
  EVENTUALLY(plays() >= 2);
  expect_the_film(late.seen());
  bob.meeting->handleVideo("ann", StreamKind::Video, {});
  cleo.meeting->handleVideo("ann", StreamKind::Video, {});
}

TEST_P(EncodedFilms, SurviveLossBothWays) {
  const EncodedFilm film(GetParam(), 300);
  const std::string port = std::to_string(free_port());
  ServerProcess server({"--media-port", port, "--announced-ip", "127.0.0.2"});
  MediaRelay relay("127.0.0.2", static_cast<uint16_t>(std::stoi(port)));
  const std::string room = server.make_room();
  auto config = Guest::config(server, room, "bob");
  config.delivery = Delivery::AsSoonAsComplete;  // losses are waited for
  Guest ann(Guest::config(server, room, "ann")), bob(config);
  bob.listens = false;
  Viewer viewer(film, "ann");
  ASSERT_TRUE(joins(ann));
  ASSERT_TRUE(joins(bob));
  viewer.watch(bob);
  const auto camera = *ann.meeting->publishCamera(options());
  Projector projector(camera, film);
  EVENTUALLY(viewer.saw(0));
  const int wanted = projector.wanted();
  // While the film goes on: at its end nothing follows that would show a loss. Not so many that the server takes them
  // for a path that carries no more.
  relay.lose_every(14, 84);
  EVENTUALLY(viewer.saw(kLast));
  EXPECT_EQ(relay.lost(), 6);
  expect_the_film(viewer.seen());
  EXPECT_EQ(projector.wanted(), wanted) << "what was lost was sent again, and no key frame wanted";
  bob.meeting->handleVideo("ann", StreamKind::Video, {});
}

INSTANTIATE_TEST_SUITE_P(, EncodedFilms, testing::Values(VideoCodec::Vp9, VideoCodec::Av1),
                         [](const auto& codec) { return codec.param == VideoCodec::Vp9 ? "Vp9" : "Av1"; });

}  // namespace
}  // namespace parley::test
