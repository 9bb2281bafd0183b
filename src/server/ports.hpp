#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/webhook_event.hpp"
#include "base/id.hpp"
#include "engine/command.hpp"
#include "room/settings.hpp"
#include "signalling/inbound.hpp"
#include "signalling/outbound.hpp"
#include "store/store.hpp"
#include "transport/description.hpp"

/// What the control plane needs of the world. All calls come on the control thread and do not block.
namespace parley::server {

/// One WebSocket of this process, numbered from 1, never reused.
using SocketId = StrongInt<struct SocketIdTag, uint64_t>;

class SignalSocket {
 public:
  virtual ~SignalSocket() = default;
  /// In order. A socket whose peer does not read is closed by the shell when too much has gathered.
  virtual void send(signalling::Frame frame) = 0;
  /// After what was sent. Nothing is received any more.
  virtual void close(const signalling::Close& close) = 0;
};

class MediaPlane {
 public:
  virtual ~MediaPlane() = default;
  virtual uint8_t shard_count() const = 0;
  virtual void send(ShardIndex shard, engine::Command command) = 0;
  /// Where the shard listens, preferred first.
  virtual std::vector<transport::LocalCandidate> candidates(ShardIndex shard) const = 0;
  virtual transport::Fingerprint fingerprint() const = 0;
};

class Records {
 public:
  using Found = std::function<void(store::Result<std::optional<store::RoomRecord>>, room::Moment)>;
  virtual ~Records() = default;
  /// By any of its names; `then` is called later, on the control thread.
  virtual void find_room(std::string name, Found then) = 0;
  /// Carried out in order, later. What fails is logged by the store's thread.
  virtual void write(std::function<store::Result<void>(store::Store&)> job) = 0;
  virtual void publish(api::WebhookEvent event) = 0;
};

}  // namespace parley::server
