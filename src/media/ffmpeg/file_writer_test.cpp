#include "media/ffmpeg/file_writer.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include <gmock/gmock.h>

#include "base/rng.hpp"
#include "media/ffmpeg/test_media.hpp"

namespace parley::media {
namespace {

using namespace test;

void expect_raster_of_keys(const std::vector<PacketRow>& packets) {
  for (const PacketRow& packet : packets) {
    const bool on_raster = std::abs(std::remainder(packet.pts, 2.0)) < 0.001;
    EXPECT_EQ(packet.key, on_raster) << "at " << packet.pts;
  }
}

TEST(FileWriter, WritesMp4WithPictureAndSoundInTheirPlaces) {
  TemporaryFolder folder;
  Source source({.preset = "veryfast"});
  auto writer = FileWriter::create({folder / "a.mp4", Container::Mp4, source.formats()}).value();
  write_all(writer, source.run(TimeDelta::seconds(5)));
  write_all(writer, source.finish());
  ASSERT_TRUE(writer.finish());

  const auto file = folder / "a.mp4";
  EXPECT_EQ(decode_errors(file), "");
  EXPECT_EQ(probe(file, "v:0", "codec_name"), "h264");
  EXPECT_EQ(probe(file, "v:0", "profile"), "High");
  EXPECT_EQ(probe(file, "v:0", "pix_fmt"), "yuv420p");
  EXPECT_EQ(probe(file, "v:0", "has_b_frames"), "0");
  EXPECT_EQ(probe(file, "v:0", "r_frame_rate"), "30/1");
  EXPECT_EQ(probe(file, "v:0", "codec_tag_string"), "avc1");
  EXPECT_EQ(probe(file, "a:0", "codec_name"), "aac");
  EXPECT_EQ(probe(file, "a:0", "sample_rate"), "48000");
  EXPECT_EQ(probe(file, "a:0", "channels"), "2");
  EXPECT_NEAR(probe_duration(file), 5, 0.05);
  EXPECT_NEAR(writer.duration().seconds_f(), 5, 0.05);
  EXPECT_EQ(writer.bytes(), static_cast<int64_t>(std::filesystem::file_size(file)));

  const auto video = probe_packets(file, "v:0");
  ASSERT_EQ(video.size(), 150U);
  EXPECT_DOUBLE_EQ(video[0].pts, 0);
  expect_raster_of_keys(video);
  EXPECT_DOUBLE_EQ(probe_packets(file, "a:0")[0].pts, 0);
  const auto luma = middle_luma(file);
  ASSERT_EQ(luma.size(), 150U);
  for (size_t i = 0; i < luma.size(); ++i) EXPECT_NEAR(luma[i], luma_of(static_cast<int64_t>(i)), 8) << i;
  const auto sound = decoded_sound(file);
  EXPECT_NEAR(static_cast<double>(sound.size()) / 48000, 5, 0.05);
  EXPECT_GT(share_of_tone(sound, 440), 0.9);
}

// What went in at a time comes out at that time: a click lies where it lay, within a millisecond.
TEST(FileWriter, SoundIsNotShifted) {
  for (const auto& [codec, container] :
       {std::pair(Codec::Aac, Container::Mp4), std::pair(Codec::Opus, Container::WebM)}) {
    TemporaryFolder folder;
    auto encoder = AudioEncoder::create({.codec = codec}).value();
    const auto file = folder / fmt::format("click.{}", name_of(container));
    auto writer = FileWriter::create({file, container, {encoder.format()}}).value();
    std::vector<int16_t> samples(2 * 96000);
    for (size_t i = 48000; i < 48010; ++i) samples[2 * i] = samples[2 * i + 1] = 20000;
    std::vector<EncodedPacket> packets;
    ASSERT_TRUE(encoder.encode(samples, packets));
    ASSERT_TRUE(encoder.finish(packets));
    write_all(writer, std::move(packets));
    ASSERT_TRUE(writer.finish());
    const auto decoded = decoded_sound(file);
    const auto loudest =
        std::max_element(decoded.begin(), decoded.end(), [](int a, int b) { return std::abs(a) < std::abs(b); });
    EXPECT_NEAR(static_cast<double>(loudest - decoded.begin()), 48005, 48) << name_of(codec);
  }
}

TEST(FileWriter, AFileThatWasNeverEndedIsPlayable) {
  for (const Container container : {Container::Mp4, Container::WebM}) {
    TemporaryFolder folder;
    const bool mp4 = container == Container::Mp4;
    Source source({.video = mp4 ? Codec::H264 : Codec::Vp8, .audio = mp4 ? Codec::Aac : Codec::Opus});
    const auto file = folder / "a";
    {
      auto writer = FileWriter::create({file, container, source.formats()}).value();
      write_all(writer, source.run(TimeDelta::seconds(4)));
    }
    EXPECT_EQ(decode_errors(file), "");
    // Encoders hold back a third of a second, and the last fragment is not there.
    EXPECT_GE(readable_until(file, "v:0"), 4 - 0.34 - FileWriter::kFragment.seconds_f() - 0.04);
    EXPECT_GE(readable_until(file, "a:0"), 4 - 0.34 - FileWriter::kFragment.seconds_f() - 0.04);
  }
}

// The child tells through the pipe up to where it was given media; it is killed after a random number of reports.
double loss_after_kill(const std::filesystem::path& file, Container container, uint64_t reports) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    Source source({.video = container == Container::Mp4 ? Codec::H264 : Codec::Vp8,
                   .audio = container == Container::Mp4 ? Codec::Aac : Codec::Opus});
    auto writer = FileWriter::create({file, container, source.formats()});
    while (writer) {
      for (EncodedPacket& packet : source.step()) (void)writer->write(std::move(packet));
      const int64_t now = source.now().us();
      if (::write(ends[1], &now, sizeof now) != sizeof now) break;
    }
    _exit(1);
  }
  close(ends[1]);
  int64_t told = 0;
  for (uint64_t i = 0; i < reports; ++i) EXPECT_EQ(read(ends[0], &told, sizeof told), ssize_t{sizeof told});
  kill(child, SIGKILL);
  while (read(ends[0], &told, sizeof told) == ssize_t{sizeof told}) {
  }
  waitpid(child, nullptr, 0);
  close(ends[0]);
  return static_cast<double>(told) * 1e-6 - std::min(readable_until(file, "v:0"), readable_until(file, "a:0"));
}

