#pragma once

#include <memory>

#include "codec/video_encoder.hpp"

/// The encoders over the libraries. make_video_encoder() checks what goes in.
namespace parley::codec {

/// What every encoder knows; the libraries' own are made anew when the size changes.
struct EncoderRate {
  DataRate bitrate;
  int fps = 30;
};

/// Bits per second as the libraries take them: an int, and never so few that a key picture takes minutes.
int clamped_bps(DataRate rate);
uint32_t video_rtp_timestamp(Timestamp captured_at);

std::unique_ptr<VideoEncoder> make_vp8_encoder(const VideoEncoderConfig& config);
std::unique_ptr<VideoEncoder> make_h264_encoder(const VideoEncoderConfig& config);

}  // namespace parley::codec
