#include "worker/task_queue.hpp"

#include <poll.h>

#include <algorithm>

#include "net/clock.hpp"

namespace parley::worker {

void TaskQueue::run_until(Timestamp deadline) {
  const int64_t us = std::max<int64_t>(0, (deadline - net::monotonic_now()).us());
  const timespec timeout{.tv_sec = us / 1'000'000, .tv_nsec = us % 1'000'000 * 1000};
  pollfd source{mailbox_.fd(), POLLIN, 0};
  ppoll(&source, 1, &timeout, nullptr);
  mailbox_.take(tasks_);
  for (Task& task : tasks_) task();
  tasks_.clear();
}

}  // namespace parley::worker
