#pragma once

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "media/ffmpeg/audio_encoder.hpp"
#include "media/ffmpeg/video_encoder.hpp"

/// For this folder's tests: known pictures and tones in, and what an independent ffmpeg/ffprobe process sees of a file.
namespace parley::media::test {

/// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    char name[] = "/tmp/parley-media-XXXXXX";
    path_ = mkdtemp(name);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What a shell command prints.
inline std::string output_of(const std::string& command) {
  std::string text;
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::array<char, 4096> buffer;
  while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe.get())) text.append(buffer.data(), n);
  return text;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

/// One value of a stream ("v:0", "a:0") as ffprobe prints it.
inline std::string probe(const std::filesystem::path& file, const std::string& stream, const std::string& entry) {
  const auto lines = lines_of(
      output_of(fmt::format("timeout 60 ffprobe -v error -select_streams {} -show_entries stream={} -of csv=p=0 '{}'",
                            stream, entry, file.string())));
  return lines.empty() ? "" : lines[0].substr(0, lines[0].find(','));
}

inline double probe_duration(const std::filesystem::path& file) {
  return std::atof(output_of(fmt::format("timeout 60 ffprobe -v error -show_entries format=duration -of csv=p=0 '{}'",
                                         file.string()))
                       .c_str());
}

struct PacketRow {
  double pts = 0;
  double duration = 0;
  bool key = false;
};
/// Every packet of a stream, read from the beginning to the end.
inline std::vector<PacketRow> probe_packets(const std::filesystem::path& file, const std::string& stream) {
  std::vector<PacketRow> rows;
  for (const std::string& line : lines_of(output_of(fmt::format(
           "timeout 60 ffprobe -v error -select_streams {} -show_entries packet=pts_time,duration_time,flags "
           "-of csv=p=0 '{}' 2>/dev/null",
           stream, file.string())))) {
    std::array<std::string, 3> field;
    std::istringstream in(line);
    for (std::string& f : field) std::getline(in, f, ',');
    rows.push_back({std::atof(field[0].c_str()), std::atof(field[1].c_str()), field[2].starts_with("K")});
  }
  return rows;
}

/// Where the last packet of a file ends, by reading all of it (the header of a torn file need not tell).
inline double readable_until(const std::filesystem::path& file, const std::string& stream) {
  const auto rows = probe_packets(file, stream);
  return rows.empty() ? 0 : rows.back().pts + rows.back().duration;
}

/// Errors of a whole decode; empty for a sound file.
inline std::string decode_errors(const std::filesystem::path& file) {
  return output_of(fmt::format("timeout 60 ffmpeg -v error -xerror -i '{}' -f null - 2>&1", file.string()));
}

/// The decoded luma at the middle of every picture.
inline std::vector<int> middle_luma(const std::filesystem::path& file) {
  const std::string raw = output_of(fmt::format(
      "timeout 60 ffmpeg -v error -i '{}' -an -vf crop=2:2,format=yuv420p -vsync passthrough -f rawvideo - 2>/dev/null",
      file.string()));
  std::vector<int> values;
  for (size_t i = 0; i + 6 <= raw.size(); i += 6) values.push_back(static_cast<uint8_t>(raw[i]));
  return values;
}

/// The sound of one channel (0, 1), or of all mixed (-1), at 48 kHz, from `from` seconds on.
inline std::vector<int16_t> decoded_sound(const std::filesystem::path& file, int channel = -1, double from = 0) {
  const std::string pick = channel < 0 ? "-ac 1" : fmt::format("-af 'pan=mono|c0=c{}'", channel);
  const std::string raw = output_of(fmt::format(
      "timeout 60 ffmpeg -v error -i '{}' -vn -ss {} {} -ar 48000 -f s16le - 2>/dev/null", file.string(), from, pick));
  std::vector<int16_t> samples(raw.size() / 2);
  std::memcpy(samples.data(), raw.data(), samples.size() * 2);
  return samples;
}

