#include "sdk/shell/event_thread.hpp"

#include <pthread.h>

#include "parley/pending.hpp"

namespace parley {
namespace {

thread_local bool is_sdk_thread = false;

}  // namespace

bool detail::on_sdk_thread() { return is_sdk_thread; }

namespace sdk {

void enter_sdk_thread(const char* name) {
  is_sdk_thread = true;
  pthread_setname_np(pthread_self(), name);
}

EventThread::EventThread(const char* name, AtEnd at_end) : at_end_(at_end), thread_([this, name] { run(name); }) {}

EventThread::~EventThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    if (at_end_ == AtEnd::DropWaiting) tasks_.clear();
  }
  changed_.notify_all();
  thread_.join();
}

void EventThread::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void EventThread::run(const char* name) {
  enter_sdk_thread(name);
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace sdk
}  // namespace parley
