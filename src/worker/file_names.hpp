#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "egress/job.hpp"
#include "media/ffmpeg/muxer.hpp"

/// How the files in an egress' folder are called.
namespace parley::worker {

/// "<folder>/part-<number>.<ending>"
std::filesystem::path part_path(const std::filesystem::path& folder, int number, media::Container container);
/// Numbers of the parts that are there, ascending.
std::vector<int> part_numbers(const std::filesystem::path& folder, media::Container container);
/// One more than the last that is there, at least `first`: a worker that took over must not write over what is there.
int next_part(const std::filesystem::path& folder, media::Container container, int first);
/// "<folder>/track-<number>.<ending>": what a part of a track recording becomes.
std::filesystem::path track_path(const std::filesystem::path& folder, int number, media::Container container);
std::vector<int> track_numbers(const std::filesystem::path& folder, media::Container container);
/// "<folder>/recording.<ending>"
std::filesystem::path recording_path(const std::filesystem::path& folder, media::Container container);

media::Container container_of(egress::FileFormat format);

}  // namespace parley::worker
