#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "room/member.hpp"

namespace parley::room {

/// Who could be shown, best first: pinned, then the one in focus, then by how lately they were in focus, then by
/// joining.
class Ranking {
 public:
  struct Item {
    MemberNumber member;
    bool pinned = false;
    bool focus = false;    ///< the active speaker among cameras, the presenter among shares
    Timestamp last_focus;  ///< when it last was in focus
  };

  explicit Ranking(std::vector<Item> items);

  std::span<const Item> items() const { return items_; }
  size_t size() const { return items_.size(); }
  /// 0 is the best; none for those who cannot be shown.
  std::optional<size_t> rank(MemberNumber member) const;
  /// The leading items that are pinned or in focus: they take a seat from others when all are taken.
  std::span<const Item> claimants() const { return std::span(items_).first(claimants_); }

 private:
  std::vector<Item> items_;
  std::unordered_map<MemberNumber, size_t> ranks_;
  size_t claimants_ = 0;
};

}  // namespace parley::room
