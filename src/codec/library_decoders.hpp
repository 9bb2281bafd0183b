#pragma once

#include <memory>

#include "codec/video_decoder.hpp"

/// The decoders over the libraries themselves. What wraps them (video_decoder.cpp) sees to sizes in bytes, the first
/// key picture, and that none is used again after an error.
namespace parley::codec {

std::unique_ptr<VideoDecoder> make_vp8_decoder();
std::unique_ptr<VideoDecoder> make_vp9_decoder();
std::unique_ptr<VideoDecoder> make_h264_decoder();
std::unique_ptr<VideoDecoder> make_av1_decoder();

}  // namespace parley::codec
