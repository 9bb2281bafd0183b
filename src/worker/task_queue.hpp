#pragma once

#include <functional>

#include "base/time.hpp"
#include "net/mailbox.hpp"

namespace parley::worker {

/// What other threads want done on the worker's own.
class TaskQueue {
 public:
  using Task = std::function<void()>;
  /// Facts of the room and of sinks, some a second each; a queue as long as this means that the thread is stuck.
  static constexpr size_t kCapacity = 65536;

  TaskQueue() : mailbox_(kCapacity) {}
  /// Any thread.
  void post(Task task) { mailbox_.post(std::move(task)); }
  /// Carries out what is there, after waiting for the first of it until `deadline` at most.
  void run_until(Timestamp deadline);

 private:
  net::Mailbox<Task> mailbox_;
  std::vector<Task> tasks_;
};

}  // namespace parley::worker
