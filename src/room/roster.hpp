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

  size_t size() const { return by_number_.size(); }
  bool empty() const { return by_number_.empty(); }
  auto all() {
    return by_number_ | std::views::transform([](auto& entry) -> Participant& { return *entry.second; });
  }
  auto all() const {
    return by_number_ | std::views::transform([](const auto& entry) -> const Participant& { return *entry.second; });
  }

 private:
  std::map<MemberNumber, std::unique_ptr<Participant>> by_number_;
  std::unordered_map<ParticipantId, Participant*> by_id_;
};

}  // namespace parley::room
