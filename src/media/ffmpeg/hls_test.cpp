#include <gmock/gmock.h>

#include <fstream>

#include "media/ffmpeg/hls_playlist.hpp"
#include "media/ffmpeg/hls_writer.hpp"
#include "media/ffmpeg/test_media.hpp"

namespace parley::media {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// What a player sees at this moment, as a playlist that is not waited for to grow.
std::filesystem::path snapshot(const std::filesystem::path& playlist) {
  const auto file = playlist.parent_path() / "snapshot.m3u8";
  std::ofstream(file, std::ios::binary) << text_of(playlist) << "#EXT-X-ENDLIST\n";
  return file;
}

HlsPlaylist::Segment segment(int number, bool discontinuity = false) {
  return {.file = fmt::format("s{}.m4s", number),
          .init = discontinuity || number >= 3 ? "b.mp4" : "a.mp4",
          .duration = TimeDelta::seconds(2),
          .at = UtcTime::from_ms(1'700'000'000'123 + number * 2000),
          .discontinuity = discontinuity};
}

TEST(HlsPlaylist, GrowsAsAnEventAndEndsAsVideoOnDemand) {
  HlsPlaylist playlist;
  playlist.add(segment(0));
  EXPECT_EQ(playlist.full(),
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:EVENT\n"
            "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"a.mp4\"\n"
            "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.123Z\n#EXTINF:2.000000,\ns0.m4s\n");
  playlist.end();
  EXPECT_THAT(playlist.full(), HasSubstr("PLAYLIST-TYPE:VOD"));
  EXPECT_TRUE(playlist.full().ends_with("#EXT-X-ENDLIST\n"));
  EXPECT_TRUE(playlist.window().ends_with("#EXT-X-ENDLIST\n"));
}

TEST(HlsPlaylist, TheWindowSlidesAndCountsWhatItLost) {
  HlsPlaylist playlist;
  for (int i = 0; i < 12; ++i) playlist.add(segment(i, i == 3));
  const std::string window = playlist.window();
  EXPECT_THAT(window, HasSubstr("MEDIA-SEQUENCE:6\n"));
  EXPECT_THAT(window, HasSubstr("DISCONTINUITY-SEQUENCE:1\n"));
  EXPECT_THAT(window, HasSubstr("URI=\"b.mp4\""));
  EXPECT_THAT(window, Not(HasSubstr("s5.m4s")));
  EXPECT_THAT(window, HasSubstr("s6.m4s"));
  EXPECT_THAT(window, Not(HasSubstr("PLAYLIST-TYPE"))) << "it loses segments, which EVENT may not";
  EXPECT_THAT(playlist.full(), HasSubstr("#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"b.mp4\"\n"));
}

TEST(HlsPlaylist, ReadsWhatItWrote) {
  HlsPlaylist playlist;
  for (int i = 0; i < 5; ++i) playlist.add(segment(i, i == 3));
  const auto again = HlsPlaylist::parse(playlist.full());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->full(), playlist.full());
  EXPECT_FALSE(again->ended());
  playlist.end();
  EXPECT_TRUE(HlsPlaylist::parse(playlist.full())->ended());
  EXPECT_FALSE(HlsPlaylist::parse("no playlist"));
  EXPECT_FALSE(HlsPlaylist::parse(""));
  EXPECT_TRUE(HlsPlaylist::parse("#EXTM3U\n#EXTINF:x\n#EXT-X-MAP:URI=\"\n")->segments().empty());
}

HlsWriter writer_in(const TemporaryFolder& folder, const Source& source) {
  return HlsWriter::create({folder.path(), source.formats(), UtcTime::from_ms(1'700'000'000'000)}).value();
}

TEST(HlsWriter, PlaysWhileItGrowsAndAfterTheEnd) {
  TemporaryFolder folder;
  Source source;
  auto writer = writer_in(folder, source);
  EXPECT_FALSE(writer.playable());
  TimeDelta since;
  while (!writer.playable()) {
    write_all(writer, source.step());
    since = source.now();
    ASSERT_LT(since, TimeDelta::seconds(8));
  }
  EXPECT_LT(since, TimeDelta::millis(4500));
  EXPECT_THAT(text_of(folder / "index.m3u8"), HasSubstr("PLAYLIST-TYPE:EVENT"));
  EXPECT_EQ(decode_errors(snapshot(folder / "live.m3u8")), "");
  EXPECT_EQ(middle_luma(snapshot(folder / "index.m3u8")).size(), 120U) << "two whole segments";

  write_all(writer, source.run(TimeDelta::seconds(15) - source.now()));
  EXPECT_THAT(text_of(folder / "live.m3u8"), HasSubstr("MEDIA-SEQUENCE:1\n"));
  EXPECT_EQ(middle_luma(snapshot(folder / "live.m3u8")).size(), 360U) << "six segments";
  write_all(writer, source.finish());
  ASSERT_TRUE(writer.finish());
  EXPECT_NEAR(writer.duration().seconds_f(), 15, 0.1);
  const std::string index = text_of(folder / "index.m3u8");
  EXPECT_THAT(index, HasSubstr("#EXT-X-PLAYLIST-TYPE:VOD"));
  EXPECT_THAT(index, HasSubstr("#EXTINF:2.000000,\nsegment-000000.m4s"));
  EXPECT_THAT(index, HasSubstr("2023-11-14T22:13:22.000Z\n#EXTINF:2.000000,\nsegment-000001.m4s"));
  EXPECT_NEAR(probe_duration(folder / "index.m3u8"), 15, 0.1);
  EXPECT_EQ(decode_errors(folder / "index.m3u8"), "");
  const auto luma = middle_luma(folder / "index.m3u8");
  ASSERT_EQ(luma.size(), 450U);
  for (size_t i = 0; i < luma.size(); ++i) EXPECT_NEAR(luma[i], luma_of(static_cast<int64_t>(i)), 8) << i;
  EXPECT_GT(share_of_tone(decoded_sound(folder / "index.m3u8"), 440), 0.9);
}

