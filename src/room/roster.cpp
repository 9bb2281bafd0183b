#include "room/roster.hpp"

#include <utility>

#include "base/check.hpp"

namespace parley::room {

Participant& Roster::add(Participant participant) {
  auto owned = std::make_unique<Participant>(std::move(participant));
  Participant& added = *owned;
  PARLEY_CHECK(by_id_.emplace(added.id, &added).second);
  visible_ += added.hidden ? 0 : 1;
  PARLEY_CHECK(by_number_.emplace(added.number, std::move(owned)).second);
  return added;
}

void Roster::remove(MemberNumber number) {
  const auto it = by_number_.find(number);
  PARLEY_CHECK(it != by_number_.end());
  visible_ -= it->second->hidden ? 0 : 1;
  by_id_.erase(it->second->id);
  by_number_.erase(it);
}

void Roster::clear() {
  by_id_.clear();
  by_number_.clear();
  visible_ = 0;
}

const Participant* Roster::find(const ParticipantId& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

Participant* Roster::find(const ParticipantId& id) { return const_cast<Participant*>(std::as_const(*this).find(id)); }

Participant* Roster::find_visible(const ParticipantId& id) {
  Participant* found = find(id);
  return found && !found->hidden ? found : nullptr;
}

const Participant* Roster::find(MemberNumber number) const {
  const auto it = by_number_.find(number);
  return it == by_number_.end() ? nullptr : it->second.get();
}

Participant* Roster::find(MemberNumber number) { return const_cast<Participant*>(std::as_const(*this).find(number)); }

}  // namespace parley::room
