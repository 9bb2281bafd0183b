#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "rtp/codec.hpp"
#include "rtp/packet.hpp"
#include "sfu/media_packet.hpp"

namespace parley::sfu {

/// The last packets of one layer of a track: what subscriptions forward from and all retransmissions are served from.
/// Bounded twice: a slot a sequence number, and a ring of bytes. Insertion never allocates.
class PacketCache {
 public:
  struct Limits {
    uint16_t packets;  ///< power of two
    uint32_t bytes;
  };
  /// 1 s and more of 128 kbit/s Opus with one level of RED (32 KB/s) at 20 ms a packet; a NACK comes within an RTT.
  static constexpr Limits kAudio{128, 32 * 1024};
  /// 1.4 s of 3 Mbit/s (a camera at 1080p or a busy screen) in 1100-byte packets.
  static constexpr Limits kVideo{512, 512 * 1024};
  /// Below the top layer of simulcast: libwebrtc gives 360p at most 0.7 and 180p 0.2 Mbit/s, so 1.5 s and 2.6 s.
  static constexpr Limits kVideoMiddle{256, 128 * 1024};
  static constexpr Limits kVideoLow{128, 64 * 1024};
  /// Payload and extensions of one packet: an Ethernet frame has no more.
  static constexpr size_t kMaxPacketSize = 1500;

  explicit PacketCache(Limits limits);

  /// Bytes that `packet` takes of the ring: payload and passed extensions.
  static size_t stored_size(const rtp::PacketView& packet);

  enum class Position : uint8_t { New, Duplicate, TooOld };
  /// Where `sequence` stands. TooOld: its slot has passed on to a later number.
  Position position(int64_t sequence) const;

  /// Copies payload and extensions of a packet whose position is New and whose stored size is within kMaxPacketSize;
  /// the caller fills the other fields of what is returned.
  MediaPacket& insert(int64_t sequence, const rtp::PacketView& packet);

  /// nullptr if it never came or is gone.
  const MediaPacket* find(int64_t sequence) const;

 private:
  struct Slot {
    MediaPacket packet;
    uint64_t end = 0;  // of its bytes, in the endless stream of written ones
    uint32_t size = 0;
    bool used = false;
  };
  Slot& slot(int64_t sequence) { return slots_[static_cast<uint64_t>(sequence) & (slots_.size() - 1)]; }
  const Slot& slot(int64_t sequence) const { return slots_[static_cast<uint64_t>(sequence) & (slots_.size() - 1)]; }
  uint8_t* reserve(size_t size);

  std::vector<Slot> slots_;
  std::unique_ptr<uint8_t[]> bytes_;
  uint32_t capacity_;
  uint64_t written_ = 0;
};

}  // namespace parley::sfu
