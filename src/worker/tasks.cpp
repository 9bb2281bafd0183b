#include "worker/tasks.hpp"

#include <filesystem>
#include <utility>

#include "base/log.hpp"
#include "media/ffmpeg/capture.hpp"
#include "media/ffmpeg/merge.hpp"
#include "storage/curl_transport.hpp"
#include "storage/upload.hpp"
#include "worker/recording_files.hpp"

namespace parley::worker {
namespace {

egress::Fact failed(const EgressId& id, const media::Error& error) {
  return egress::Failed{id, std::string(name_of(error.code)), error.message};
}

egress::Fact do_task(const egress::Finalise& task) {
  auto files = finalise_job(task.job);
  if (!files) return failed(task.job.id, files.error());
  return egress::Finished{task.job.id, std::move(*files)};
}

egress::Fact do_task(const egress::Upload& task) {
  storage::CurlTransport transport;
  storage::SystemClock clock;
  Rng rng = Rng::system();
  const storage::UploadTask upload{.folder = task.folder,
                                   .files = task.files,
                                   .bucket = {.endpoint = task.bucket.endpoint,
                                              .name = task.bucket.name,
                                              .region = task.bucket.region,
                                              .credentials = {task.bucket.access_key, task.bucket.secret_key}},
                                   .prefix = task.prefix};
  const auto uploaded = storage::upload(upload, {transport, clock, rng}, [](const storage::UploadProgress& progress) {
    log_debug("uploading {}: {} of {} bytes", progress.file, progress.bytes_done, progress.bytes_total);
  });
  if (!uploaded) return egress::Failed{task.id, "storage", uploaded.error().message};
  std::vector<egress::File> files;
  for (const storage::UploadedFile& file : *uploaded) {
    files.push_back({.path = file.file, .size = static_cast<int64_t>(file.size)});
  }
  return egress::Finished{task.id, std::move(files)};
}

std::vector<media::MergeInput> inputs_of(const std::vector<egress::MergeInput>& inputs) {
  std::vector<media::MergeInput> out;
  for (const egress::MergeInput& input : inputs) out.push_back({input.path, input.offset});
  return out;
}

egress::Fact do_task(const egress::Merge& task) {
  const auto merged =
      media::merge(inputs_of(task.left), inputs_of(task.right), std::filesystem::path(task.folder) / task.file);
  if (!merged) return failed(task.id, merged.error());
  return egress::Finished{task.id, {describe(*merged)}};
}

egress::Fact do_task(const egress::Capture& task) {
  const std::filesystem::path folder(task.folder);
  media::CaptureOptions options{.source = folder / task.source, .target = folder / task.file};
  if (task.at) options.at = TimeDelta::micros(static_cast<int64_t>(*task.at * 1e6));
  options.within = {task.width, task.height};
  const auto captured = media::capture(options);
  if (!captured) return failed(task.id, captured.error());
  return egress::Finished{task.id,
                          {{.path = task.file,
                            .size = captured->bytes,
                            .width = captured->size.width,
                            .height = captured->size.height,
                            .format = options.target.extension().string().substr(1)}}};
}

}  // namespace

egress::Fact carry_out(const egress::Task& task) {
  return std::visit([](const auto& t) { return do_task(t); }, task);
}

}  // namespace parley::worker
