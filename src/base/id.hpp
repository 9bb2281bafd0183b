#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace parley {

/// An integer that only compares with its own kind. `Tag` is any (undefined) type.
template <typename Tag, std::integral Rep>
class StrongInt {
 public:
  using rep = Rep;
  constexpr StrongInt() = default;
  explicit constexpr StrongInt(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(StrongInt, StrongInt) = default;

 private:
  Rep value_{};
};

/// A string that only compares with its own kind.
template <typename Tag>
class StrongString {
 public:
  StrongString() = default;
  explicit StrongString(std::string value) : value_(std::move(value)) {}
  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }
  friend auto operator<=>(const StrongString&, const StrongString&) = default;

 private:
  std::string value_;
};

/// One WebRTC transport on this node. Never reused while the process lives.
using ConnectionId = StrongInt<struct ConnectionIdTag, uint64_t>;
/// Index of a media shard on this node, 0-based.
using ShardIndex = StrongInt<struct ShardIndexTag, uint8_t>;
/// RTP synchronisation source (RFC 3550 section 3).
using Ssrc = StrongInt<struct SsrcTag, uint32_t>;
/// RTP payload type, 0-127.
using PayloadType = StrongInt<struct PayloadTypeTag, uint8_t>;

using RoomId = StrongString<struct RoomIdTag>;
using SessionId = StrongString<struct SessionIdTag>;
using ParticipantId = StrongString<struct ParticipantIdTag>;
/// One recording, livestream or HLS of a room.
using EgressId = StrongString<struct EgressIdTag>;
/// Media identification of an m-section (RFC 5888), at most 16 characters here.
using Mid = StrongString<struct MidTag>;

/// Names one published track on this node: the connection it arrives on and the m-section that carries it.
struct TrackId {
  ConnectionId connection;
  uint8_t line = 0;  ///< index of the m-section in the connection's description
  friend constexpr auto operator<=>(const TrackId&, const TrackId&) = default;
};

}  // namespace parley

template <typename Tag, typename Rep>
struct std::hash<parley::StrongInt<Tag, Rep>> {
  size_t operator()(parley::StrongInt<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value()); }
};
template <typename Tag>
struct std::hash<parley::StrongString<Tag>> {
  size_t operator()(const parley::StrongString<Tag>& id) const noexcept { return std::hash<std::string>{}(id.value()); }
};
template <>
struct std::hash<parley::TrackId> {
  size_t operator()(const parley::TrackId& id) const noexcept {
    return std::hash<uint64_t>{}(id.connection.value() * 257 + id.line);
  }
};
