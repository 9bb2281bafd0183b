// Uploads for storage_test.py: a task as one JSON line on standard input, what happens as JSON lines on standard
// output.
//   storage_driver upload | remove | link
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "storage/clock.hpp"
#include "storage/curl_transport.hpp"
#include "storage/erase.hpp"
#include "storage/upload.hpp"

using namespace parley;
using namespace parley::storage;
using Json = nlohmann::json;

namespace {

void say(const Json& line) {
  std::fputs((line.dump() + "\n").c_str(), stdout);
  std::fflush(stdout);
}

int fail(const StorageError& error) {
  say({{"failed", static_cast<int>(error.failure)}, {"message", error.message}});
  return 1;
}

UploadTask task_from(const Json& json) {
  const Json& bucket = json.at("bucket");
  return {.folder = json.value("folder", ""),
          .files = json.value("files", std::vector<std::string>()),
          .bucket = {.endpoint = bucket.at("endpoint"),
                     .name = bucket.at("name"),
                     .region = bucket.value("region", ""),
                     .credentials = {bucket.at("accessKey"), bucket.at("secretKey")}},
          .prefix = json.value("prefix", "")};
}

int run(std::string_view command, const Json& json) {
  const UploadTask task = task_from(json);
  CurlTransport transport(json.value("caFile", ""));
  SystemClock clock;
  Rng rng = Rng::system();
  const RetryPolicy policy{.tries = json.value("tries", 10), .longest_pause = TimeDelta::seconds(2)};
  if (command == "link") {
    const auto link = presigned_link(
        task.bucket, json.at("object").get<std::string>(), clock.now(),
        {.valid_for = TimeDelta::seconds(json.at("seconds").get<int>()), .download_as = json.value("downloadAs", "")});
    if (!link) return fail(link.error());
    say({{"link", *link}});
    return 0;
  }
  if (command == "remove") {
    const auto removed = erase({task.folder, task.bucket, task.prefix}, {transport, clock, rng}, policy);
    if (!removed) return fail(removed.error());
    say({{"removed", *removed}});
    return 0;
  }
  const auto progress = [](const UploadProgress& now) {
    say({{"file", now.file}, {"bytesDone", now.bytes_done}, {"bytesTotal", now.bytes_total}});
  };
  const auto uploaded = upload(task, {transport, clock, rng}, progress, policy);
  if (!uploaded) return fail(uploaded.error());
  Json objects = Json::array();
  for (const UploadedFile& file : *uploaded) objects.push_back(file.object);
  say({{"objects", objects}});
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string line;
  if (argc != 2 || !std::getline(std::cin, line)) return 2;
  return run(argv[1], Json::parse(line));
}
