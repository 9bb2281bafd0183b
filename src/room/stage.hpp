#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "room/member.hpp"
#include "wire/parley.pb.h"

namespace parley::room {

/// Who is in front: the active speaker, the presenter, the pinned, and the main participant that follows from them.
class Stage {
 public:
  /// None: silence.
  void set_speaker(std::optional<MemberNumber> speaker);
  void start_share(MemberNumber member);
  void stop_share(MemberNumber member);
  /// False when that changes nothing.
  bool pin(MemberNumber member, wire::PinTarget target, bool pinned);
  /// The member sends nothing any more: it neither speaks nor presents. Pins stay.
  void step_down(MemberNumber member);
  /// The member is gone.
  void forget(MemberNumber member);

  std::optional<MemberNumber> speaker() const { return speaker_; }
  /// The latest to have started sharing; when that one stops, the one before.
  std::optional<MemberNumber> presenter() const;
  wire::PinState pin_of(MemberNumber member) const;
  /// The presenter, else the latest pinned, else the last to have spoken, else none.
  std::optional<MemberNumber> main() const;

 private:
  struct Pin {
    wire::PinState state;
    uint64_t order = 0;
  };
  std::optional<MemberNumber> speaker_;
  std::optional<MemberNumber> last_speaker_;
  std::vector<MemberNumber> sharers_;  // in the order they started
  std::map<MemberNumber, Pin> pins_;
  uint64_t pin_count_ = 0;
};

}  // namespace parley::room
