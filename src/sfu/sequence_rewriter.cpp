#include "sfu/sequence_rewriter.hpp"

#include <bit>

#include "base/check.hpp"
#include "base/prefetch.hpp"

namespace parley::sfu {

SequenceRewriter::SequenceRewriter(uint16_t first, uint16_t depth)
    : mask_(depth - 1u), entries_(depth), given_(depth), next_(first) {
  PARLEY_CHECK(std::has_single_bit(depth));
}

void SequenceRewriter::begin(int64_t source, uint8_t run) {
  first_source_ = source;
  newest_source_ = source - 1;
  run_ = run;
}

SequenceRewriter::Entry* SequenceRewriter::take(int64_t source) {
  if (!late(source)) {
    pass_missing(source, Fate::Reserved);
    newest_source_ = source;
    Entry& added = append(source, State::Sent);
    given(source) = {added.number, Fate::Sent};
    return &added;
  }
  return claim(source, State::Sent);
}

void SequenceRewriter::prefetch() const {
  parley::prefetch(&entries_[next_ & mask_], sizeof(Entry));
  parley::prefetch(&given_[static_cast<uint64_t>(newest_source_ + 1) & mask_], sizeof(Given));
}

SequenceRewriter::Entry* SequenceRewriter::skip(int64_t source, bool together) {
  if (!late(source)) {
    pass_missing(source, together ? Fate::Skipped : Fate::Reserved);
    newest_source_ = source;
    given(source) = {0, Fate::Skipped};
    return nullptr;
  }
  return claim(source, State::Filled);
}

SequenceRewriter::Entry* SequenceRewriter::find(uint16_t number) {
  Entry& found = entry(number);
  return found.state == State::Empty || found.number != number ? nullptr : &found;
}

bool SequenceRewriter::reachable(int64_t source) const {
  return source >= first_source_ && source > newest_source_ - static_cast<int64_t>(entries_.size());
}

SequenceRewriter::Entry* SequenceRewriter::claim(int64_t source, State state) {
  if (!reachable(source) || given(source).fate != Fate::Reserved) return nullptr;
  Given& kept = given(source);
  Entry& found = entry(kept.number);
  if (found.number != kept.number || found.state != State::Reserved) return nullptr;
  kept.fate = Fate::Sent;
  found.state = state;
  return &found;
}

SequenceRewriter::Entry& SequenceRewriter::append(int64_t source, State state) {
  Entry& added = entry(next_);
  added = Entry{};
  added.source = source;
  added.number = next_++;
  added.run = run_;
  added.state = state;
  return added;
}

void SequenceRewriter::pass_missing(int64_t source, Fate fate) {
  if (source - newest_source_ > static_cast<int64_t>(entries_.size())) {
    begin(source, run_);  // too many to come back: close the gap
    return;
  }
  for (int64_t missing = newest_source_ + 1; missing < source; ++missing) {
    given(missing) = {0, fate};
    if (fate == Fate::Reserved) given(missing).number = append(missing, State::Reserved).number;
  }
}

}  // namespace parley::sfu
