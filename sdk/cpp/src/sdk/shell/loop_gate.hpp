#pragma once

#include <mutex>

#include "sdk/shell/loop.hpp"

namespace parley::sdk {

/// The way to a meeting's network thread for those that may outlive the meeting. Any thread.
class LoopGate {
 public:
  void open(Loop& loop) {
    const std::lock_guard lock(mutex_);
    loop_ = &loop;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }
  /// False when the meeting is gone.
  bool post(Loop::Task task) {
    const std::lock_guard lock(mutex_);
    if (loop_ == nullptr) return false;
    loop_->post(std::move(task));
    return true;
  }

 private:
  std::mutex mutex_;
  Loop* loop_ = nullptr;
};

}  // namespace parley::sdk
