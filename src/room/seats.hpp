#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "room/member.hpp"
#include "room/offered_media.hpp"
#include "room/ranking.hpp"
#include "room/wishes.hpp"

namespace parley::room {

/// The seats of one kind at one receiver, and who is on them.
///
/// A member keeps its seat while it can be shown, because moving it costs the receiver a key frame and a flicker. With
/// too few seats the best ranked get those that become free, and only who is pinned or in focus takes one from
/// somebody: from the worst ranked that is not pinned.
class Seats {
 public:
  struct Seat {
    uint32_t number = 0;
    std::optional<MemberNumber> member;
    /// What the data plane was last told about the sound and the picture of this member here.
    std::array<std::optional<Delivery>, 2> told;
  };

  explicit Seats(SeatKind kind) : kind_(kind) {}

  /// The client's newest offer. A seat that it still names keeps its member.
  void offer(std::span<const OfferedSeat> offered);
  /// Brings the seats in line with who can be shown (the receiver itself never is). Returns the seats that changed.
  std::vector<Seat*> update(const Ranking& ranking, MemberNumber self);

  SeatKind kind() const { return kind_; }
  std::span<Seat> seats() { return seats_; }
  std::span<const Seat> seats() const { return seats_; }
  size_t size() const { return seats_.size(); }

 private:
  Seat* seat_of(MemberNumber member);
  void fill_free(const Ranking& ranking, MemberNumber self);
  void yield_to_claimants(const Ranking& ranking, MemberNumber self);
  Seat* worst_unpinned(const Ranking& ranking);

  SeatKind kind_;
  std::vector<Seat> seats_;
};

}  // namespace parley::room