TEST(HlsWriter, ASegmentIsNeverLongerThanTheTarget) {
  TemporaryFolder folder;
  Source source;
  auto writer = writer_in(folder, source);
  for (int i = 0; i < 300; ++i) {
    if (i % 37 == 5) source.video().request_key();  // other sinks come and go
    write_all(writer, source.step());
  }
  write_all(writer, source.finish());
  ASSERT_TRUE(writer.finish());
  EXPECT_THAT(text_of(folder / "index.m3u8"), HasSubstr("#EXT-X-TARGETDURATION:2\n"));
  EXPECT_EQ(decode_errors(folder / "index.m3u8"), "");
  EXPECT_EQ(middle_luma(folder / "index.m3u8").size(), 300U);
}

TEST(HlsWriter, GoesOnAfterARestart) {
  TemporaryFolder folder;
  {
    Source source;
    auto killed = writer_in(folder, source);
    write_all(killed, source.run(TimeDelta::seconds(5)));
  }
  Source source({.hertz = 880});
  auto writer = writer_in(folder, source);
  write_all(writer, source.run(TimeDelta::seconds(4)));
  write_all(writer, source.finish());
  ASSERT_TRUE(writer.finish());
  const std::string index = text_of(folder / "index.m3u8");
  EXPECT_THAT(index, HasSubstr("#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-000002.mp4\""));
  EXPECT_NEAR(writer.duration().seconds_f(), 8, 0.1);
  EXPECT_EQ(decode_errors(folder / "index.m3u8"), "");
  EXPECT_EQ(middle_luma(folder / "index.m3u8").size(), 240U);
  EXPECT_EQ(HlsWriter::create({folder.path(), source.formats(), {}}).error().code, Error::Code::BadInput) << "it ended";
}

TEST(HlsWriter, WhatAKilledWriterLeftCanBeEnded) {
  TemporaryFolder folder;
  EXPECT_EQ(finalise_hls(folder.path()).error().code, Error::Code::BadInput);
  {
    Source source;
    auto killed = writer_in(folder, source);
    write_all(killed, source.run(TimeDelta::seconds(5)));
  }
  for (int i = 0; i < 2; ++i) {
    const auto done = finalise_hls(folder.path());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_NEAR(done->duration.seconds_f(), 4, 0.01);
    EXPECT_EQ(done->size, (frame::Size{160, 120}));
    EXPECT_GT(done->bytes, 10'000);
  }
  EXPECT_THAT(text_of(folder / "index.m3u8"), HasSubstr("#EXT-X-ENDLIST"));
}

TEST(HlsWriter, BecomesOneFile) {
  TemporaryFolder folder;
  {
    Source source;
    auto killed = writer_in(folder, source);
    write_all(killed, source.run(TimeDelta::seconds(5)));
  }
  Source source;
  auto writer = writer_in(folder, source);
  write_all(writer, source.run(TimeDelta::seconds(3)));
  write_all(writer, source.finish());
  ASSERT_TRUE(writer.finish());
  const auto done = finalise({folder / "index.m3u8"}, folder / "all.mp4");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_NEAR(done->duration.seconds_f(), 7, 0.1);
  EXPECT_EQ(decode_errors(folder / "all.mp4"), "");
  const auto luma = middle_luma(folder / "all.mp4");
  ASSERT_EQ(luma.size(), 210U);
  for (size_t i = 0; i < luma.size(); ++i)
    EXPECT_NEAR(luma[i], luma_of(static_cast<int64_t>(i < 120 ? i : i - 120)), 8) << i;
}

TEST(HlsWriter, SoundAloneIsCutToo) {
  TemporaryFolder folder;
  auto encoder = AudioEncoder::create({}).value();
  auto writer = HlsWriter::create({folder.path(), {encoder.format()}, {}}).value();
  std::vector<EncodedPacket> packets;
  ASSERT_TRUE(encoder.encode(tone(440, 0, 48000 * 7, 2), packets));
  ASSERT_TRUE(encoder.finish(packets));
  write_all(writer, std::move(packets));
  ASSERT_TRUE(writer.finish());
  EXPECT_THAT(text_of(folder / "index.m3u8"), HasSubstr("segment-000003.m4s"));
  EXPECT_NEAR(probe_duration(folder / "index.m3u8"), 7, 0.1);
  EXPECT_EQ(decode_errors(folder / "index.m3u8"), "");
}

TEST(HlsWriter, RefusesCodecsThatPlayersDoNotPlay) {
  TemporaryFolder folder;
  const Source source({.video = Codec::Vp8});
  EXPECT_EQ(HlsWriter::create({folder.path(), source.formats(), {}}).error().message, "HLS players do not play vp8");
}

}  // namespace
}  // namespace parley::media
