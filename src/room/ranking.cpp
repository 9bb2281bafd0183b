#include "room/ranking.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace parley::room {

Ranking::Ranking(std::vector<Item> items) : items_(std::move(items)) {
  std::ranges::sort(items_, [](const Item& a, const Item& b) {
    return std::tuple(b.pinned, b.focus, b.last_focus, a.member) <
           std::tuple(a.pinned, a.focus, a.last_focus, b.member);
  });
  for (size_t i = 0; i < items_.size(); ++i) ranks_.emplace(items_[i].member, i);
  while (claimants_ < items_.size() && (items_[claimants_].pinned || items_[claimants_].focus)) ++claimants_;
}

std::optional<size_t> Ranking::rank(MemberNumber member) const {
  const auto it = ranks_.find(member);
  if (it == ranks_.end()) return std::nullopt;
  return it->second;
}

}  // namespace parley::room
