#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "base/id.hpp"
#include "server/worker_host.hpp"

namespace parley::server {

/// The folders of recordings and streams, `<root>/<egress id>/`. A day of HLS are tens of thousands of files: they are
/// deleted on a thread of its own. Called from one thread.
class EgressFolders {
 public:
  /// Also deletes what an earlier run did not come to.
  explicit EgressFolders(std::filesystem::path root);
  /// Finishes what it was told to delete.
  ~EgressFolders();

  /// Of the disk that they are on; nothing if it cannot be told.
  std::optional<int64_t> free_bytes() const;
  /// All files of one, by path relative to its folder; those that can be seen, if the disk fails.
  std::vector<std::string> files_of(const EgressId& egress) const;
  /// Soon. With Keep::Nothing the folder is not found by its name any more when this returns.
  void remove(const EgressId& egress, Keep keep);

 private:
  std::filesystem::path set_aside(const EgressId& egress) const;

  std::filesystem::path root_;
  boost::asio::thread_pool disk_{1};
};

}  // namespace parley::server
