#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "worker/composition_thread.hpp"

namespace parley::worker {

/// What makes two egresses share a picture and a mix.
struct CompositionKey {
  media::Composition composition;
  std::optional<Only> only;
  friend bool operator==(const CompositionKey&, const CompositionKey&) = default;
};

/// All compositions of a worker: equal ones are made once, and each lives as long as it has sinks. `feed` may be called
/// on any thread, everything else on the worker's.
class Compositions {
 public:
  struct Callbacks {
    /// What became of a sink. On the composition's thread.
    std::function<void(SinkId, CompositionEvent)> on_sink;
    /// The tiles of some composition changed: `shown()` has another value. On the composition's thread.
    std::function<void()> on_shown;
  };
  /// Packets count their time from `zero`, when the wall clock showed `epoch`.
  Compositions(Timestamp zero, UtcTime epoch, Callbacks callbacks)
      : zero_(zero), epoch_(epoch), callbacks_(std::move(callbacks)) {}

  void feed(const Feed& feed);

  SinkId add(const CompositionKey& key, Encoding encoding, SinkFactory factory);
  /// SinkFinished (or SinkFailed) follows.
  void remove(SinkId sink, Ending ending = Ending::Finished);
  /// These sinks go on in a composition of this key: their own, rearranged, if nobody else shares it and only the
  /// layout differs, else another.
  void change(const std::vector<SinkId>& sinks, const CompositionKey& key);
  /// The sink has ended: its composition ends if it was the last one.
  void forget(SinkId sink);

  /// The tiles of all compositions, each in the largest size that any shows.
  std::map<media::TileKey, frame::Size> shown() const;
  CompositionCosts costs() const;

 private:
  struct Entry {
    CompositionKey key;
    std::shared_ptr<CompositionThread> thread;
    std::map<media::TileKey, frame::Size> shown;
    size_t sinks = 0;
  };
  uint64_t entry_for(const CompositionKey& key);
  bool is_taken(const CompositionKey& key) const;
  size_t count_in(uint64_t entry, const std::vector<SinkId>& sinks) const;
  /// One sink less; the composition, if it was the last one.
  std::shared_ptr<CompositionThread> release(uint64_t entry);

  const Timestamp zero_;
  const UtcTime epoch_;
  const Callbacks callbacks_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Room> room_ = std::make_shared<Room>();
  std::map<uint64_t, Entry> entries_;
  std::map<SinkId, uint64_t> sinks_;  // in which entry
  uint64_t last_entry_ = 0;
  uint64_t last_sink_ = 0;
  CompositionCosts ended_;  // of compositions that are over
};

}  // namespace parley::worker
