#include "worker/composition_config.hpp"

namespace parley::worker {
namespace {

media::LayoutType from(egress::LayoutType type) {
  switch (type) {
    case egress::LayoutType::Grid: return media::LayoutType::Grid;
    case egress::LayoutType::Spotlight: return media::LayoutType::Spotlight;
    case egress::LayoutType::Sidebar: return media::LayoutType::Sidebar;
  }
  return media::LayoutType::Grid;
}

media::Theme from(egress::Theme theme) {
  switch (theme) {
    case egress::Theme::Default: return media::Theme::Default;
    case egress::Theme::Dark: return media::Theme::Dark;
    case egress::Theme::Light: return media::Theme::Light;
  }
  return media::Theme::Default;
}

media::Quality from(egress::Quality quality) {
  switch (quality) {
    case egress::Quality::Low: return media::Quality::Low;
    case egress::Quality::Med: return media::Quality::Medium;
    case egress::Quality::High: return media::Quality::High;
    case egress::Quality::Ultra: return media::Quality::Ultra;
  }
  return media::Quality::Medium;
}

}  // namespace

media::Composition composition_of(const egress::Config& config) {
  return {.layout = from(config.layout.type),
          .priority = config.layout.priority == egress::Priority::Pin ? media::Priority::Pin : media::Priority::Speaker,
          .grid_size = config.layout.grid_size,
          .theme = from(config.theme),
          .quality = from(config.quality),
          .orientation = config.orientation == egress::Orientation::Portrait ? media::Orientation::Portrait
                                                                             : media::Orientation::Landscape,
          .mode = config.mode == egress::Mode::Audio ? media::Mode::Audio : media::Mode::VideoAndAudio,
          .frame_rate = config.frame_rate};
}

}  // namespace parley::worker
