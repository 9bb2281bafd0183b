#pragma once

#include <optional>
#include <span>

#include "base/id.hpp"
#include "base/time.hpp"
#include "sfu/speech_activity.hpp"

namespace parley::sfu {

/// Who speaks in one room: compares every contender with the dominant one on the three time scales at once, so that a
/// knock (short evidence only) or murmured assent (no short evidence) does not take over.
class DominantSpeaker {
 public:
  /// Contender over dominant, natural logarithm of the score ratio (section 3.3 of the paper: C1, C2, C3).
  static constexpr double kImmediateThreshold = 3;
  static constexpr double kMediumThreshold = 2;
  static constexpr double kLongThreshold = 0;
  /// The paper's decision interval; more often costs work and flickers.
  static constexpr TimeDelta kDecisionInterval = TimeDelta::millis(300);
  /// After so long without speech from anyone there is no dominant speaker. Longer than pauses of thought (1-2 s).
  static constexpr TimeDelta kSilenceHold = TimeDelta::seconds(3);

  struct Item {
    TrackId track;
    SpeechScores scores;
    bool voiced = false;  ///< SpeechActivity::voiced
  };
  /// Decides anew if the interval has passed. A dominant track that is not among `items` counts as silent.
  std::optional<TrackId> update(std::span<const Item> items, Timestamp now);
  std::optional<TrackId> dominant() const { return dominant_; }
  /// The track has ended.
  void remove(TrackId track);

 private:
  std::optional<TrackId> contender(std::span<const Item> items) const;

  std::optional<TrackId> dominant_;
  bool decided_ = false;
  Timestamp next_decision_;
  Timestamp last_voice_;
};

}  // namespace parley::sfu
