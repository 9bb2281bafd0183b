#pragma once

#include <map>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "api/file_links.hpp"
#include "api/message.hpp"
#include "egress/egress.hpp"
#include "server/store_thread.hpp"
#include "storage/bucket.hpp"

namespace parley::server {

/// What recordings and HLS streams left on disk, for browsers: `/files/<id>/<path>` by signed links (api::FileLinks),
/// `/hls/<id>/<path>` by whoever knows the id, which is random. Once they are in a bucket, both lead there, but for
/// playlists: what those name is relative, and must come back here to be signed. Control thread.
class EgressFiles {
 public:
  struct Parts {
    boost::asio::io_context& io;
    StoreThread& store;
    const api::FileLinks& links;
  };
  struct Options {
    std::string root;
    std::optional<storage::Bucket> bucket;
    /// The name of an egress' object in the bucket begins with this, its dir path and its id: see EgressDesk.
    std::string bucket_prefix;
  };

  EgressFiles(Parts parts, Options options) : parts_(parts), options_(std::move(options)) {}

  static bool owns(const std::string& path) { return path.starts_with("/files/") || path.starts_with("/hls/"); }
  /// GET and HEAD.
  boost::asio::awaitable<api::Response> respond(const api::Request& request);

 private:
  struct Name {
    EgressId egress;
    std::string path;
    std::string expires, signature;  ///< of a link in whose path they are
  };
  static std::optional<Name> split(const std::string& path);
  std::optional<api::Response> local(const api::Request& request, const Name& name) const;
  std::expected<void, api::FileLinks::Bad> verify(const api::Request& request, const Name& name) const;
  boost::asio::awaitable<api::Response> in_bucket(const Name& name, bool attachment);
  boost::asio::awaitable<bool> is_hls(const EgressId& egress);

  Parts parts_;
  Options options_;
  std::map<EgressId, bool> hls_;  // a cache, of what never changes
};

}  // namespace parley::server
