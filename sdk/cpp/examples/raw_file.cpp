#include <cstring>
#include <fstream>

#include "media_file.hpp"
#include "options.hpp"

namespace example {
namespace {

class Y4m {
 public:
  explicit Y4m(const std::string& path) : file_(path, std::ios::binary) {
    std::string header;
    std::getline(file_, header);
    if (header.rfind("YUV4MPEG2", 0) != 0) fail(path + " is no YUV4MPEG2 file.");
    for (size_t at = header.find(' '); at != std::string::npos; at = header.find(' ', at + 1)) {
      const char* value = header.c_str() + at + 2;
      if (header[at + 1] == 'W') width_ = std::atoi(value);
      if (header[at + 1] == 'H') height_ = std::atoi(value);
      if (header[at + 1] == 'F') std::sscanf(value, "%lld:%lld", &rate_, &scale_);
      if (header[at + 1] == 'C' && std::strncmp(value, "420", 3) != 0) fail(path + " is not 4:2:0.");
    }
    if (width_ < 16 || height_ < 16 || rate_ <= 0 || scale_ <= 0) fail(path + " has no usable size or frame rate.");
  }
  std::optional<TimedVideo> next() {
    std::string header;
    if (!std::getline(file_, header) || header.rfind("FRAME", 0) != 0) return std::nullopt;
    const int cw = (width_ + 1) / 2, ch = (height_ + 1) / 2;
    auto pixels = std::make_shared<std::vector<uint8_t>>(static_cast<size_t>(width_ * height_ + 2 * cw * ch));
    file_.read(reinterpret_cast<char*>(pixels->data()), static_cast<std::streamsize>(pixels->size()));
    if (!file_) return std::nullopt;
    TimedVideo out{.at = std::chrono::microseconds(count_++ * 1'000'000 * scale_ / rate_)};
    out.frame.width = width_;
    out.frame.height = height_;
    out.frame.y = {pixels->data(), width_};
    out.frame.u = {out.frame.y.data + width_ * height_, cw};
    out.frame.v = {out.frame.u.data + cw * ch, cw};
    out.frame.owner = pixels;
    return out;
  }

 private:
  std::ifstream file_;
  int width_ = 0, height_ = 0;
  long long rate_ = 30, scale_ = 1, count_ = 0;
};

class Wav {
 public:
  explicit Wav(const std::string& path) : file_(path, std::ios::binary) {
    char riff[12] = {};
    file_.read(riff, 12);
    if (std::memcmp(riff, "RIFF", 4) != 0 || std::memcmp(riff + 8, "WAVE", 4) != 0) fail(path + " is no WAV file.");
    for (char chunk[8]; file_.read(chunk, 8);) {
      uint32_t size;
      std::memcpy(&size, chunk + 4, 4);
      if (std::memcmp(chunk, "data", 4) == 0) break;
      std::vector<char> body(size + size % 2);
      file_.read(body.data(), static_cast<std::streamsize>(body.size()));
      if (std::memcmp(chunk, "fmt ", 4) == 0 && size >= 16) check(path, body);
    }
    if (channels_ == 0) fail(path + " has no format.");
  }
  std::optional<TimedAudio> next() {
    constexpr size_t kFrames = 960;
    TimedAudio out{.at = std::chrono::microseconds(frames_ * 1000 / 48), .channels = channels_};
    out.samples.resize(kFrames * static_cast<size_t>(channels_));
    file_.read(reinterpret_cast<char*>(out.samples.data()), static_cast<std::streamsize>(out.samples.size() * 2));
    const auto got = static_cast<size_t>(file_.gcount()) / 2 / static_cast<size_t>(channels_);
    if (got == 0) return std::nullopt;
    out.samples.resize(got * static_cast<size_t>(channels_));
    frames_ += static_cast<int64_t>(got);
    return out;
  }

 private:
  void check(const std::string& path, const std::vector<char>& format) {
    uint16_t kind, channels, bits;
    uint32_t rate;
    std::memcpy(&kind, format.data(), 2);
    std::memcpy(&channels, format.data() + 2, 2);
    std::memcpy(&rate, format.data() + 4, 4);
    std::memcpy(&bits, format.data() + 14, 2);
    if ((kind != 1 && kind != 0xfffe) || channels < 1 || channels > 2 || rate != 48000 || bits != 16) {
      fail(path + " is not 16 bits, 48 kHz, mono or stereo.");
    }
    channels_ = channels;
  }
  std::ifstream file_;
  int channels_ = 0;
  int64_t frames_ = 0;
};

class RawFile final : public MediaFile {
 public:
  RawFile(const std::string& y4m, const std::string& wav) {
    if (!y4m.empty()) video_.emplace(y4m);
    if (!wav.empty()) audio_.emplace(wav);
  }
  bool has_video() const override { return video_.has_value(); }
  bool has_audio() const override { return audio_.has_value(); }
  std::optional<Timed> next() override {
    if (!picture_ && video_) picture_ = video_->next();
    if (!sound_ && audio_) sound_ = audio_->next();
    std::optional<Timed> out;
    if (picture_ && (!sound_ || picture_->at <= sound_->at)) {
      out = std::move(*picture_);
      picture_.reset();
    } else if (sound_) {
      out = std::move(*sound_);
      sound_.reset();
    }
    return out;
  }

 private:
  std::optional<Y4m> video_;
  std::optional<Wav> audio_;
  std::optional<TimedVideo> picture_;
  std::optional<TimedAudio> sound_;
};

}  // namespace

std::unique_ptr<MediaFile> open_raw(const std::string& y4m, const std::string& wav) {
  return std::make_unique<RawFile>(y4m, wav);
}

}  // namespace example
