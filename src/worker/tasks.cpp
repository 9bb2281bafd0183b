#include "worker/tasks.hpp"

#include <filesystem>
#include <utility>

#include "base/log.hpp"
#include "media/ffmpeg/capture.hpp"
#include "media/ffmpeg/merge.hpp"
#include "storage/curl_transport.hpp"
#include "storage/erase.hpp"
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

/// Some eight seconds: the server runs the task again after longer pauses, and tells meanwhile why it must.
constexpr storage::RetryPolicy kRetries{.tries = 6};

storage::Bucket to_storage(const egress::Bucket& bucket) {
  return {.endpoint = bucket.endpoint,
          .name = bucket.name,
          .region = bucket.region,
          .credentials = {bucket.access_key, bucket.secret_key}};
}

egress::Fact failed(const EgressId& id, const storage::StorageError& error) {
  return egress::Failed{id, "storage", error.message};
}

egress::Fact do_task(const egress::Upload& task) {
  storage::CurlTransport transport;
  storage::SystemClock clock;
  Rng rng = Rng::system();
  auto files = storage::list_folder(task.folder);
  if (!files) return failed(task.id, files.error());
  const storage::UploadTask upload{
      .folder = task.folder, .files = std::move(*files), .bucket = to_storage(task.bucket), .prefix = task.prefix};
  const auto progress = [](const storage::UploadProgress& now) {
    log_debug("uploading {}: {} of {} bytes", now.file, now.bytes_done, now.bytes_total);
  };
  const auto uploaded = storage::upload(upload, {transport, clock, rng}, progress, kRetries);
  if (!uploaded) return failed(task.id, uploaded.error());
  return egress::Finished{task.id, {}};
}

egress::Fact do_task(const egress::Erase& task) {
  storage::CurlTransport transport;
  storage::SystemClock clock;
  Rng rng = Rng::system();
  const auto erased =
      storage::erase({task.folder, to_storage(task.bucket), task.prefix}, {transport, clock, rng}, kRetries);
  if (!erased) return failed(task.id, erased.error());
  log_debug("{} objects were deleted", *erased);
  return egress::Finished{task.id, {}};
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
