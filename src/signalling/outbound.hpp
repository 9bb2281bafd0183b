#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wire/parley.pb.h"

namespace parley::signalling {

/// One serialized ServerMessage, shared between the replay buffer and the socket's queue.
using Frame = std::shared_ptr<const std::string>;

/// A message outside of the numbering (seq 0): not replayed.
Frame serialize_unnumbered(const wire::ServerMessage& message);

/// The sending half of one client, which outlives its sockets: numbers messages and keeps the newest for a resume. A
/// core.
class Outbound {
 public:
  /// What a busy room says in the grace period: 30 s of speaker and quality changes, joins and chat. Beyond it the
  /// client takes over the state as a whole, which is then the shorter way.
  static constexpr size_t kMaxKept = 1024;
  static constexpr size_t kMaxKeptBytes = 256 * 1024;

  /// Numbers, keeps and serializes the message.
  Frame append(wire::ServerMessage message);
  /// Messages after `last_seq`, oldest first; nothing if some of them are gone or `last_seq` was never sent.
  std::optional<std::vector<Frame>> after(uint64_t last_seq) const;
  uint64_t last_seq() const { return last_seq_; }

 private:
  std::deque<Frame> kept_;  // the newest has last_seq_
  size_t kept_bytes_ = 0;
  uint64_t last_seq_ = 0;
};

}  // namespace parley::signalling
