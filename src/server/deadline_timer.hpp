#pragma once

#include <algorithm>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/time.hpp"
#include "net/clock.hpp"

namespace parley::server {

/// Wakes a core at the deadline that it names. Set anew after each call into the core; costs nothing while that does
/// not change it. For one thread.
class DeadlineTimer {
 public:
  explicit DeadlineTimer(boost::asio::io_context& io) : timer_(io) {}

  /// Calls `on_deadline()` once at `next`, instead of what was set before; never if `next` is.
  template <typename F>
  void set(Timestamp next, F&& on_deadline) {
    if (next == armed_) return;
    armed_ = next;
    if (next.is_never()) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::microseconds(std::max<int64_t>(0, (next - net::monotonic_now()).us())));
    timer_.async_wait([this, on_deadline = std::forward<F>(on_deadline)](boost::system::error_code error) {
      if (error) return;  // set anew
      armed_ = Timestamp::never();
      on_deadline();
    });
  }

  /// The deadline that is set is let go by; a different one can still be set.
  void cancel() { timer_.cancel(); }

 private:
  boost::asio::steady_timer timer_;
  Timestamp armed_ = Timestamp::never();
};

}  // namespace parley::server
