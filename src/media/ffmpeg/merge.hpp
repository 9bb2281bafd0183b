#pragma once

#include <filesystem>
#include <vector>

#include "media/ffmpeg/finalise.hpp"

namespace parley::media {

struct MergeInput {
  std::filesystem::path file;
  TimeDelta offset;  ///< where it begins in the merged file, ≥ 0
};

/// Of one channel: more than a meeting has speakers that anybody listens to, few enough to decode at once.
inline constexpr size_t kMaxMergeInputs = 64;

/// Mixes the sound of some recordings onto the left and of others onto the right channel of one file: .mp3, .mp4 (AAC)
/// or .webm (Opus). The target appears whole and durable or not at all.
Result<MediaFile> merge(const std::vector<MergeInput>& left, const std::vector<MergeInput>& right,
                        const std::filesystem::path& target);

}  // namespace parley::media
