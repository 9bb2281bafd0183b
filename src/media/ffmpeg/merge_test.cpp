#include "media/ffmpeg/merge.hpp"

#include <gmock/gmock.h>

#include "media/ffmpeg/file_writer.hpp"
#include "media/ffmpeg/test_media.hpp"

namespace parley::media {
namespace {

using namespace test;

/// A recording of a tone; `gap` seconds in its middle have no packets, as where a track was muted.
void record(const std::filesystem::path& file, Codec codec, Container container, double hertz, int seconds,
            int gap = 0) {
  auto encoder = AudioEncoder::create({.codec = codec, .channels = 1}).value();
  auto writer = FileWriter::create({file, container, {encoder.format()}}).value();
  std::vector<EncodedPacket> packets;
  ASSERT_TRUE(encoder.encode(tone(hertz, 0, 48000 * seconds, 1), packets));
  ASSERT_TRUE(encoder.finish(packets));
  for (EncodedPacket& packet : packets) {
    if (gap > 0 && packet.pts >= TimeDelta::seconds(seconds / 2)) {
      packet.pts += TimeDelta::seconds(gap);
      packet.dts += TimeDelta::seconds(gap);
    }
  }
  write_all(writer, std::move(packets));
  ASSERT_TRUE(writer.finish());
}

/// What a stretch of one channel is: "440" if that tone, "-" if silence, "?" otherwise.
std::string heard(const std::filesystem::path& file, int channel, double from, double to, std::vector<int> tones) {
  const auto all = decoded_sound(file, channel);
  const auto at = [&](double s) { return all.begin() + std::min<ptrdiff_t>(std::ssize(all), std::lround(s * 48000)); };
  const std::vector<int16_t> part(at(from), at(to));
  if (part.empty() || std::ranges::all_of(part, [](int v) { return std::abs(v) < 60; })) return "-";
  for (const int hertz : tones) {
    if (share_of_tone(part, hertz) > 0.8) return std::to_string(hertz);
  }
  return "?";
}

TEST(Merge, PutsRecordingsOnTheirChannelsAtTheirTimes) {
  TemporaryFolder folder;
  record(folder / "a.webm", Codec::Opus, Container::WebM, 440, 4);
  record(folder / "b.mp4", Codec::Aac, Container::Mp4, 660, 2);
  record(folder / "c.mp3", Codec::Mp3, Container::Mp3, 880, 4);
  for (const char* name : {"all.mp3", "all.mp4", "all.webm"}) {
    SCOPED_TRACE(name);
    const auto merged = merge({{folder / "a.webm", TimeDelta::zero()}, {folder / "b.mp4", TimeDelta::seconds(6)}},
                              {{folder / "c.mp3", TimeDelta::seconds(3)}}, folder / name);
    ASSERT_TRUE(merged) << merged.error().message;
    EXPECT_NEAR(merged->duration.seconds_f(), 8, 0.25);
    EXPECT_EQ(probe(folder / name, "a:0", "channels"), "2");
    const std::vector tones{440, 660, 880};
    EXPECT_EQ(heard(folder / name, 0, 0.2, 3.8, tones), "440");
    EXPECT_EQ(heard(folder / name, 0, 4.2, 5.8, tones), "-");
    EXPECT_EQ(heard(folder / name, 0, 6.2, 7.8, tones), "660");
    EXPECT_EQ(heard(folder / name, 1, 0.2, 2.8, tones), "-");
    EXPECT_EQ(heard(folder / name, 1, 3.2, 6.8, tones), "880");
    EXPECT_FALSE(std::filesystem::exists(folder / (std::string(name) + ".merging")));
  }
}

TEST(Merge, GapsOfARecordingAreSilence) {
  TemporaryFolder folder;
  record(folder / "a.webm", Codec::Opus, Container::WebM, 440, 4, 3);
  ASSERT_TRUE(merge({{folder / "a.webm", {}}}, {}, folder / "all.mp4"));
  EXPECT_EQ(heard(folder / "all.mp4", 0, 0.2, 1.8, {440}), "440");
  EXPECT_EQ(heard(folder / "all.mp4", 0, 2.2, 4.8, {440}), "-");
  EXPECT_EQ(heard(folder / "all.mp4", 0, 5.2, 6.8, {440}), "440");
}

TEST(Merge, MixesTwoOnOneChannel) {
  TemporaryFolder folder;
  record(folder / "a.webm", Codec::Opus, Container::WebM, 440, 2);
  record(folder / "b.webm", Codec::Opus, Container::WebM, 880, 2);
  ASSERT_TRUE(merge({{folder / "a.webm", {}}, {folder / "b.webm", {}}}, {}, folder / "all.mp4"));
  const auto sound = decoded_sound(folder / "all.mp4", 0);
  EXPECT_NEAR(share_of_tone(sound, 440), 0.5, 0.1);
  EXPECT_NEAR(share_of_tone(sound, 880), 0.5, 0.1);
}

TEST(Merge, RefusesWhatItCannotMerge) {
  TemporaryFolder folder;
  record(folder / "a.webm", Codec::Opus, Container::WebM, 440, 1);
  EXPECT_EQ(merge({}, {}, folder / "all.mp4").error().code, Error::Code::BadInput);
  EXPECT_EQ(merge({{folder / "gone.webm", {}}}, {}, folder / "all.mp4").error().code, Error::Code::Io);
  EXPECT_EQ(merge({{folder / "a.webm", {}}}, {}, folder / "all.wav").error().code, Error::Code::Unsupported);
  const std::vector<MergeInput> many(kMaxMergeInputs + 1, MergeInput{folder / "a.webm", {}});
  EXPECT_EQ(merge(many, {}, folder / "all.mp4").error().code, Error::Code::Unsupported);
  EXPECT_FALSE(std::filesystem::exists(folder / "all.mp4"));
}

}  // namespace
}  // namespace parley::media
