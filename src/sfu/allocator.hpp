#pragma once

#include <cstdint>
#include <span>

#include "base/time.hpp"
#include "base/units.hpp"
#include "rtp/codec.hpp"
#include "sfu/layer.hpp"

namespace parley::sfu {

/// How much of a video track one receiver wants: what engine::Preference says, in words of this module.
struct Preference {
  enum class Quality : uint8_t { Auto, Low, Medium, High };
  Quality quality = Quality::Auto;  ///< Auto goes by the drawn size
  uint16_t width = 0;               ///< drawn size in physical pixels; 0: not said, taken as large
  uint16_t height = 0;
  bool paused = false;
  uint8_t priority = 0;  ///< higher is served first: 3 share, 2 pinned, 1 speaker, 0 rest
};

enum class Pause : uint8_t { None, Preference, Bandwidth };

/// One subscription of a receiver in the eyes of the allocator. The caller keeps it from round to round: `target` and
/// `lowered` are the memory that hysteresis needs.
struct AllocationItem {
  // In.
  rtp::MediaKind kind = rtp::MediaKind::Video;
  LayerTable layers;  ///< Track::layers
  Preference preference;
  // In and out.
  LayerPoint target;                       ///< give it to Subscription::set_target; none: send nothing
  Timestamp lowered = Timestamp::never();  ///< when bandwidth last took a layer away
  Timestamp tried = Timestamp::never();  ///< since when it is sent although the estimate holds it not; never: it is not
  // Out.
  LayerPoint previous;  ///< `target` as it was before
  Pause pause = Pause::None;
  int8_t wanted_spatial = -1;    ///< what the preference alone asks of what is there; -1: nothing
  int8_t demanded_spatial = -1;  ///< what it asks of the publisher, for LayerDemand
};

struct AllocatorLimits {
  /// A layer that is not being sent is added only if the estimate holds its cost this many times: measured rates and
  /// estimates both move by 10-15 %, and a layer taken back a second later looks worse than one never given.
  double upgrade_margin = 1.2;
  /// A layer that is being sent stays until the estimate is this far below the cost.
  double downgrade_margin = 1.1;
  /// No layer is added within this time after bandwidth took one away; longer than a key frame and its queue take to
  /// drain.
  TimeDelta upgrade_hold = TimeDelta::seconds(4);
  /// Nothing speaks against more than the estimate (cc::BandwidthEstimator::may_carry_more).
  bool may_try = false;
  /// How long a trial lasts: a second of feedback, which proves a rate, and what it needs to begin and to come back.
  TimeDelta trial = TimeDelta::seconds(2);
};

/// The highest spatial layer that `preference` asks of a track, -1: none. A drawn size asks for the lowest layer that
/// is as large as drawn, but for `kSizeTolerance`. Low, Medium and High are lowest, middle and highest.
int8_t wanted_spatial(const LayerTable& layers, const Preference& preference);
/// The same in layers that the publisher could send. A scalable encoder that was told to stop its upper layers no
/// longer shows that it has them, so a wish that the layers of now do not fill asks for more than they are.
int8_t demanded_spatial(const LayerTable& layers, const Preference& preference);
/// A picture stretched by a fifth is hard to tell from one that is not, and half a layer's bits are saved.
inline constexpr double kSizeTolerance = 1.25;

/// Shares `estimate` among the subscriptions of one receiver. Audio first, all of it, whatever the estimate. Then each
/// video, in order of priority, gets its lowest layer; what finds no room is paused. Then, priority by priority, the
/// videos of one priority rise in turns, a layer step at a time, until nothing more fits. Where no video at all finds
/// room, the first one's lowest layer is tried for a while if the path may carry it, again after `upgrade_hold`: an
/// estimate grows by what gets through, so that a film of one layer would else never be seen. O(items x steps); no
/// allocation. Equal priorities: earlier items first. Audio items get `target` {0, 0}.
void allocate(DataRate estimate, std::span<AllocationItem> items, Timestamp now, const AllocatorLimits& limits = {});

/// The highest layer that any receiver of a track wants, for telling the publisher. Rises at once; falls only when
/// nothing has asked for more during `kLowerDelay`, because stopping and starting an encoder costs a key frame.
class LayerDemand {
 public:
  static constexpr TimeDelta kLowerDelay = TimeDelta::seconds(3);

  /// `highest_wanted`: the maximum of `demanded_spatial` over the subscriptions now, -1 none. True if `current`
  /// changed.
  bool update(int8_t highest_wanted, Timestamp now);
  int8_t current() const { return current_; }
  /// When to call `update` again with what is wanted then.
  Timestamp next_deadline() const { return lower_at_; }

 private:
  int8_t current_ = -1;
  Timestamp lower_at_ = Timestamp::never();
};

}  // namespace parley::sfu
