#pragma once

#include "base/time.hpp"
#include "media/grid.hpp"

namespace parley::media {

/// Where a tile is and how much of it can be seen, from one place to the next. Ends exactly on its target.
class Motion {
 public:
  /// Long enough to follow with the eye, short enough not to wait for: what web pages use for such moves.
  static constexpr TimeDelta kDuration = TimeDelta::millis(280);
  static constexpr int kOpaque = 255;

  struct State {
    Rect rect;
    int opacity = kOpaque;
    friend bool operator==(const State&, const State&) = default;
  };

  /// Stands still.
  explicit Motion(const State& state) : from_(state), to_(state) {}
  /// Turns to another target from wherever it is now. The same target again changes nothing.
  void go(const State& target, Timestamp now);

  State at(Timestamp now) const;
  const State& target() const { return to_; }
  bool done(Timestamp now) const { return from_ == to_ || now - start_ >= kDuration; }

 private:
  State from_;
  State to_;
  Timestamp start_;
};

/// The rectangle a little smaller around the same middle: how a tile begins to appear and ends to disappear.
Rect shrunk(const Rect& rect);

}  // namespace parley::media
