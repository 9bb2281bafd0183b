#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/clock.hpp"
#include "server/control_plane.hpp"

namespace parley::server {

/// Gives the control plane its clock: the time of each call, and a wake-up at its next deadline.
class ControlLoop {
 public:
  ControlLoop(boost::asio::io_context& io, ControlPlane& plane) : plane_(plane), timer_(io) {}

  static room::Moment now() { return {net::monotonic_now(), net::utc_now()}; }

  /// Calls `f(plane, now)` and keeps the timer right.
  template <typename F>
  void call(F&& f) {
    f(plane_, now());
    rearm();
  }

 private:
  void rearm() {
    const Timestamp next = plane_.next_deadline();
    if (next == armed_) return;
    armed_ = next;
    if (next.is_never()) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::microseconds(std::max<int64_t>(0, (next - net::monotonic_now()).us())));
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;  // set anew
      armed_ = Timestamp::never();
      call([](ControlPlane& plane, room::Moment at) { plane.on_deadline(at); });
    });
  }

  ControlPlane& plane_;
  boost::asio::steady_timer timer_;
  Timestamp armed_ = Timestamp::never();
};

}  // namespace parley::server
