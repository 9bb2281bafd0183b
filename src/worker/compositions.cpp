#include "worker/compositions.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace parley::worker {
namespace {

void add(CompositionCosts& sum, const CompositionCosts& costs) {
  sum.compose += costs.compose;
  sum.scale += costs.scale;
  sum.encode += costs.encode;
  sum.sound += costs.sound;
  sum.write += costs.write;
  sum.pictures += costs.pictures;
  sum.late += costs.late;
  sum.skipped += costs.skipped;
}

/// Whether a running composition can become the other one.
bool only_layout_differs(const CompositionKey& a, const CompositionKey& b) {
  media::Composition other = b.composition;
  other.layout = a.composition.layout;
  other.priority = a.composition.priority;
  other.grid_size = a.composition.grid_size;
  return a.only == b.only && other == a.composition;
}

}  // namespace

void Compositions::feed(const Feed& feed) {
  const std::lock_guard lock(mutex_);
  if (const auto* change = std::get_if<RoomChanged>(&feed)) room_ = change->room;
  for (const auto& [number, entry] : entries_) entry.thread->feed(feed);
}

uint64_t Compositions::entry_for(const CompositionKey& key) {
  for (const auto& [number, entry] : entries_) {
    if (entry.key == key) return number;
  }
  const uint64_t number = ++last_entry_;
  const auto on_event = [this, number](CompositionEvent event) {
    if (auto* shown = std::get_if<Shown>(&event)) {
      {
        const std::lock_guard lock(mutex_);
        const auto entry = entries_.find(number);
        if (entry == entries_.end()) return;
        entry->second.shown = std::move(shown->tiles);
      }
      return callbacks_.on_shown();
    }
    const SinkId sink = std::visit(
        [](const auto& e) {
          if constexpr (requires { e.sink; }) return e.sink;
          return SinkId();
        },
        event);
    callbacks_.on_sink(sink, std::move(event));
  };
  Entry& entry = entries_[number];
  entry.key = key;
  entry.thread = std::make_shared<CompositionThread>(
      CompositionThread::Config{.composition = key.composition, .only = key.only, .zero = zero_, .epoch = epoch_},
      room_, on_event);
  return number;
}

SinkId Compositions::add(const CompositionKey& key, Encoding encoding, SinkFactory factory) {
  const std::lock_guard lock(mutex_);
  const SinkId sink(++last_sink_);
  const uint64_t number = entry_for(key);
  Entry& entry = entries_.at(number);
  ++entry.sinks;
  sinks_[sink] = number;
  entry.thread->add(sink, encoding, std::move(factory));
  return sink;
}

void Compositions::remove(SinkId sink, Ending ending) {
  const std::lock_guard lock(mutex_);
  const auto found = sinks_.find(sink);
  if (found != sinks_.end()) entries_.at(found->second).thread->remove(sink, ending);
}

void Compositions::change(const std::vector<SinkId>& sinks, const CompositionKey& key) {
  std::vector<std::shared_ptr<CompositionThread>> over;  // joined after the lock: their threads may wait for it
  const std::lock_guard lock(mutex_);
  for (const SinkId sink : sinks) {
    const auto found = sinks_.find(sink);
    if (found == sinks_.end() || entries_.at(found->second).key == key) continue;
    Entry& from = entries_.at(found->second);
    if (!is_taken(key) && from.sinks == count_in(found->second, sinks) && only_layout_differs(from.key, key)) {
      from.key = key;
      from.thread->rearrange(key.composition);
      continue;
    }
    const uint64_t to = entry_for(key);
    from.thread->move(sink, entries_.at(to).thread);
    ++entries_.at(to).sinks;
    over.push_back(release(found->second));
    found->second = to;
  }
}

bool Compositions::is_taken(const CompositionKey& key) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& e) { return e.second.key == key; });
}

size_t Compositions::count_in(uint64_t entry, const std::vector<SinkId>& sinks) const {
  return static_cast<size_t>(std::count_if(sinks.begin(), sinks.end(), [&](SinkId sink) {
    const auto found = sinks_.find(sink);
    return found != sinks_.end() && found->second == entry;
  }));
}

std::shared_ptr<CompositionThread> Compositions::release(uint64_t number) {
  const auto entry = entries_.find(number);
  if (--entry->second.sinks > 0) return nullptr;
  std::shared_ptr<CompositionThread> over = std::move(entry->second.thread);
  worker::add(ended_, over->costs());
  entries_.erase(entry);
  return over;
}

void Compositions::forget(SinkId sink) {
  std::shared_ptr<CompositionThread> over;  // joined after the lock
  const std::lock_guard lock(mutex_);
  const auto found = sinks_.find(sink);
  if (found == sinks_.end()) return;
  over = release(found->second);
  sinks_.erase(found);
}

std::map<media::TileKey, frame::Size> Compositions::shown() const {
  std::map<media::TileKey, frame::Size> all;
  const std::lock_guard lock(mutex_);
  for (const auto& [number, entry] : entries_) {
    for (const auto& [tile, size] : entry.shown) {
      frame::Size& largest = all[tile];
      if (size.width > largest.width) largest = size;
    }
  }
  return all;
}

CompositionCosts Compositions::costs() const {
  const std::lock_guard lock(mutex_);
  CompositionCosts sum = ended_;
  for (const auto& [number, entry] : entries_) worker::add(sum, entry.thread->costs());
  return sum;
}

}  // namespace parley::worker
