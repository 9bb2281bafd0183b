#include "room/wishes.hpp"

namespace parley::room {

bool Wishes::set(MemberNumber member, wire::Source source, const Wish& wish) {
  const std::pair key(member, source);
  if (wish == Wish{}) {
    wishes_.erase(key);
    return true;
  }
  const auto it = wishes_.find(key);
  if (it == wishes_.end() && wishes_.size() >= kMax) return false;
  wishes_.insert_or_assign(key, wish);
  return true;
}

void Wishes::forget(MemberNumber member) {
  for (const wire::Source source : kAllSources) wishes_.erase({member, source});
}

Wish Wishes::effective(MemberNumber member, wire::Source source) const {
  const auto it = wishes_.find({member, source});
  Wish wish = it == wishes_.end() ? Wish{} : it->second;
  wish.paused = wish.paused || all_paused_[static_cast<size_t>(source)];
  return wish;
}

}  // namespace parley::room
