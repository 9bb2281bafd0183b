#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

/// Retransmission payloads, RFC 4588 section 4: the sequence number of the original packet, then its payload.
namespace parley::rtp {

inline constexpr size_t kRtxHeaderSize = 2;

/// The OSN field. Nothing for a payload without one: browsers probe for bandwidth with RTX packets of padding only.
inline std::optional<uint16_t> original_sequence_number(Bytes rtx_payload) {
  if (rtx_payload.size() < kRtxHeaderSize) return std::nullopt;
  return load_be16(rtx_payload.data());
}

/// The original payload behind the OSN; empty if there is none.
inline Bytes original_payload(Bytes rtx_payload) {
  return rtx_payload.size() < kRtxHeaderSize ? Bytes() : rtx_payload.subspan(kRtxHeaderSize);
}

}  // namespace parley::rtp
