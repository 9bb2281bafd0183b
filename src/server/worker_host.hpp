#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "egress/effect.hpp"
#include "egress/job.hpp"

namespace parley::server {

/// What a removal of an egress' files leaves.
enum class Keep : uint8_t {
  Nothing,
  Playlists,  ///< players get them from here also when the rest is in a bucket, since what they name is relative
  Notes,      ///< hidden files: what the bucket has of it is still to be erased by them
};

/// One worker process on this machine, numbered from 1, never reused.
using ProcessId = StrongInt<struct ProcessIdTag, uint64_t>;

/// What the egress desk needs of the machine. All calls come on the control thread and do not block; what processes say
/// comes back by EgressDesk::on_fact, on_worker_exited and on_task_ended, never from inside of a call.
class WorkerHost {
 public:
  virtual ~WorkerHost() = default;
  /// `room` is for log lines.
  virtual void spawn(ProcessId process, const RoomId& room) = 0;
  /// Makes the folder of a Start's job.
  virtual void send(ProcessId process, const egress::Command& command) = 0;
  /// Closes its stdin; kills it if it does not exit.
  virtual void retire(ProcessId process) = 0;
  virtual void kill(ProcessId process) = 0;
  virtual void run_task(ProcessId process, const egress::Task& task) = 0;

  /// Of the disk that recordings are on; nothing if it cannot be told.
  virtual std::optional<int64_t> free_bytes() const = 0;
  /// All files in the folder, by path relative to it; those that can be seen, if the disk fails.
  virtual std::vector<std::string> files_of(const EgressId& egress) const = 0;
  virtual void remove_files(const EgressId& egress, Keep keep) = 0;
};

}  // namespace parley::server
