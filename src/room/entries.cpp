#include "room/entries.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace parley::room {

void Entries::add(Entry entry) {
  PARLEY_CHECK(!full());
  entries_.push_back(std::move(entry));
}

const Entries::Entry* Entries::find(const ParticipantId& id) const {
  const auto it = std::ranges::find(entries_, id, &Entry::id);
  return it == entries_.end() ? nullptr : &*it;
}

std::optional<Entries::Entry> Entries::take(const ParticipantId& id) {
  return take(std::ranges::find(entries_, id, &Entry::id));
}

std::optional<Entries::Entry> Entries::take(ClientId client) {
  return take(std::ranges::find(entries_, client, [](const Entry& entry) { return entry.request.client; }));
}

std::optional<Entries::Entry> Entries::take_expired(Timestamp now) {
  return take(next_deadline() <= now ? entries_.begin() : entries_.end());
}

std::optional<Entries::Entry> Entries::take_any() { return take(entries_.begin()); }

std::optional<Entries::Entry> Entries::take(std::list<Entry>::iterator it) {
  if (it == entries_.end()) return std::nullopt;
  std::optional<Entry> taken(std::move(*it));
  entries_.erase(it);
  return taken;
}

}  // namespace parley::room
