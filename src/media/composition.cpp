#include "media/composition.hpp"

#include <utility>

namespace parley::media {
namespace {

frame::Size landscape_size(Quality quality) {
  switch (quality) {
    case Quality::Low: return {854, 480};
    case Quality::Medium: return {1280, 720};
    case Quality::High: return {1920, 1080};
    case Quality::Ultra: return {2560, 1440};
  }
  std::unreachable();
}

}  // namespace

frame::Size picture_size(const Composition& composition) {
  const frame::Size size = landscape_size(composition.quality);
  return composition.orientation == Orientation::Portrait ? frame::Size{size.height, size.width} : size;
}

}  // namespace parley::media
