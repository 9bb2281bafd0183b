#include "server/store_thread.hpp"

#include <utility>

namespace parley::server {

StoreThread::StoreThread(std::unique_ptr<store::Store> store, size_t max_queued)
    : max_queued_(max_queued), store_(std::move(store)), thread_([this] { run(); }) {}

StoreThread::~StoreThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool StoreThread::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= max_queued_) {
      ++refused_;
      return false;
    }
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
  return true;
}

void StoreThread::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return jobs_.empty() && !busy_; });
}

size_t StoreThread::queued() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void StoreThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !jobs_.empty() || stop_; });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    busy_ = true;
    lock.unlock();
    job(*store_);
    job = nullptr;  // what it holds goes before `drain` returns
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace parley::server
