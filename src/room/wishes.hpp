#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "room/member.hpp"
#include "wire/parley.pb.h"

namespace parley::room {

inline constexpr size_t kSources = 4;
inline constexpr std::array<wire::Source, kSources> kAllSources = {wire::AUDIO, wire::VIDEO, wire::SHARE,
                                                                   wire::SHARE_AUDIO};

/// What a client wants of one remote stream.
struct Wish {
  wire::Quality quality = wire::QUALITY_AUTO;
  uint32_t width = 0;
  uint32_t height = 0;
  bool paused = false;
  friend bool operator==(const Wish&, const Wish&) = default;
};

/// What the data plane is told about one stream at one receiver: the wish, and the priority from the state of the room.
struct Delivery {
  Wish wish;
  uint8_t priority = 0;
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

/// All wishes of one receiver. They outlive seats: who gets a seat again is received as it was.
class Wishes {
 public:
  /// Remote streams with a wish that is not the default: far above what one client draws, and the bound of what a
  /// hostile one can make us keep (about 100 KiB).
  static constexpr size_t kMax = 1024;

  /// False when there is no room for another.
  bool set(MemberNumber member, wire::Source source, const Wish& wish);
  void pause_all(wire::Source source, bool paused) { all_paused_[static_cast<size_t>(source)] = paused; }
  void forget(MemberNumber member);
  /// The wish as it takes effect: paused if either the stream or all of its source are.
  Wish effective(MemberNumber member, wire::Source source) const;

 private:
  std::map<std::pair<MemberNumber, wire::Source>, Wish> wishes_;
  std::array<bool, kSources> all_paused_{};
};

}  // namespace parley::room
