#include "media/ffmpeg/finalise.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "base/rng.hpp"
#include "media/ffmpeg/file_writer.hpp"
#include "media/ffmpeg/test_media.hpp"

namespace parley::media {
namespace {

using namespace test;
using std::filesystem::path;

struct PartOptions {
  SourceOptions source;
  Container container = Container::Mp4;
  TimeDelta span = TimeDelta::seconds(2);
  bool ended = true;  ///< else as a killed writer leaves it
};

void write_part(const path& file, const PartOptions& options) {
  Source source(options.source);
  auto writer = FileWriter::create({file, options.container, source.formats()}).value();
  write_all(writer, source.run(options.span));
  if (!options.ended) return;
  write_all(writer, source.finish());
  ASSERT_TRUE(writer.finish());
}

void expect_steady(const std::vector<PacketRow>& packets, double longest) {
  for (size_t i = 1; i < packets.size(); ++i) {
    EXPECT_GT(packets[i].pts, packets[i - 1].pts) << "at packet " << i;
    EXPECT_LT(packets[i].pts - packets[i - 1].pts, longest) << "at packet " << i;
  }
}

// ISO/IEC 14496-12: a file that begins with its index (moov) plays before all of it is there.
bool index_comes_first(const path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string head(64, '\0');
  in.read(head.data(), 64);
  return head.find("moov") < head.find("mdat");
}

TEST(Finalise, JoinsPartsIntoOneSeekableMp4) {
  TemporaryFolder folder;
  write_part(folder / "part-1.mp4", {});
  write_part(folder / "part-2.mp4", {.source = {.first_picture = 60}});
  write_part(folder / "part-3.mp4", {.source = {.first_picture = 120}});
  const auto done = finalise({folder / "part-1.mp4", folder / "part-2.mp4", folder / "part-3.mp4"}, folder / "all.mp4");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_NEAR(done->duration.seconds_f(), 6, 0.12);
  EXPECT_EQ(done->size, (frame::Size{160, 120}));
  EXPECT_EQ(done->bytes, static_cast<int64_t>(std::filesystem::file_size(folder / "all.mp4")));
  EXPECT_EQ(done->unreadable, 0);

  EXPECT_TRUE(index_comes_first(folder / "all.mp4"));
  EXPECT_EQ(decode_errors(folder / "all.mp4"), "");
  EXPECT_NEAR(probe_duration(folder / "all.mp4"), 6, 0.12);
  EXPECT_EQ(probe(folder / "all.mp4", "v:0", "codec_tag_string"), "avc1");
  const auto video = probe_packets(folder / "all.mp4", "v:0");
  EXPECT_EQ(video.size(), 180U);
  expect_steady(video, 0.08);
  expect_steady(probe_packets(folder / "all.mp4", "a:0"), 0.08);
  const auto luma = middle_luma(folder / "all.mp4");
  for (size_t i = 0; i < luma.size(); ++i) EXPECT_NEAR(luma[i], luma_of(static_cast<int64_t>(i)), 8) << i;
  EXPECT_GT(share_of_tone(decoded_sound(folder / "all.mp4"), 440), 0.9);
  EXPECT_TRUE(std::filesystem::exists(folder / "part-1.mp4")) << "removing parts is the caller's decision";
  EXPECT_FALSE(std::filesystem::exists(folder / "all.mp4.joining"));
}

TEST(Finalise, JoinsWebMWithCuesAndDuration) {
  TemporaryFolder folder;
  const SourceOptions source{.video = Codec::Vp8, .audio = Codec::Opus};
  write_part(folder / "part-1.webm", {.source = source, .container = Container::WebM});
  write_part(folder / "part-2.webm", {.source = source, .container = Container::WebM});
  const auto done = finalise({folder / "part-1.webm", folder / "part-2.webm"}, folder / "all.webm");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_NEAR(done->duration.seconds_f(), 4, 0.1);
  EXPECT_NEAR(probe_duration(folder / "all.webm"), 4, 0.1);
  EXPECT_EQ(decode_errors(folder / "all.webm"), "");
  expect_steady(probe_packets(folder / "all.webm", "v:0"), 0.08);
  expect_steady(probe_packets(folder / "all.webm", "a:0"), 0.08);
  std::ifstream in(folder / "all.webm", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  EXPECT_NE(bytes.find("\x1c\x53\xbb\x6b"), std::string::npos) << "Cues";
}

// Whatever byte a killed writer or a full disk stopped at.
TEST(Finalise, KeepsEverythingReadableOfTornParts) {
  Rng rng(7);
  for (const Container container : {Container::Mp4, Container::WebM}) {
    const bool mp4 = container == Container::Mp4;
    const SourceOptions source{.video = mp4 ? Codec::H264 : Codec::Vp8, .audio = mp4 ? Codec::Aac : Codec::Opus};
    TemporaryFolder folder;
    const std::string ending(name_of(container));
    write_part(folder / "whole", {.source = source, .container = container, .ended = false});
    write_part(folder / "last", {.source = source, .container = container, .span = TimeDelta::seconds(1)});
    const auto size = std::filesystem::file_size(folder / "whole");
    for (int i = 0; i < 8; ++i) {
      const auto cut = size / 4 + rng.below(size * 3 / 4);
      SCOPED_TRACE(fmt::format("{} cut at {} of {}", ending, cut, size));
      const auto torn = folder / ("torn." + ending);
      std::filesystem::copy_file(folder / "whole", torn, std::filesystem::copy_options::overwrite_existing);
      std::filesystem::resize_file(torn, cut);
      const double readable = readable_until(torn, "v:0");
      const auto done = finalise({torn, folder / "last"}, folder / ("all." + ending));
      ASSERT_TRUE(done) << done.error().message;
      EXPECT_EQ(decode_errors(folder / ("all." + ending)), "");
      EXPECT_NEAR(done->duration.seconds_f(), readable + 1, 0.15);
      EXPECT_GE(readable, 2.0 * static_cast<double>(cut) / static_cast<double>(size) - 1.1);
    }
  }
}

TEST(Finalise, LeavesOutPartsThatHoldNothing) {
  TemporaryFolder folder;
  std::ofstream(folder / "part-1.mp4").close();
  std::ofstream(folder / "part-2.mp4") << "no film at all, but bytes all the same";
  write_part(folder / "part-3.mp4", {});
  const std::vector<path> parts{folder / "part-1.mp4", folder / "part-2.mp4", folder / "part-3.mp4"};
  const auto done = finalise(parts, folder / "all.mp4");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->unreadable, 2);
  EXPECT_NEAR(done->duration.seconds_f(), 2, 0.05);

  const auto none = finalise({parts[0], parts[1]}, folder / "none.mp4");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Error::Code::BadInput);
  EXPECT_FALSE(std::filesystem::exists(folder / "none.mp4"));
}

TEST(Finalise, JoinsPartsOfDifferentSizes) {
  TemporaryFolder folder;
  write_part(folder / "part-1.mp4", {});
  write_part(folder / "part-2.mp4", {.source = {.size = {320, 240}, .first_picture = 60}});
  const auto done = finalise({folder / "part-1.mp4", folder / "part-2.mp4"}, folder / "all.mp4");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(decode_errors(folder / "all.mp4"), "");
  EXPECT_EQ(probe(folder / "all.mp4", "v:0", "codec_tag_string"), "avc3");
  const auto luma = middle_luma(folder / "all.mp4");
  ASSERT_EQ(luma.size(), 120U);
  for (size_t i = 0; i < luma.size(); ++i) EXPECT_NEAR(luma[i], luma_of(static_cast<int64_t>(i)), 8) << i;
}

TEST(Finalise, RefusesWhatCannotBeJoined) {
  TemporaryFolder folder;
  write_part(folder / "part-1.mp4", {});
  write_part(folder / "part-2.webm",
             {.source = {.video = Codec::Vp8, .audio = Codec::Opus}, .container = Container::WebM});
  const auto mixed = finalise({folder / "part-1.mp4", folder / "part-2.webm"}, folder / "all.mp4");
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().code, Error::Code::Unsupported);
  EXPECT_FALSE(std::filesystem::exists(folder / "all.mp4"));
  EXPECT_FALSE(std::filesystem::exists(folder / "all.mp4.joining"));
  EXPECT_EQ(finalise({folder / "part-1.mp4"}, folder / "all.avi").error().code, Error::Code::Unsupported);
  EXPECT_EQ(finalise({folder / "part-1.mp4"}, folder / "no" / "all.mp4").error().code, Error::Code::Io);
  EXPECT_EQ(finalise({folder / "gone.mp4"}, folder / "all.mp4").error().code, Error::Code::Io);
}