/// How much of the sound is a tone of this frequency: 0 to about 1 (Goertzel's algorithm over all samples).
inline double share_of_tone(const std::vector<int16_t>& samples, double hertz) {
  const double w = 2 * std::numbers::pi * hertz / 48000;
  double a = 0, b = 0, energy = 0;
  for (const int16_t s : samples) {
    const double next = s + 2 * std::cos(w) * a - b;
    b = a;
    a = next;
    energy += double{1} * s * s;
  }
  const double power = a * a + b * b - 2 * std::cos(w) * a * b;
  return energy > 0 ? power / (energy * static_cast<double>(samples.size()) / 2) : 0;
}

/// The luma that picture `index` has in its middle: steps that survive encoding, and never repeat within a second.
inline int luma_of(int64_t index) { return 40 + static_cast<int>(index % 30) * 6; }

inline frame::Picture picture(frame::Size size, int64_t index) {
  auto buffer = std::make_shared<frame::PictureBuffer>(size);
  buffer->fill(static_cast<uint8_t>(luma_of(index)), 120, 136);
  // Something that moves, so that encoders have work.
  const int x0 = static_cast<int>(index * 5) % (size.width - 16);
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) buffer->y()[y * buffer->y_stride() + x0 + x] = static_cast<uint8_t>(16 + x * 13);
  }
  return frame::PictureBuffer::share(std::move(buffer));
}

inline std::vector<int16_t> tone(double hertz, int64_t first_sample, int64_t frames, int channels) {
  std::vector<int16_t> samples;
  samples.reserve(static_cast<size_t>(frames * channels));
  for (int64_t i = 0; i < frames; ++i) {
    const double value = 8000 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(first_sample + i) / 48000);
    for (int c = 0; c < channels; ++c) samples.push_back(static_cast<int16_t>(value));
  }
  return samples;
}

struct SourceOptions {
  frame::Size size{160, 120};
  Codec video = Codec::H264;
  Codec audio = Codec::Aac;
  double hertz = 440;
  int frame_rate = 30;
  int64_t first_picture = 0;
  std::string preset = "ultrafast";  ///< tests look at what is in the picture, not at how well
};

/// Encoded test pictures and a tone, picture by picture, as a composition gives them to its sinks.
class Source {
 public:
  explicit Source(SourceOptions options = {})
      : options_(options),
        video_(VideoEncoder::create({.codec = options.video,
                                     .size = options.size,
                                     .frame_rate = options.frame_rate,
                                     .bitrate = DataRate::kbps(400),
                                     .preset = options.preset})
                   .value()),
        audio_(AudioEncoder::create({.codec = options.audio}).value()),
        next_(options.first_picture) {}

  std::vector<StreamFormat> formats() const { return {video_.format(), audio_.format()}; }
  VideoEncoder& video() { return video_; }
  TimeDelta now() const { return TimeDelta::micros(next_ * 1'000'000 / options_.frame_rate); }

  /// Packets of the next picture and the sound beside it.
  std::vector<EncodedPacket> step() {
    std::vector<EncodedPacket> out;
    EXPECT_TRUE(video_.encode(picture(options_.size, next_), now(), out));
    const int64_t block = 48000 / options_.frame_rate;
    const int64_t first = (next_ - options_.first_picture) * block;
    EXPECT_TRUE(audio_.encode(tone(options_.hertz, first, block, 2), out));
    ++next_;
    return out;
  }
  std::vector<EncodedPacket> run(TimeDelta span) {
    std::vector<EncodedPacket> out;
    for (const TimeDelta end = now() + span; now() < end;) {
      for (EncodedPacket& packet : step()) out.push_back(std::move(packet));
    }
    return out;
  }
  std::vector<EncodedPacket> finish() {
    std::vector<EncodedPacket> out;
    EXPECT_TRUE(video_.finish(out));
    EXPECT_TRUE(audio_.finish(out));
    return out;
  }

 private:
  SourceOptions options_;
  VideoEncoder video_;
  AudioEncoder audio_;
  int64_t next_;
};

template <typename Sink>
void write_all(Sink& sink, std::vector<EncodedPacket> packets) {
  for (EncodedPacket& packet : packets) {
    const auto written = sink.write(std::move(packet));
    ASSERT_TRUE(written) << written.error().message;
  }
}

}  // namespace parley::media::test
