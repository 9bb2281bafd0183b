#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <parley/error.hpp>

namespace parley {

namespace detail {
/// True on a thread of the SDK, where waiting for an answer would keep that answer from coming.
PARLEY_API bool on_sdk_thread();
}  // namespace detail

/// The answer to a request that is under way. Copies refer to the same answer; dropping them all is fine, the request
/// goes on. Every request is answered: by the server, or with `kTimeout`, `kReconnecting` or `kAborted`.
template <class T>
class Pending {
 public:
  using Handler = std::function<void(Result<T>)>;

  Pending() : shared_(std::make_shared<Shared>()) {}
  /// One that is answered already.
  explicit Pending(Result<T> result) : Pending() { resolve(std::move(result)); }

  /// Waits for the answer. On a thread of the SDK (in a callback) it fails at once with `kInProgress`: use `then`
  /// there.
  Result<T> get() const {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    if (!shared_->result && detail::on_sdk_thread()) return waiting_for_itself();
    shared_->answered.wait(lock, [this] { return shared_->result.has_value(); });
    return *shared_->result;
  }
  /// As `get`, at most for so long; then `kTimeout`, and the request goes on.
  Result<T> get(std::chrono::milliseconds limit) const {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    if (!shared_->result && detail::on_sdk_thread()) return waiting_for_itself();
    if (!shared_->answered.wait_for(lock, limit, [this] { return shared_->result.has_value(); })) {
      return Error{kTimeout, "There is no answer yet."};
    }
    return *shared_->result;
  }
  /// Calls `handler` once: on the thread of events, or at once on this one if the answer is there. One handler.
  void then(Handler handler) const {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    if (!shared_->result) {
      shared_->handler = std::move(handler);
      return;
    }
    const Result<T> result = *shared_->result;
    lock.unlock();
    handler(result);
  }
  bool answered() const {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    return shared_->result.has_value();
  }

  /// For the SDK: answers it, once.
  void resolve(Result<T> result) const {
    Handler handler;
    {
      const std::lock_guard<std::mutex> lock(shared_->mutex);
      if (shared_->result) return;
      shared_->result = result;
      handler = std::move(shared_->handler);
    }
    shared_->answered.notify_all();
    if (handler) handler(std::move(result));
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<Result<T>> result;
    Handler handler;
  };
  static Result<T> waiting_for_itself() {
    return Error{kInProgress, "A callback cannot wait for an answer that comes by the same thread."};
  }
  std::shared_ptr<Shared> shared_;
};

}  // namespace parley
