#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "egress/egress.hpp"
#include "egress/job.hpp"

/// What the egress core asks of the world; carried out in the order given.
namespace parley::egress {

/// One worker process of a room, counted from 1; a restarted one is another.
using WorkerId = StrongInt<struct WorkerIdTag, uint32_t>;
/// One run of `parley-worker task`, counted from 1 in its room.
using TaskId = StrongInt<struct TaskIdTag, uint32_t>;

/// Starts a worker for the room. The shell sends it Join, with a token of its own, before the commands that follow.
struct SpawnWorker {
  WorkerId worker;
};
/// The only effect that may carry a stream key.
struct SendCommand {
  WorkerId worker;
  Command command;
};
/// It has nothing to do any more: its stdin is closed, and it is killed if it does not exit. The core forgets it.
struct RetireWorker {
  WorkerId worker;
};
/// It hangs. The core waits for its exit.
struct KillWorker {
  WorkerId worker;
};
struct SpawnTask {
  TaskId task;
  Task what;
};
/// To the store. Its stream keys, which a restart of the server needs, are asked for by Studio::secrets.
struct Keep {
  Egress egress;
};
/// To everybody in the room.
struct Announce {
  Egress egress;
};
/// To webhooks: the status has changed to this one.
struct Publish {
  Egress egress;
};
/// `onFailure: close-room`.
struct CloseRoom {};

using Effect =
    std::variant<SpawnWorker, SendCommand, RetireWorker, KillWorker, SpawnTask, Keep, Announce, Publish, CloseRoom>;
using Effects = std::vector<Effect>;

}  // namespace parley::egress
