#pragma once

#include <functional>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "net/clock.hpp"
#include "server/control_plane.hpp"
#include "server/deadline_timer.hpp"

namespace parley::server {

/// Gives the control plane its clock: the time of each call, and a wake-up at its next deadline.
class ControlLoop {
 public:
  ControlLoop(boost::asio::io_context& io, ControlPlane& plane) : plane_(plane), timer_(io) {}

  /// Who hears, after each call, what egresses depend on. It may call in here again.
  void set_listener(std::function<void(EgressNotes)> listener) { listener_ = std::move(listener); }

  static room::Moment now() { return {net::monotonic_now(), net::utc_now()}; }

  /// Calls `f(plane, now)` and keeps the timer right.
  template <typename F>
  void call(F&& f) {
    f(plane_, now());
    settle();
  }

  /// After the plane was called by somebody else: what `call` does in the end.
  void settle() {
    rearm();
    if (EgressNotes notes = plane_.take_egress_notes(); !notes.empty() && listener_) listener_(std::move(notes));
  }

 private:
  void rearm() {
    timer_.set(plane_.next_deadline(),
               [this] { call([](ControlPlane& plane, room::Moment at) { plane.on_deadline(at); }); });
  }

  ControlPlane& plane_;
  DeadlineTimer timer_;
  std::function<void(EgressNotes)> listener_;
};

}  // namespace parley::server
