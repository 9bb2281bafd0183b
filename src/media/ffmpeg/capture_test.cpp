#include "media/ffmpeg/capture.hpp"

#include <gmock/gmock.h>

#include "media/ffmpeg/file_writer.hpp"
#include "media/ffmpeg/finalise.hpp"
#include "media/ffmpeg/hls_writer.hpp"
#include "media/ffmpeg/test_media.hpp"

namespace parley::media {
namespace {

using namespace test;

/// Luma (limited range) in the middle of a picture file.
int luma_in(const std::filesystem::path& picture) {
  const std::string raw =
      output_of(fmt::format("timeout 60 ffmpeg -v error -i '{}' -vf "
                            "crop=2:2,scale=out_range=tv:out_color_matrix=bt601,format=yuv420p -f rawvideo - ",
                            picture.string()));
  return raw.size() < 6 ? -1 : static_cast<uint8_t>(raw[0]);
}

class CaptureOfStream : public testing::Test {
 protected:
  CaptureOfStream() : writer_(HlsWriter::create({folder_.path(), source_.formats(), {}}).value()) {
    write_all(writer_, source_.run(TimeDelta::millis(7000)));
  }
  TemporaryFolder folder_;
  Source source_{{.size = {320, 180}}};
  HlsWriter writer_;
};

TEST_F(CaptureOfStream, TakesThePictureOfATimeWhileTheStreamGrows) {
  for (const char* ending : {"jpg", "png", "webp"}) {
    for (const int ms : {0, 1500, 2000, 4700}) {
      SCOPED_TRACE(fmt::format("{} at {} ms", ending, ms));
      const auto target = folder_ / fmt::format("at-{}.{}", ms, ending);
      const auto taken = capture({folder_ / "index.m3u8", TimeDelta::millis(ms), {}, target});
      ASSERT_TRUE(taken) << taken.error().message;
      EXPECT_EQ(taken->size, (frame::Size{320, 180}));
      EXPECT_EQ(taken->bytes, static_cast<int64_t>(std::filesystem::file_size(target)));
      EXPECT_NEAR(luma_in(target), luma_of(ms * 30 / 1000), 4);
      EXPECT_EQ(probe(target, "v:0", "width"), "320");
    }
  }
}

TEST_F(CaptureOfStream, WithoutTimeItIsTheNewest) {
  for (const std::optional<TimeDelta> at : {std::optional<TimeDelta>(), std::optional(TimeDelta::seconds(3600))}) {
    ASSERT_TRUE(capture({folder_ / "index.m3u8", at, {}, folder_ / "now.png"}));
    EXPECT_NEAR(luma_in(folder_ / "now.png"), luma_of(179), 4) << "the end of the newest whole segment";
  }
}

TEST_F(CaptureOfStream, FitsTheSizeAskedFor) {
  const auto size_of = [&](frame::Size within) {
    return capture({folder_ / "index.m3u8", {}, within, folder_ / "x.jpg"}).value().size;
  };
  EXPECT_EQ(size_of({160, 0}), (frame::Size{160, 90}));
  EXPECT_EQ(size_of({0, 360}), (frame::Size{640, 360}));
  EXPECT_EQ(size_of({160, 160}), (frame::Size{160, 90}));
  EXPECT_EQ(size_of({1'000'000, 0}).width, 4096) << "bounded";
}

TEST(Capture, OfARecordingAndOfAPartStillBeingWritten) {
  TemporaryFolder folder;
  Source source;
  auto writer = FileWriter::create({folder / "part-1.mp4", Container::Mp4, source.formats()}).value();
  write_all(writer, source.run(TimeDelta::seconds(6)));
  ASSERT_TRUE(capture({folder / "part-1.mp4", TimeDelta::millis(3300), {}, folder / "part.png"}));
  EXPECT_NEAR(luma_in(folder / "part.png"), luma_of(99), 4);
  write_all(writer, source.finish());
  ASSERT_TRUE(writer.finish());
  ASSERT_TRUE(finalise({folder / "part-1.mp4"}, folder / "all.mp4"));
  ASSERT_TRUE(capture({folder / "all.mp4", TimeDelta::millis(3300), {}, folder / "all.png"}));
  EXPECT_NEAR(luma_in(folder / "all.png"), luma_of(99), 4);
  ASSERT_TRUE(capture({folder / "all.mp4", {}, {}, folder / "last.png"}));
  EXPECT_NEAR(luma_in(folder / "last.png"), luma_of(179), 4);
}

TEST(Capture, RefusesWhatHasNoPicture) {
  TemporaryFolder folder;
  EXPECT_EQ(capture({folder / "index.m3u8", {}, {}, folder / "x.jpg"}).error().code, Error::Code::BadInput);
  EXPECT_EQ(capture({folder / "gone.mp4", {}, {}, folder / "x.jpg"}).error().code, Error::Code::Io);
  EXPECT_EQ(capture({folder / "gone.mp4", {}, {}, folder / "x.gif"}).error().code, Error::Code::Unsupported);
  auto encoder = AudioEncoder::create({}).value();
  auto writer = FileWriter::create({folder / "sound.mp4", Container::Mp4, {encoder.format()}}).value();
  std::vector<EncodedPacket> packets;
  ASSERT_TRUE(encoder.encode(tone(440, 0, 48000, 2), packets));
  write_all(writer, std::move(packets));
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(capture({folder / "sound.mp4", {}, {}, folder / "x.jpg"}).error().code, Error::Code::BadInput);
  EXPECT_FALSE(std::filesystem::exists(folder / "x.jpg"));
}

}  // namespace
}  // namespace parley::media
