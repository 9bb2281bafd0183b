#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "egress/job.hpp"

/// The words that JSON, REST and the store have for the enumerations of job.hpp.
namespace parley::egress {

template <typename E>
using Name = std::pair<E, std::string_view>;

template <typename E>
std::span<const Name<E>> names();

template <typename E>
std::string_view name_of(E value) {
  for (const auto& [candidate, name] : names<E>()) {
    if (candidate == value) return name;
  }
  return "";
}

template <typename E>
std::optional<E> parse_name(std::string_view text) {
  for (const auto& [value, name] : names<E>()) {
    if (name == text) return value;
  }
  return std::nullopt;
}

#define PARLEY_EGRESS_NAMES(E, ...)                                     \
  template <>                                                           \
  inline std::span<const Name<E>> names<E>() {                          \
    static constexpr auto kNames = std::to_array<Name<E>>(__VA_ARGS__); \
    return kNames;                                                      \
  }
PARLEY_EGRESS_NAMES(Kind, {{Kind::Recording, "recording"},
                           {Kind::Livestream, "livestream"},
                           {Kind::Hls, "hls"},
                           {Kind::ParticipantRecording, "participant-recording"},
                           {Kind::TrackRecording, "track-recording"},
                           {Kind::Merge, "merge"}})
PARLEY_EGRESS_NAMES(FileFormat, {{FileFormat::Mp4, "mp4"},
                                 {FileFormat::WebM, "webm"},
                                 {FileFormat::M3u8, "m3u8"},
                                 {FileFormat::Mp3, "mp3"}})
PARLEY_EGRESS_NAMES(LayoutType, {{LayoutType::Grid, "GRID"},
                                 {LayoutType::Spotlight, "SPOTLIGHT"},
                                 {LayoutType::Sidebar, "SIDEBAR"}})
PARLEY_EGRESS_NAMES(Priority, {{Priority::Speaker, "SPEAKER"}, {Priority::Pin, "PIN"}})
PARLEY_EGRESS_NAMES(Theme, {{Theme::Default, "DEFAULT"}, {Theme::Dark, "DARK"}, {Theme::Light, "LIGHT"}})
PARLEY_EGRESS_NAMES(Mode, {{Mode::VideoAndAudio, "video-and-audio"}, {Mode::Audio, "audio"}})
PARLEY_EGRESS_NAMES(Quality,
                    {{Quality::Low, "low"}, {Quality::Med, "med"}, {Quality::High, "high"}, {Quality::Ultra, "ultra"}})
PARLEY_EGRESS_NAMES(Orientation, {{Orientation::Landscape, "landscape"}, {Orientation::Portrait, "portrait"}})
PARLEY_EGRESS_NAMES(TrackKind, {{TrackKind::Audio, "audio"},
                                {TrackKind::Video, "video"},
                                {TrackKind::ScreenAudio, "screen_audio"},
                                {TrackKind::ScreenVideo, "screen_video"}})
PARLEY_EGRESS_NAMES(OutputState, {{OutputState::Connecting, "connecting"},
                                  {OutputState::Live, "live"},
                                  {OutputState::Retrying, "retrying"},
                                  {OutputState::Failed, "failed"},
                                  {OutputState::Ended, "ended"}})
#undef PARLEY_EGRESS_NAMES

}  // namespace parley::egress
