#include "media/motion.hpp"

#include <cmath>

namespace parley::media {
namespace {

/// Fast at first, then slowly into its place.
double eased(double t) { return 1 - std::pow(1 - t, 3); }

int between(int a, int b, double t) { return a + static_cast<int>(std::lround((b - a) * t)); }

int even_between(int a, int b, double t) { return between(a / 2, b / 2, t) * 2; }

}  // namespace

void Motion::go(const State& target, Timestamp now) {
  if (target == to_) return;
  from_ = at(now);
  to_ = target;
  start_ = now;
}

Motion::State Motion::at(Timestamp now) const {
  if (done(now)) return to_;
  if (now <= start_) return from_;
  const double t = eased((now - start_).seconds_f() / kDuration.seconds_f());
  // The sides move, not the middle and the size: so each of them stays between where it was and where it goes.
  const int left = even_between(from_.rect.x, to_.rect.x, t), top = even_between(from_.rect.y, to_.rect.y, t);
  const int right = even_between(from_.rect.right(), to_.rect.right(), t);
  const int bottom = even_between(from_.rect.bottom(), to_.rect.bottom(), t);
  return {{left, top, right - left, bottom - top}, between(from_.opacity, to_.opacity, t)};
}

Rect shrunk(const Rect& rect) {
  const int dx = rect.width / 16 / 2 * 2, dy = rect.height / 16 / 2 * 2;
  return {rect.x + dx, rect.y + dy, rect.width - 2 * dx, rect.height - 2 * dy};
}

}  // namespace parley::media
