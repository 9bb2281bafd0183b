#include "server/http/static_files.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

namespace parley::server {
namespace {

std::string_view type_of(std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".mp3", "audio/mpeg"},
      {".txt", "text/plain; charset=utf-8"},
  };
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

/// Every segment a plain name: no "..", no hidden files, no NUL.
bool is_safe(std::string_view path) {
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos ||
      path.find('\\') != std::string_view::npos) {
    return false;
  }
  return path.find("/.") == std::string_view::npos && path.find("//") == std::string_view::npos;
}

/// Built files under /assets carry a hash of their content in the name.
std::string_view caching_of(std::string_view path) {
  return path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}

}  // namespace

std::optional<api::Response> StaticFiles::find(std::string_view path) {
  if (!is_safe(path)) return std::nullopt;
  const std::filesystem::path file = root_ / std::string(path.substr(1));
  std::error_code error;
  // A link could lead out of the folder.
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(file, error))) return std::nullopt;
  const auto changed = std::filesystem::last_write_time(file, error);
  const uintmax_t size = std::filesystem::file_size(file, error);
  if (error || size > kMaxFile) return std::nullopt;
  auto it = cache_.find(path);
  if (it == cache_.end() || it->second.changed != changed || it->second.size != size) {
    std::ifstream in(file, std::ios::binary);
    std::string body(size, '\0');
    if (!in.read(body.data(), static_cast<std::streamsize>(size))) return std::nullopt;
    if (it == cache_.end() && cache_.size() >= kMaxCached) cache_.clear();
    it = cache_.insert_or_assign(std::string(path), Cached{changed, size, std::move(body)}).first;
  }
  api::Response response{.content_type = std::string(type_of(path)), .body = it->second.body};
  response.headers.emplace_back("Cache-Control", caching_of(path));
  return response;
}

}  // namespace parley::server
