#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"

namespace parley {

/// One received datagram (or TCP frame). The bytes belong to the receiver's buffers, live until the next receive, and
/// may be decrypted in place.
struct Datagram {
  MutableBytes data;
  Path path;
};

/// Datagrams on their way out, back to back in one arena: neighbours with the same path and size leave as one GSO
/// message. Cores append; the shell sends and clears. With a drain installed a full arena is sent at once and reused,
/// so that a batch stays in cache; without one (tests) the arena grows.
class DatagramBatch {
 public:
  static constexpr size_t kArenaSize = 512 * 1024;  // fits the L2 cache of current server cores beside the inputs
  static constexpr size_t kMaxDatagram = 2048;

  struct Entry {
    Path path;
    uint32_t offset;
    uint32_t size;
  };
  /// Sends and clears the batch.
  using Drain = void (*)(void* context, DatagramBatch& batch);

  DatagramBatch() {
    arena_.resize(kArenaSize);
    entries_.reserve(1024);
  }
  void set_drain(Drain drain, void* context) {
    drain_ = drain;
    context_ = context;
  }

  /// Room for one datagram of up to `max_size` (<= kMaxDatagram) bytes; follow with `commit`, or with nothing to give
  /// up.
  MutableBytes reserve(size_t max_size) {
    PARLEY_CHECK(max_size <= kMaxDatagram);
    if (used_ + max_size > arena_.size()) make_room(max_size);
    return {arena_.data() + used_, max_size};
  }
  void commit(const Path& path, size_t size) {
    entries_.push_back({path, static_cast<uint32_t>(used_), static_cast<uint32_t>(size)});
    used_ += size;
  }
  void append(const Path& path, Bytes datagram) {
    MutableBytes room = reserve(datagram.size());
    if (!datagram.empty()) std::memcpy(room.data(), datagram.data(), datagram.size());
    commit(path, datagram.size());
  }

  std::span<const Entry> entries() const { return entries_; }
  Bytes bytes(const Entry& entry) const { return {arena_.data() + entry.offset, entry.size}; }
  bool empty() const { return entries_.empty(); }
  void clear() {
    entries_.clear();
    used_ = 0;
  }

 private:
  void make_room(size_t max_size) {
    if (drain_ && !entries_.empty()) drain_(context_, *this);
    if (used_ + max_size > arena_.size()) arena_.resize(arena_.size() * 2);
  }

  std::vector<uint8_t> arena_;
  std::vector<Entry> entries_;
  size_t used_ = 0;
  Drain drain_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace parley
