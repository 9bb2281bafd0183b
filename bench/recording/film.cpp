#include "recording/film.hpp"

#include <atomic>
#include <cmath>
#include <numbers>
#include <thread>

#include "base/check.hpp"
#include "codec/opus_encoder.hpp"
#include "codec/scaler.hpp"
#include "codec/video_encoder.hpp"

namespace parley::bench {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr int kFields = 10;
constexpr int kEntries = Film::kPictures / Film::kEntryInterval;

Timestamp picture_time(int number) { return Timestamp::from_us(int64_t{number} * 1'000'000 / Film::kFps); }

/// Stripes that drift over the whole picture, and a figure that sways before them: more moves than in any meeting.
/// Whole periods in 6 s, so that the film has no seam.
void paint_scene(frame::PictureBuffer& out, int number) {
  const auto [width, height] = out.size();
  const double t = kTurn * number / Film::kPictures;
  std::vector<double> wave(2048);
  for (size_t i = 0; i < wave.size(); ++i) wave[i] = 45 * std::sin(kTurn * static_cast<double>(i) / 160 + 3 * t);
  const double cx = width * (0.5 + 0.2 * std::sin(2 * t)), cy = height * (0.62 + 0.05 * std::cos(3 * t));
  for (int y = 0; y < height; ++y) {
    uint8_t* row = out.y() + y * out.y_stride();
    const auto bend = static_cast<size_t>(300 + 120 * std::sin(0.012 * y + t));
    for (int x = 0; x < width; ++x) {
      const double dx = (x - cx) / 170, dy = (y - cy) / 230;
      const double scene = dx * dx + dy * dy < 1 ? 170 + ((x ^ y) & 15) : 110 + wave[static_cast<size_t>(x) + bend];
      row[x] = static_cast<uint8_t>(scene);
    }
  }
  for (int y = 0; y < height / 2; ++y) {
    for (int x = 0; x < width / 2; ++x) {
      out.u()[y * out.uv_stride() + x] = static_cast<uint8_t>(108 + x / 16);
      out.v()[y * out.uv_stride() + x] = static_cast<uint8_t>(148 - y / 12);
    }
  }
}

void paint_number(frame::PictureBuffer& out, int number) {
  const auto [width, height] = out.size();
  const int field = width / 16;
  const int bits = 0b10 << 8 | number;
  for (int y = height * 7 / 16; y < height * 9 / 16; ++y) {
    for (int i = 0; i < kFields; ++i) {
      const uint8_t value = bits >> (kFields - 1 - i) & 1 ? 225 : 25;
      std::fill_n(out.y() + y * out.y_stride() + (3 + i) * field, field, value);
    }
  }
}

}  // namespace

Film::Film() {
  paint();
  encode_pictures();
  for (auto& pictures : raw_) pictures.clear();
  encode_sound();
}

void Film::paint() {
  codec::Scaler half, quarter;
  for (int i = 0; i < kPictures; ++i) {
    auto buffer = std::make_shared<frame::PictureBuffer>(kSizes[2]);
    paint_scene(*buffer, i);
    paint_number(*buffer, i);
    raw_[2].push_back(frame::PictureBuffer::share(std::move(buffer)));
    raw_[1].push_back(half.scale(raw_[2].back(), kSizes[1]));
    raw_[0].push_back(quarter.scale(raw_[1].back(), kSizes[0]));
  }
}

void Film::encode_pictures() {
  for (Layer& layer : layers_) layer.resize(kEntries);
  std::atomic<int> next = 0;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      for (int job; (job = next++) < kLayers * kEntries;) encode_entry(kLayers - 1 - job % kLayers, job / kLayers);
    });
  }
}

void Film::encode_entry(int layer, int entry) {
  const auto index = static_cast<size_t>(layer);
  const int begin = entry * kEntryInterval;
  // A whole key interval on there is a key picture of the main run, which everybody can go on with.
  const int end = entry == 0 ? kPictures : (begin + kKeyInterval - 1) / kKeyInterval * kKeyInterval;
  auto encoder = codec::make_video_encoder(rtp::Codec::Vp8, {.fps = kFps, .bitrate = DataRate::kbps(kKbps[index])});
  PARLEY_CHECK(encoder);
  for (int i = begin; i < end; ++i) {
    const bool key = i == begin || i % kKeyInterval == 0;
    auto encoded = (*encoder)->encode(raw_[index][static_cast<size_t>(i)], picture_time(i), key);
    PARLEY_CHECK(encoded);
    Picture& picture = layers_[index][static_cast<size_t>(entry)].emplace_back();
    if (!*encoded) continue;
    const auto bytes = (*encoded)->picture.data.view();
    picture = {std::make_shared<const std::vector<uint8_t>>(bytes.begin(), bytes.end()), (*encoded)->picture.key};
  }
}

/// A tone that swells and fades as syllables do.
void Film::encode_sound() {
  auto encoder = codec::OpusEncoder::make({});
  PARLEY_CHECK(encoder);
  constexpr int kBlock = frame::kSampleRate / 50;
  for (int i = 0; i < kSounds; ++i) {
    frame::Sound block{.channels = 1, .samples = std::vector<int16_t>(kBlock)};
    for (int s = 0; s < kBlock; ++s) {
      const double t = (i * kBlock + s) / double{frame::kSampleRate};
      block.samples[static_cast<size_t>(s)] =
          static_cast<int16_t>(3000 * std::sin(kTurn * 220 * t) * (1 + std::sin(kTurn * 3 * t)));
    }
    auto encoded = encoder->encode(block, Timestamp::from_us(int64_t{i} * 20'000));
    PARLEY_CHECK(encoded && *encoded);
    const auto bytes = (*encoded)->data.view();
    sounds_.push_back(std::make_shared<const std::vector<uint8_t>>(bytes.begin(), bytes.end()));
  }
}

const Film::Picture& Film::Reel::at(int64_t number, bool key_wanted) {
  const int now = static_cast<int>(number % kPictures);
  if (now % kKeyInterval == 0) entry_ = 0;
  if (key_wanted && now % kEntryInterval == 0 && now % kKeyInterval != 0) entry_ = now / kEntryInterval;
  const auto& pictures = film_.layers_[static_cast<size_t>(layer_)][static_cast<size_t>(entry_)];
  return pictures[static_cast<size_t>(now - entry_ * kEntryInterval)];
}

double Film::kbps(int layer) const {
  size_t bytes = 0;
  for (const Picture& picture : layers_[static_cast<size_t>(layer)][0])
    bytes += picture.data ? picture.data->size() : 0;
  return static_cast<double>(bytes) * 8e-3 * kFps / kPictures;
}

}  // namespace parley::bench
