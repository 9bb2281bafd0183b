#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace parley::sdk {

/// A thread that runs what it is given, in order. Threads of the SDK that call the application's code are such.
class EventThread {
 public:
  using Task = std::move_only_function<void()>;

  /// What its destructor does with what is still waiting.
  enum class AtEnd { RunWaiting, DropWaiting };

  explicit EventThread(const char* name, AtEnd at_end = AtEnd::RunWaiting);
  ~EventThread();
  EventThread(const EventThread&) = delete;
  EventThread& operator=(const EventThread&) = delete;

  void post(Task task);
  bool is_current() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void run(const char* name);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  const AtEnd at_end_;
  bool ending_ = false;
  std::thread thread_;
};

/// Marks the calling thread as one of the SDK's, and names it for debuggers.
void enter_sdk_thread(const char* name);

}  // namespace parley::sdk