TEST(FileWriter, AKilledProcessLosesLessThanTwoSeconds) {
  Rng rng(20261124);
  double worst = 0;
  for (int i = 0; i < 10; ++i) {
    TemporaryFolder folder;
    const Container container = i % 2 == 0 ? Container::Mp4 : Container::WebM;
    const double loss = loss_after_kill(folder / "killed", container, 60 + rng.below(120));
    std::printf("killed %s writer lost %.0f ms\n", name_of(container).data(), loss * 1000);
    worst = std::max(worst, loss);
  }
  EXPECT_LT(worst, 2.0);
}

TEST(FileWriter, SaysThatTheDiskIsFullAndKeepsWhatWasRecorded) {
  TemporaryFolder folder;
  const auto file = folder / "full.mp4";
  Source source;
  auto writer = FileWriter::create({file, Container::Mp4, source.formats()}).value();
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{100'000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  std::optional<Error> error;
  while (!error && source.now() < TimeDelta::seconds(60)) {
    for (EncodedPacket& packet : source.step()) {
      if (auto written = writer.write(std::move(packet)); !written) error = written.error();
    }
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Error::Code::DiskFull);
  EXPECT_THAT(error->message, testing::HasSubstr("full.mp4"));
  EXPECT_EQ(writer.finish().error().code, Error::Code::DiskFull) << "it does not pretend later that all is well";
  EXPECT_EQ(decode_errors(file), "");
  EXPECT_NEAR(readable_until(file, "v:0"), writer.duration().seconds_f(), 0.1);
  EXPECT_GT(writer.duration(), TimeDelta::zero());
}

TEST(FileWriter, AFullDeviceIsAnErrorFromTheFirstByteOn) {
  Source source;
  auto writer = FileWriter::create({"/dev/full", Container::Mp4, source.formats()}).value();
  std::optional<Error> error;
  for (EncodedPacket& packet : source.run(TimeDelta::seconds(2))) {
    if (auto written = writer.write(std::move(packet)); !written) error = written.error();
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Error::Code::DiskFull);
}

TEST(FileWriter, RefusesWhatAContainerCannotHold) {
  TemporaryFolder folder;
  Source source;
  const auto refused = FileWriter::create({folder / "a.webm", Container::WebM, source.formats()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Error::Code::Unsupported);
  EXPECT_EQ(refused.error().message, "webm files do not hold h264");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.webm"));
  EXPECT_EQ(FileWriter::create({folder / "no" / "a.mp4", Container::Mp4, source.formats()}).error().code,
            Error::Code::Io);
}

// A sink that joins a running composition begins at the key picture it asked for, with sound and picture together.
TEST(FileWriter, BeginsAtTheFirstKeyPictureOfARunningComposition) {
  TemporaryFolder folder;
  Source source;
  source.run(TimeDelta::millis(1500));
  source.video().request_key();
  auto writer = FileWriter::create({folder / "a.mp4", Container::Mp4, source.formats()}).value();
  write_all(writer, source.run(TimeDelta::seconds(3)));
  write_all(writer, source.finish());
  ASSERT_TRUE(writer.finish());
  ASSERT_TRUE(writer.zero());
  EXPECT_EQ(writer.zero()->ms(), 1500);
  EXPECT_EQ(middle_luma(folder / "a.mp4").size(), 90U);
  EXPECT_NEAR(middle_luma(folder / "a.mp4")[0], luma_of(45), 8);
  EXPECT_LT(probe_packets(folder / "a.mp4", "a:0")[0].pts, 0.022);
  EXPECT_NEAR(probe_duration(folder / "a.mp4"), 3, 0.06);
}

/// Only the pictures, as copies of a room's stream: without what an encoder knows of them.
StreamFormat copied(Codec codec) { return {.codec = codec}; }

TEST(FileWriter, CopiesStreamsThatChangeTheirSizeAndTellItLate) {
  struct Case {
    Codec codec;
    Container container;
  };
  for (const auto& [codec, container] : {Case{Codec::Vp8, Container::WebM}, Case{Codec::Vp9, Container::WebM},
                                         Case{Codec::Vp9, Container::Mp4}, Case{Codec::H264, Container::Mp4}}) {
    SCOPED_TRACE(fmt::format("{} in {}", name_of(codec), name_of(container)));
    TemporaryFolder folder;
    const auto file = folder / fmt::format("copied.{}", name_of(container));
    auto writer = FileWriter::create({file, container, {copied(codec)}}).value();
    EXPECT_EQ(writer.size(), (frame::Size{0, 0}));
    Source small({.size = {160, 120}, .video = codec});
    auto packets = small.run(TimeDelta::seconds(1));
    for (auto& p : small.finish()) packets.push_back(std::move(p));
    Source large({.size = {320, 240}, .video = codec, .first_picture = 30});
    for (auto& p : large.run(TimeDelta::seconds(1))) packets.push_back(std::move(p));
    for (auto& p : large.finish()) packets.push_back(std::move(p));
    write_all(writer, std::move(packets));  // the sound in between is not of this file and is left out
    ASSERT_TRUE(writer.finish());
    EXPECT_EQ(writer.size(), (frame::Size{160, 120}));
    EXPECT_EQ(decode_errors(file), "");
    EXPECT_EQ(probe_packets(file, "v:0").size(), 60U);
    EXPECT_EQ(middle_luma(file).size(), 60U);
    EXPECT_EQ(probe(file, "v:0", "codec_tag_string"), codec == Codec::H264          ? "avc3"
                                                      : container == Container::Mp4 ? "vp09"
                                                                                    : "[0][0][0][0]");
  }
}

TEST(FileWriter, WritesMp3) {
  TemporaryFolder folder;
  auto encoder = AudioEncoder::create({.codec = Codec::Mp3, .channels = 1}).value();
  auto writer = FileWriter::create({folder / "a.mp3", Container::Mp3, {encoder.format()}}).value();
  std::vector<EncodedPacket> packets;
  ASSERT_TRUE(encoder.encode(tone(700, 0, 96000, 1), packets));
  ASSERT_TRUE(encoder.finish(packets));
  write_all(writer, std::move(packets));
  ASSERT_TRUE(writer.finish());
  EXPECT_NEAR(readable_until(folder / "a.mp3", "a:0"), 2, 0.06);
  EXPECT_GT(share_of_tone(decoded_sound(folder / "a.mp3"), 700), 0.9);
}

}  // namespace
}  // namespace parley::media
