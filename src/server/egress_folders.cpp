#include "server/egress_folders.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace parley::server {
namespace {

namespace fs = std::filesystem;

/// No id begins like this.
constexpr std::string_view kSetAside = ".gone-";

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error)) out.push_back(fs::relative(it->path(), folder, error).string());
  }
  return out;
}

bool keeps(Keep keep, std::string_view file) {
  return keep == Keep::Playlists ? file.ends_with(".m3u8") : keep == Keep::Notes && file.starts_with('.');
}

void remove_now(const fs::path& folder, Keep keep) {
  const std::vector<std::string> files = files_in(folder);
  std::error_code error;
  if (std::ranges::none_of(files, [&](const std::string& file) { return keeps(keep, file); })) {
    fs::remove_all(folder, error);
    if (error) log_error("{} was not deleted: {}", folder.string(), error.message());
    return;
  }
  for (const std::string& file : files) {
    if (keeps(keep, file)) continue;
    fs::remove(folder / file, error);
    if (error) log_error("{} was not deleted: {}", (folder / file).string(), error.message());
  }
}

}  // namespace

EgressFolders::EgressFolders(fs::path root) : root_(std::move(root)) {
  std::error_code error;
  for (fs::directory_iterator it(root_, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with(kSetAside)) continue;
    boost::asio::post(disk_, [folder = it->path()] { remove_now(folder, Keep::Nothing); });
  }
}

EgressFolders::~EgressFolders() { disk_.join(); }

std::optional<int64_t> EgressFolders::free_bytes() const {
  struct statvfs info{};
  if (statvfs(root_.c_str(), &info) != 0) return std::nullopt;
  return static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize);
}

std::vector<std::string> EgressFolders::files_of(const EgressId& egress) const {
  return files_in(root_ / egress.value());
}

void EgressFolders::remove(const EgressId& egress, Keep keep) {
  if (egress.empty() || egress.value().find('/') != std::string::npos) return;
  const fs::path folder = keep == Keep::Nothing ? set_aside(egress) : root_ / egress.value();
  boost::asio::post(disk_, [folder, keep] { remove_now(folder, keep); });
}

fs::path EgressFolders::set_aside(const EgressId& egress) const {
  const fs::path folder = root_ / egress.value();
  const fs::path aside = root_ / (std::string(kSetAside) + egress.value());
  std::error_code error;
  fs::rename(folder, aside, error);
  return error ? folder : aside;
}

}  // namespace parley::server
