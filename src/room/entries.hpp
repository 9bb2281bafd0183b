#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <span>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "room/join_request.hpp"

namespace parley::room {

/// Guests who knock and wait to be let in, in the order they came.
class Entries {
 public:
  /// What a person can look through; a waiting guest also holds its negotiated connection's memory.
  static constexpr size_t kMax = 64;
  /// A host who does not answer in this time is not looking.
  static constexpr TimeDelta kTimeout = TimeDelta::seconds(5 * 60);

  struct Entry {
    ParticipantId id;
    JoinRequest request;
    Timestamp deadline;
  };

  bool full() const { return entries_.size() >= kMax; }
  bool empty() const { return entries_.empty(); }
  /// Not full.
  void add(Entry entry);
  const std::list<Entry>& all() const { return entries_; }
  const Entry* find(const ParticipantId& id) const;

  std::optional<Entry> take(const ParticipantId& id);
  std::optional<Entry> take(ClientId client);
  /// The oldest that timed out, if any.
  std::optional<Entry> take_expired(Timestamp now);
  std::optional<Entry> take_any();
  Timestamp next_deadline() const { return entries_.empty() ? Timestamp::never() : entries_.front().deadline; }

 private:
  std::optional<Entry> take(std::list<Entry>::iterator it);
  std::list<Entry> entries_;
};

}  // namespace parley::room
