#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/message.hpp"

namespace parley::server {

/// The web app and the SDK scripts from a folder. Files are kept in memory and read again when they change on disk.
class StaticFiles {
 public:
  /// The built app has some hundred KB; a file larger than this is not ours.
  static constexpr uintmax_t kMaxFile = 32 * 1024 * 1024;
  /// Bounds what the cache holds: the app has some dozen files.
  static constexpr size_t kMaxCached = 512;

  explicit StaticFiles(std::filesystem::path root) : root_(std::move(root)) {}

  /// The file of a URL path, or nothing. Paths that would leave the folder have none.
  std::optional<api::Response> find(std::string_view path);
  /// The app's page, for addresses that the app itself understands.
  std::optional<api::Response> index() { return find("/index.html"); }

 private:
  struct Cached {
    std::filesystem::file_time_type changed;
    uintmax_t size = 0;
    std::string body;
  };
  std::filesystem::path root_;
  std::map<std::string, Cached, std::less<>> cache_;
};

}  // namespace parley::server
