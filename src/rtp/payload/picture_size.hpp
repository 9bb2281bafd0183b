#pragma once

#include <cstdint>

namespace parley::rtp {

struct PictureSize {
  uint16_t width = 0;
  uint16_t height = 0;
  friend bool operator==(const PictureSize&, const PictureSize&) = default;
};

}  // namespace parley::rtp
