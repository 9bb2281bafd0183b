#pragma once

#include <vector>

#include "frame/encoded.hpp"

namespace parley::codec {

struct Vp9StreamOptions {
  frame::Size size;
  int pictures = 1;
  int spatial_layers = 1;  ///< each half as large as the one above it
};

/// For the tests of this module: test_picture(size, 0) and those after it in VP9, a key picture first. (The library
/// part of this module has no VP9 encoder.)
std::vector<frame::EncodedPicture> encode_vp9(const Vp9StreamOptions& options);

}  // namespace parley::codec
