#pragma once

#include "frame/picture.hpp"

namespace parley::media {

/// Pictures inside Parley use 16 to 235 for luma and 16 to 240 for chroma (BT.601 limited range); JPEG files and some
/// H.264 senders use all of 0 to 255. Each gives a new picture. Pure.
frame::Picture to_full_range(const frame::Picture& picture);
frame::Picture to_limited_range(const frame::Picture& picture);

}  // namespace parley::media
