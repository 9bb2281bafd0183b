#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "rtp/payload/picture_size.hpp"

namespace parley::rtp {

/// Size of the visible picture, after cropping, from a sequence parameter set NAL unit with its header byte (ITU-T
/// H.264 section 7.3.2.1). Nothing if it is malformed or the picture larger than 16 bits can say.
std::optional<PictureSize> h264_picture_size(Bytes sps);

}  // namespace parley::rtp
