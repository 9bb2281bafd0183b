#include "server/egress_files.hpp"

#include <sys/stat.h>

#include <algorithm>

#include <fmt/format.h>

#include "api/egress_resource.hpp"
#include "api/errors.hpp"
#include "egress/record_json.hpp"
#include "net/clock.hpp"
#include "server/bucket.hpp"
#include "server/byte_range.hpp"
#include "server/store_call.hpp"

namespace parley::server {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxPath = 512;
/// Ids that the cache of what is HLS holds: some hours of a busy server's streams.
constexpr size_t kMaxKnown = 4096;
/// The redirect to a bucket leads there at once; a player that seeks comes back to us for another.
constexpr TimeDelta kBucketLinkLife = TimeDelta::seconds(3600);

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](unsigned char c) { return std::isalnum(c); });
}

/// Plain segments only: nothing hidden, nothing that leads up, no control characters.
bool is_safe(std::string_view path) {
  if (path.empty() || path.size() > kMaxPath || path.front() == '/' || path.front() == '.') return false;
  if (path.find("/.") != std::string_view::npos || path.find("//") != std::string_view::npos) return false;
  return std::ranges::all_of(path, [](unsigned char c) { return c >= 0x20 && c != '\\' && c != 0x7f; });
}

std::string disposition(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  std::erase_if(name, [](char c) { return c == '"' || static_cast<unsigned char>(c) >= 0x7f; });
  return "attachment; filename=\"" + name + "\"";
}

/// A live playlist is new each second; what it names never changes.
std::string caching(bool hls, const std::string& path) {
  if (!hls) return "private, max-age=3600";
  return path.ends_with(".m3u8") ? "no-cache" : "public, max-age=31536000, immutable";
}

std::string_view parameter(const api::Request& request, const char* name) {
  const std::string* value = request.parameter(name);
  return value ? std::string_view(*value) : std::string_view();
}

api::Response not_found(const std::string& path) {
  return api::error_response(404, "There is nothing at " + path + ".");
}

}  // namespace

std::optional<EgressFiles::Name> EgressFiles::split(const std::string& path) {
  const size_t id = path.find('/', 1) + 1;
  const size_t slash = path.find('/', id);
  if (slash == std::string::npos) return std::nullopt;
  Name name{EgressId(path.substr(id, slash - id)), path.substr(slash + 1), {}, {}};
  if (path.starts_with("/files/") && name.path.starts_with('~')) {  // ~<time>~<signature>/<path>
    const size_t middle = name.path.find('~', 1), end = name.path.find('/');
    if (end == std::string::npos || middle > end) return std::nullopt;
    name.expires = name.path.substr(1, middle - 1);
    name.signature = name.path.substr(middle + 1, end - middle - 1);
    name.path.erase(0, end + 1);
  }
  if (!is_id(name.egress.value()) || !is_safe(name.path)) return std::nullopt;
  return name;
}

asio::awaitable<api::Response> EgressFiles::respond(const api::Request& request) {
  const auto name = split(request.path);
  if (!name) co_return not_found(request.path);
  if (request.path.starts_with("/hls/")) {
    if (!co_await is_hls(name->egress)) co_return not_found(request.path);
  } else {
    const auto valid = verify(request, *name);
    if (!valid) {
      const bool expired = valid.error() == api::FileLinks::Bad::Expired;
      co_return api::error_response(
          403, expired ? "This link has expired: ask for a new one." : "This link is not signed by this server.");
    }
  }
  auto found = local(request, *name);
  if (!found) found = co_await in_bucket(*name, !parameter(request, "download").empty());
  co_return std::move(*found);
}

std::expected<void, api::FileLinks::Bad> EgressFiles::verify(const api::Request& request, const Name& name) const {
  if (!name.signature.empty()) {
    return parts_.links.verify_folder(name.egress, name.expires, name.signature, net::utc_now());
  }
  return parts_.links.verify(name.egress, name.path, parameter(request, "expires"), parameter(request, "signature"),
                             net::utc_now());
}

std::optional<api::Response> EgressFiles::local(const api::Request& request, const Name& name) const {
  const std::string path = options_.root + "/" + name.egress.value() + "/" + name.path;
  struct stat info{};
  // Links are not followed: nothing outside of the folder is ours to give.
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  const auto size = static_cast<uint64_t>(info.st_size);
  const std::string tag =
      fmt::format("\"{:x}-{:x}\"", info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec, size);
  const bool ranged = request.if_range.empty() || request.if_range == tag;
  const auto range = parse_range(ranged ? std::string_view(request.range) : std::string_view(), size);
  if (!range) {
    api::Response refused = api::error_response(416, "The file ends before that.");
    refused.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
    return refused;
  }
  const bool hls = request.path.starts_with("/hls/");
  api::Response response{.status = *range ? 206 : 200, .content_type = std::string(api::media_type(name.path))};
  const ByteRange part = range->value_or(ByteRange{0, size});
  response.file = api::FileBody{path, part.first, part.length};
  auto& headers = response.headers;
  headers.emplace_back("Accept-Ranges", "bytes");
  headers.emplace_back("ETag", tag);
  headers.emplace_back("Cache-Control", caching(hls, name.path));
  if (*range) {
    headers.emplace_back("Content-Range",
                         fmt::format("bytes {}-{}/{}", part.first, part.first + part.length - 1, size));
  }
  if (!parameter(request, "download").empty()) headers.emplace_back("Content-Disposition", disposition(name.path));
  return response;
}

asio::awaitable<api::Response> EgressFiles::in_bucket(const Name& name, bool attachment) {
  const std::string where = "/" + name.egress.value() + "/" + name.path;
  if (!options_.bucket || name.path.ends_with(".m3u8")) co_return not_found(where);
  using Found = store::Result<std::optional<store::EgressRecord>>;
  auto job = [id = name.egress](store::Store& store) { return store.egresses().find(id); };
  auto found = co_await call_store<Found>(parts_.store, parts_.io, std::move(job));
  if (!found || !*found) co_return api::error_response(503, "The server cannot read its records now.");
  const auto egress = **found ? egress::parse_record_json((**found)->details_json)
                              : egress::Parsed<egress::Egress>(std::unexpected(std::string()));
  if (!egress || egress->storage != egress::Storage::Bucket) co_return not_found(where);
  const auto link = storage::presigned_link(
      *options_.bucket, object_prefix(options_.bucket_prefix, *egress) + name.path, net::utc_now(),
      {.valid_for = kBucketLinkLife, .download_as = attachment ? name.path.substr(name.path.rfind('/') + 1) : ""});
  if (!link) co_return api::error_response(503, "The bucket of this file cannot be used now.");
  api::Response response{.status = 302};
  response.headers.emplace_back("Location", *link);
  response.headers.emplace_back("Cache-Control", "no-store");
  co_return response;
}

asio::awaitable<bool> EgressFiles::is_hls(const EgressId& egress) {
  const auto known = hls_.find(egress);
  if (known != hls_.end()) co_return known->second;
  using Found = store::Result<std::optional<store::EgressRecord>>;
  auto job = [egress](store::Store& store) { return store.egresses().find(egress); };
  const auto found = co_await call_store<Found>(parts_.store, parts_.io, std::move(job));
  if (!found || !*found || !**found) co_return false;
  if (hls_.size() >= kMaxKnown) hls_.clear();
  co_return hls_.emplace(egress, (**found)->kind == "hls").first->second;
}

}  // namespace parley::server
