#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "store/store.hpp"

namespace parley::server {

/// The thread that alone touches the store, so that a slow disk stalls nobody's meeting. Jobs run in the order in which
/// they were posted, whoever posts them.
class StoreThread {
 public:
  using Job = std::function<void(store::Store&)>;
  /// Some seconds of a busy server's work. More waiting jobs than this mean that the disk has stopped.
  static constexpr size_t kMaxQueued = 16384;

  explicit StoreThread(std::unique_ptr<store::Store> store, size_t max_queued = kMaxQueued);
  /// Finishes what is queued, then closes the store.
  ~StoreThread();

  /// False: the queue is full, and the job will not run.
  bool post(Job job);
  /// Waits until everything posted so far is done.
  void drain();
  size_t queued() const;
  uint64_t refused() const { return refused_; }

 private:
  void run();

  const size_t max_queued_;
  std::unique_ptr<store::Store> store_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool busy_ = false;
  bool stop_ = false;
  std::atomic<uint64_t> refused_ = 0;
  std::thread thread_;
};

}  // namespace parley::server
