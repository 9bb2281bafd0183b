#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/media_threads.hpp"
#include "server/ports.hpp"

namespace parley::server {

/// The media threads as the control plane sees them.
class MediaGateway final : public MediaPlane {
 public:
  /// `addresses`: where clients reach the media ports, preferred first.
  MediaGateway(MediaThreads& threads, std::vector<std::string> addresses, transport::Fingerprint fingerprint)
      : threads_(threads), addresses_(std::move(addresses)), fingerprint_(std::move(fingerprint)) {}

  uint8_t shard_count() const override { return threads_.shard_count(); }
  void send(ShardIndex shard, engine::Command command) override { threads_.send(shard, std::move(command)); }
  std::vector<transport::LocalCandidate> candidates(ShardIndex shard) const override;
  transport::Fingerprint fingerprint() const override { return fingerprint_; }

 private:
  MediaThreads& threads_;
  std::vector<std::string> addresses_;
  transport::Fingerprint fingerprint_;
};

/// The addresses of this machine's interfaces that are up: IPv4 and global IPv6 (if `ipv6`), the loopback's last. At
/// most eight: each is one more check for every browser.
std::vector<std::string> local_addresses(bool ipv6);

}  // namespace parley::server
