#include "worker/recording_files.hpp"

#include <array>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "media/ffmpeg/hls_writer.hpp"
#include "worker/file_names.hpp"

namespace parley::worker {

egress::File describe(const media::MediaFile& file) {
  return {.path = file.path.filename().string(),
          .size = file.bytes,
          .duration = file.duration.seconds_f(),
          .width = file.size.width,
          .height = file.size.height,
          .format = std::string(name_of(file.container))};
}

namespace {

std::vector<std::filesystem::path> part_paths(const egress::Job& job, media::Container container) {
  std::vector<std::filesystem::path> paths;
  for (const int number : part_numbers(job.folder, container)) {
    paths.push_back(part_path(job.folder, number, container));
  }
  return paths;
}

void remove(const std::vector<std::filesystem::path>& paths) {
  std::error_code ignored;  // what cannot be removed costs space, nothing else
  for (const auto& path : paths) std::filesystem::remove(path, ignored);
}

}  // namespace

media::Result<std::vector<egress::File>> finalise_recording(const egress::Job& job) {
  const media::Container container = container_of(job.file_format);
  const auto parts = part_paths(job, container);
  const auto target = recording_path(job.folder, container);
  if (parts.empty() && std::filesystem::exists(target)) {
    // An earlier run had done everything but to say so.
    auto file = media::describe(target);
    if (!file) return std::unexpected(file.error());
    return std::vector{describe(*file)};
  }
  auto file = media::finalise(parts, target);
  if (!file) return std::unexpected(file.error());
  remove(parts);
  return std::vector{describe(*file)};
}

media::Result<std::vector<egress::File>> finalise_tracks(const egress::Job& job) {
  constexpr std::array kContainers{media::Container::WebM, media::Container::Mp4, media::Container::Mp3};
  std::map<int, egress::File> files;  // a track may change its codec, and with it the container, from part to part
  for (const media::Container container : kContainers) {
    for (const int number : part_numbers(job.folder, container)) {
      const auto part = part_path(job.folder, number, container);
      auto file = media::finalise({part}, track_path(job.folder, number, container));
      // A track that ended before its first key picture left nothing to keep.
      if (!file && file.error().code != media::Error::Code::BadInput) return std::unexpected(file.error());
      remove({part});
    }
    for (const int number : track_numbers(job.folder, container)) {
      if (auto file = media::describe(track_path(job.folder, number, container))) files[number] = describe(*file);
    }
  }
  if (files.empty()) return media::fail(media::Error::Code::BadInput, "the track sent nothing that could be recorded");
  std::vector<egress::File> list;
  for (auto& [number, file] : files) list.push_back(std::move(file));
  return list;
}

media::Result<std::vector<egress::File>> finalise_stream(const egress::Job& job) {
  auto file = media::finalise_hls(job.folder);
  if (!file) return std::unexpected(file.error());
  egress::File described = describe(*file);
  described.format = "m3u8";
  return std::vector{std::move(described)};
}

media::Result<std::vector<egress::File>> finalise_job(const egress::Job& job) {
  if (job.kind == egress::Kind::TrackRecording) return finalise_tracks(job);
  const bool is_hls = job.kind == egress::Kind::Hls || job.file_format == egress::FileFormat::M3u8;
  return is_hls ? finalise_stream(job) : finalise_recording(job);
}

}  // namespace parley::worker
