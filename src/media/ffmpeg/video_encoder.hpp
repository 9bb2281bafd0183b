#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "media/ffmpeg/error.hpp"
#include "media/ffmpeg/packet.hpp"

namespace parley::media {

struct VideoEncoderOptions {
  Codec codec = Codec::H264;  ///< H264 (x264, High profile), Vp8 or Vp9 (libvpx, realtime)
  frame::Size size;           ///< even sides, at least 16
  int frame_rate = 30;
  DataRate bitrate;  ///< zero: default_bitrate()
  /// x264's. What "veryfast" costs more, a quarter to a half, is not seen at these bitrates (docs/benchmarks.md).
  std::string preset = "superfast";
  int threads = 1;  ///< of the encoder; one costs the least CPU in sum and keeps up with 1080p30
};

/// What YouTube, Twitch and Facebook ask for at 30 frames a second, less where a composed picture of faces needs less:
/// 480p 1.2, 720p 2.5, 1080p 4.5, 1440p 9 Mbit/s; other sizes by their pixels.
DataRate default_bitrate(frame::Size size);

/// The distance of key pictures: what streaming platforms ask for, and one HLS segment.
inline constexpr TimeDelta kKeyInterval = TimeDelta::seconds(2);

/// Pictures in, packets out: closed groups of pictures of exactly kKeyInterval (shorter only where a key picture was
/// asked for), no reordering (dts = pts), constant bitrate within a buffer of one second (VBV) as platforms ask.
/// A packet comes out up to `delay()` later than its picture went in. Not thread-safe; any thread at a time.
class VideoEncoder {
 public:
  static Result<VideoEncoder> create(const VideoEncoderOptions& options);
  VideoEncoder(VideoEncoder&&) noexcept;
  VideoEncoder& operator=(VideoEncoder&&) noexcept;
  ~VideoEncoder();

  const StreamFormat& format() const;
  /// What the encoder holds back to look ahead.
  TimeDelta delay() const;
  /// The next picture becomes a key picture: a sink wants to begin.
  void request_key();
  /// `pts` rises with every picture; the picture has the encoder's size. Appends what comes out.
  Result<> encode(const frame::Picture& picture, TimeDelta pts, std::vector<EncodedPacket>& out);
  /// Appends the pictures still held back. Nothing can be encoded afterwards.
  Result<> finish(std::vector<EncodedPacket>& out);

 private:
  struct State;
  explicit VideoEncoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::media
