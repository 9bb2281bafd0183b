#pragma once

#include <filesystem>
#include <vector>

#include "egress/job.hpp"
#include "media/ffmpeg/error.hpp"
#include "media/ffmpeg/finalise.hpp"

namespace parley::worker {

/// As the server is told of it.
egress::File describe(const media::MediaFile& file);

/// Joins all parts in a recording's folder into its one file and removes them. Runs again without harm: if the file is
/// there already, parts left beside it are from a run that was cut short after the file was whole.
media::Result<std::vector<egress::File>> finalise_recording(const egress::Job& job);
/// Each part of a track recording is a file of its own: "track-<n>.<ending>".
media::Result<std::vector<egress::File>> finalise_tracks(const egress::Job& job);
/// Closes the playlists of an HLS stream.
media::Result<std::vector<egress::File>> finalise_stream(const egress::Job& job);
/// The one of the three that the job wants.
media::Result<std::vector<egress::File>> finalise_job(const egress::Job& job);

}  // namespace parley::worker
