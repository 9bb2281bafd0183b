#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "rtp/color_space.hpp"
#include "rtp/payload/picture_size.hpp"

namespace parley::rtp {

/// Size of the visible picture, after cropping, from a sequence parameter set NAL unit with its header byte (ITU-T
/// H.264 section 7.3.2.1). Nothing if it is malformed or the picture larger than 16 bits can say.
std::optional<PictureSize> h264_picture_size(Bytes sps);

/// What the set tells of colours (VUI, section E.1.1): range, and primaries, transfer and matrix, which are 2
/// ("unspecified") where it leaves them out. Nothing if it tells nothing or is malformed.
std::optional<ColorSpace> h264_color_space(Bytes sps);

}  // namespace parley::rtp