TEST(Finalise, JoinsSoundAlone) {
  TemporaryFolder folder;
  for (const auto& [codec, container] :
       {std::pair(Codec::Mp3, Container::Mp3), std::pair(Codec::Opus, Container::WebM)}) {
    std::vector<path> parts;
    for (const double hertz : {300.0, 900.0}) {
      auto encoder = AudioEncoder::create({.codec = codec}).value();
      parts.push_back(folder / fmt::format("{}-{}", name_of(codec), hertz));
      auto writer = FileWriter::create({parts.back(), container, {encoder.format()}}).value();
      std::vector<EncodedPacket> packets;
      ASSERT_TRUE(encoder.encode(tone(hertz, 0, 96000, 2), packets));
      ASSERT_TRUE(encoder.finish(packets));
      write_all(writer, std::move(packets));
      ASSERT_TRUE(writer.finish());
    }
    const path target = folder / fmt::format("all.{}", name_of(container));
    const auto done = finalise(parts, target);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_NEAR(done->duration.seconds_f(), 4, 0.1);
    EXPECT_NEAR(probe_duration(target), 4, 0.15);
    EXPECT_EQ(done->size, (frame::Size{0, 0}));
    auto sound = decoded_sound(target);
    const std::vector<int16_t> first(sound.begin() + 9600, sound.begin() + 86400);
    const std::vector<int16_t> second(sound.begin() + 105600, sound.begin() + 182400);
    EXPECT_GT(share_of_tone(first, 300), 0.9);
    EXPECT_GT(share_of_tone(second, 900), 0.9);
  }
}

}  // namespace
}  // namespace parley::media
