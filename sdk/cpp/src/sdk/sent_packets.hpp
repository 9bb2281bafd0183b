#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"

namespace parley::sdk {

/// The latest packets of one sent stream, for those that the peer misses.
class SentPackets {
 public:
  /// Two seconds of 2.5 Mbit/s in 1100-byte packets; what is missed longer a key frame repairs.
  static constexpr size_t kCapacity = 512;

  struct Packet {
    uint16_t sequence_number = 0;
    uint32_t timestamp = 0;
    PayloadType payload_type;
    bool marker = false;
    std::vector<uint8_t> payload, orientation, color_space;
  };

  /// To be filled in.
  Packet& add(uint16_t sequence_number) {
    if (!ring_) ring_ = std::make_unique<std::array<std::optional<Packet>, kCapacity>>();
    auto& slot = (*ring_)[sequence_number % kCapacity];
    if (!slot) slot.emplace();
    slot->sequence_number = sequence_number;
    return *slot;
  }
  const Packet* find(uint16_t sequence_number) const {
    if (!ring_) return nullptr;
    const auto& slot = (*ring_)[sequence_number % kCapacity];
    return slot && slot->sequence_number == sequence_number ? &*slot : nullptr;
  }
  void clear() { ring_.reset(); }

 private:
  std::unique_ptr<std::array<std::optional<Packet>, kCapacity>> ring_;  // made by the first packet
};

}  // namespace parley::sdk
