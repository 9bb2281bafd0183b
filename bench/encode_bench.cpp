// What encoding a composed picture costs: nine moving tiles, 720p30, x264 at each preset and libvpx, with what it looks
// like (PSNR of luma) and the rate it really has; then what decoding nine cameras costs, by FFmpeg's decoders and by
// the libraries that the SDK uses.
#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "bench/cpu_clock.hpp"
#include "codec/video_decoder.hpp"
#include "media/ffmpeg/audio_encoder.hpp"
#include "media/ffmpeg/picture_decoder.hpp"
#include "media/ffmpeg/video_encoder.hpp"

namespace parley::bench {
namespace {

using namespace media;

constexpr int kFrameRate = 30;
constexpr frame::Size k720p{1280, 720};
constexpr int kPictures = 6 * kFrameRate;
/// The least of them counts: whatever else the machine does only adds.
constexpr int kRounds = 3;

/// One tile: stripes that drift and a disc that swings, without noise (what nine cameras look like after their own
/// encoders and scaling down).
void paint(frame::PictureBuffer& out, frame::Size at, frame::Size size, int tile, int number) {
  const double t = number / static_cast<double>(kFrameRate);
  const double cx = size.width * (0.5 + 0.25 * std::sin(t * (0.5 + 0.1 * tile)));
  const double cy = size.height * (0.5 + 0.2 * std::cos(t * 0.7 + tile));
  for (int y = 0; y < size.height; ++y) {
    uint8_t* row = out.y() + (at.height + y) * out.y_stride() + at.width;
    const double ry = 60 * std::sin(0.05 * (1 + tile % 4) * y + t);
    for (int x = 0; x < size.width; ++x) {
      const bool disc = (x - cx) * (x - cx) + (y - cy) * (y - cy) < 3000;
      row[x] = static_cast<uint8_t>(disc ? 200 + (x + y) % 16 : 110 + ry * std::sin(0.03 * x + 0.8 * t + tile));
    }
  }
}

frame::Picture composed(int number) {
  auto buffer = std::make_shared<frame::PictureBuffer>(k720p);
  buffer->fill(32, 128, 128);
  for (int tile = 0; tile < 9; ++tile) {
    paint(*buffer, {8 + tile % 3 * 424, 4 + tile / 3 * 238}, {416, 234}, tile, number);
  }
  for (int y = 0; y < 360; ++y) {
    for (int x = 0; x < 640; ++x) buffer->u()[y * buffer->uv_stride() + x] = static_cast<uint8_t>(110 + x / 20);
  }
  return frame::PictureBuffer::share(std::move(buffer));
}

double squared_error(const frame::Picture& a, const frame::Picture& b) {
  double sum = 0;
  for (int y = 0; y < a.height(); ++y) {
    for (int x = 0; x < a.width(); ++x) {
      const double d = a.y().data[y * a.y().stride + x] - b.y().data[y * b.y().stride + x];
      sum += d * d;
    }
  }
  return sum / (static_cast<double>(a.width()) * a.height());
}

rtp::Codec rtp_codec(Codec codec) {
  return codec == Codec::Vp8 ? rtp::Codec::Vp8 : codec == Codec::Vp9 ? rtp::Codec::Vp9 : rtp::Codec::H264;
}

struct Encoding {
  double cpu_ns = 1e18;
  std::vector<EncodedPacket> packets;
};

Encoding encode(const std::vector<frame::Picture>& pictures, const VideoEncoderOptions& options) {
  Encoding result;
  for (int round = 0; round < kRounds; ++round) {
    auto encoder = VideoEncoder::create(options).value();
    result.packets.clear();
    const int64_t start = thread_cpu_ns();
    for (size_t i = 0; i < pictures.size(); ++i) {
      (void)encoder.encode(pictures[i], TimeDelta::micros(static_cast<int64_t>(i) * 1'000'000 / kFrameRate),
                           result.packets);
    }
    (void)encoder.finish(result.packets);
    result.cpu_ns = std::min(result.cpu_ns, static_cast<double>(thread_cpu_ns() - start));
  }
  return result;
}

void encode_and_print(const std::vector<frame::Picture>& pictures, const VideoEncoderOptions& options) {
  const Encoding encoding = encode(pictures, options);
  PictureDecoder decoder(rtp_codec(options.codec));
  double error = 0;
  int64_t bytes = 0;
  for (size_t i = 0; i < encoding.packets.size(); ++i) {
    const EncodedPacket& packet = encoding.packets[i];
    bytes += static_cast<int64_t>(packet.data.size());
    const auto decoded = decoder.decode({.codec = rtp_codec(options.codec), .key = packet.key, .data = packet.data});
    if (decoded && *decoded) error += squared_error(pictures[i], **decoded);
  }
  const double seconds = static_cast<double>(pictures.size()) / kFrameRate;
  const double mean_error = std::max(1e-9, error / static_cast<double>(encoding.packets.size()));
  fmt::print("| {} | {} | {:.3f} | {:.0f} | {:.2f} |\n", name_of(options.codec),
             options.codec == Codec::H264 ? options.preset : "realtime", encoding.cpu_ns * 1e-9 / seconds,
             static_cast<double>(bytes) * 8e-3 / seconds, 10 * std::log10(255 * 255 / mean_error));
}

void print_encoders(const std::vector<frame::Picture>& pictures) {
  fmt::print("| codec | preset | of a core | kbit/s | PSNR of luma, dB |\n|---|---|---:|---:|---:|\n");
  for (const char* preset : {"ultrafast", "superfast", "veryfast", "faster"}) {
    encode_and_print(pictures, {.size = k720p, .bitrate = DataRate::kbps(2500), .preset = preset});
  }
  encode_and_print(pictures, {.codec = Codec::Vp8, .size = k720p, .bitrate = DataRate::kbps(2500)});
  encode_and_print(pictures, {.codec = Codec::Vp9, .size = k720p, .bitrate = DataRate::kbps(2500)});
}

void print_sound() {
  fmt::print("\n| sound, stereo | of a core |\n|---|---:|\n");
  for (const Codec codec : {Codec::Aac, Codec::Opus, Codec::Mp3}) {
    auto encoder = AudioEncoder::create({.codec = codec}).value();
    std::vector<int16_t> second(96000);
    std::vector<EncodedPacket> packets;
    for (size_t i = 0; i < second.size(); ++i) {
      second[i] =
          static_cast<int16_t>(6000 * std::sin(0.03 * static_cast<double>(i)) + static_cast<double>(i * 7919 % 500));
    }
    const int64_t start = thread_cpu_ns();
    for (int i = 0; i < 20; ++i) (void)encoder.encode(second, packets);
    fmt::print("| {} | {:.3f} |\n", name_of(codec), static_cast<double>(thread_cpu_ns() - start) * 1e-9 / 20);
  }
}

template <typename Decoder>
double cost_of_decoding(Decoder& decoder, const std::vector<frame::EncodedPicture>& pictures) {
  double best = 1e18;
  for (int round = 0; round < 5; ++round) {
    const int64_t start = thread_cpu_ns();
    for (const frame::EncodedPicture& picture : pictures) (void)decoder.decode(picture);
    best = std::min(best, static_cast<double>(thread_cpu_ns() - start));
  }
  return best * 1e-9 * kFrameRate / static_cast<double>(pictures.size());
}

void print_decoders(const std::vector<frame::Picture>& composed_pictures) {
  fmt::print("\n| decoding 640x360, 500 kbit/s | FFmpeg, of a core | libvpx, OpenH264, of a core |\n|---|---:|---:|\n");
  constexpr frame::Size kCamera{640, 360};
  for (const Codec codec : {Codec::Vp8, Codec::Vp9, Codec::H264}) {
    auto encoder =
        VideoEncoder::create({.codec = codec, .size = kCamera, .bitrate = DataRate::kbps(500), .preset = "superfast"})
            .value();
    std::vector<EncodedPacket> packets;
    for (size_t i = 0; i < composed_pictures.size(); ++i) {
      const frame::Picture& p = composed_pictures[i];
      const frame::Picture part(kCamera, p.y(), p.u(), p.v(), std::make_shared<frame::Picture>(p));
      (void)encoder.encode(part, TimeDelta::micros(static_cast<int64_t>(i) * 33'333), packets);
    }
    (void)encoder.finish(packets);
    std::vector<frame::EncodedPicture> pictures;
    for (const EncodedPacket& p : packets)
      pictures.push_back({.codec = rtp_codec(codec), .key = p.key, .data = p.data});
    PictureDecoder ours(rtp_codec(codec));
    const auto theirs = codec::make_video_decoder(rtp_codec(codec));
    fmt::print("| {} | {:.4f} | {:.4f} |\n", name_of(codec), cost_of_decoding(ours, pictures),
               cost_of_decoding(*theirs, pictures));
  }
}

}  // namespace
}  // namespace parley::bench

int main() {
  std::vector<parley::frame::Picture> pictures;
  for (int i = 0; i < parley::bench::kPictures; ++i) pictures.push_back(parley::bench::composed(i));
  parley::bench::print_encoders(pictures);
  parley::bench::print_sound();
  parley::bench::print_decoders(pictures);
}
