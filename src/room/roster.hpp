#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <ranges>
#include <string_view>
#include <unordered_map>

#include "room/participant.hpp"

namespace parley::room {

/// Everybody in the room, in the order they joined. A Participant stays where it is until it is removed.
class Roster {
 public:
  Participant& add(Participant participant);
  void remove(MemberNumber number);
  void clear();

  Participant* find(const ParticipantId& id);
  const Participant* find(const ParticipantId& id) const;
  Participant* find(MemberNumber number);
  const Participant* find(MemberNumber number) const;

  /// Who has this id and may be shown to others.
  Participant* find_visible(const ParticipantId& id);

  bool empty() const { return by_number_.empty(); }
  /// Without those who are hidden.
  size_t visible() const { return visible_; }
  auto all() {
    return by_number_ | std::views::transform([](auto& entry) -> Participant& { return *entry.second; });
  }
  auto all() const {
    return by_number_ | std::views::transform([](const auto& entry) -> const Participant& { return *entry.second; });
  }

 private:
  size_t visible_ = 0;
  std::map<MemberNumber, std::unique_ptr<Participant>> by_number_;
  std::unordered_map<ParticipantId, Participant*> by_id_;
};

}  // namespace parley::room
