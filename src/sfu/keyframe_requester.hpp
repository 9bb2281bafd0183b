#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace parley::sfu {

/// When to send a PLI for one layer of a track, whatever the number of subscribers that ask. A need that nobody renews
/// ends by itself: its subscribers have left, or nothing is being sent that a key frame could begin.
class KeyFrameRequester {
 public:
  /// A key frame costs a publisher some 5-10 ordinary frames; two a second is the most that leaves room for the rest.
  static constexpr TimeDelta kMinInterval = TimeDelta::millis(500);
  /// Unanswered requests double their interval up to this: a publisher that cannot answer is not flooded.
  static constexpr TimeDelta kMaxInterval = TimeDelta::seconds(4);
  /// Subscriptions renew with every packet they see, at least a few a second.
  static constexpr TimeDelta kNeedLifetime = TimeDelta::seconds(3);

  /// Someone needs a key frame (or still does).
  void request(Timestamp now);
  /// One has begun to arrive.
  void on_keyframe();
  /// True when a PLI has to go out now; counts it as sent.
  bool take_due(Timestamp now);
  Timestamp next_deadline() const;
  uint64_t sent() const { return sent_; }

 private:
  bool needed(Timestamp now) const { return !renewed_.is_never() && now - renewed_ <= kNeedLifetime; }

  Timestamp renewed_ = Timestamp::never();  // never: no need
  Timestamp not_before_;                    // the limit, kept over key frames
  TimeDelta interval_ = kMinInterval;
  uint64_t sent_ = 0;
};

}  // namespace parley::sfu
