#include "sfu/packet_cache.hpp"

#include <bit>
#include <cstring>

#include "base/check.hpp"

namespace parley::sfu {

PacketCache::PacketCache(Limits limits)
    : slots_(limits.packets),
      // Not cleared: pages of a ring that a quiet layer never fills are never touched.
      bytes_(std::make_unique_for_overwrite<uint8_t[]>(limits.bytes)),
      capacity_(limits.bytes) {
  PARLEY_CHECK(std::has_single_bit(limits.packets) && limits.bytes > kMaxPacketSize);
}

PacketCache::Position PacketCache::position(int64_t sequence) const {
  const Slot& found = slot(sequence);
  if (!found.used || found.packet.sequence < sequence) return Position::New;
  return found.packet.sequence == sequence ? Position::Duplicate : Position::TooOld;
}

size_t PacketCache::stored_size(const rtp::PacketView& packet) {
  return packet.payload.size() + packet.dependency_descriptor.size() + packet.video_orientation.size() +
         packet.playout_delay.size() + packet.video_content_type.size() + packet.abs_capture_time.size() +
         packet.color_space.size();
}

MediaPacket& PacketCache::insert(int64_t sequence, const rtp::PacketView& packet) {
  const size_t size = stored_size(packet);
  PARLEY_CHECK(size <= kMaxPacketSize);
  uint8_t* free = reserve(size);
  const auto copy = [&free](Bytes source) {
    if (source.empty()) return Bytes();
    std::memcpy(free, source.data(), source.size());
    const Bytes stored(free, source.size());
    free += source.size();
    return stored;
  };
  Slot& target = slot(sequence);
  target.used = true;
  target.end = written_;
  target.size = static_cast<uint32_t>(size);
  target.packet = MediaPacket{};
  target.packet.sequence = sequence;
  PassedExtensions& extensions = target.packet.extensions;
  extensions.audio_level = packet.audio_level;
  extensions.dependency_descriptor = copy(packet.dependency_descriptor);
  extensions.video_orientation = copy(packet.video_orientation);
  extensions.playout_delay = copy(packet.playout_delay);
  extensions.video_content_type = copy(packet.video_content_type);
  extensions.abs_capture_time = copy(packet.abs_capture_time);
  extensions.color_space = copy(packet.color_space);
  target.packet.payload = copy(packet.payload);
  return target.packet;
}

const MediaPacket* PacketCache::find(int64_t sequence) const {
  const Slot& found = slot(sequence);
  if (!found.used || found.packet.sequence != sequence) return nullptr;
  const bool overwritten = written_ - (found.end - found.size) > capacity_;
  return overwritten ? nullptr : &found.packet;
}

uint8_t* PacketCache::reserve(size_t size) {
  const uint64_t offset = written_ % capacity_;
  if (offset + size > capacity_) written_ += capacity_ - offset;  // a packet is never split
  uint8_t* start = bytes_.get() + written_ % capacity_;
  written_ += size;
  return start;
}

}  // namespace parley::sfu
