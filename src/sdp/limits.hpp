#pragma once

#include <cstddef>

/// What a session description may be at most. Everything beyond is refused, so that hostile text costs little.
namespace parley::sdp {

/// 128 seats with every codec that Chrome has are about 750 KB (49 seats: 284 KB measured).
inline constexpr size_t kMaxTextSize = 1024 * 1024;
/// An m-section's index is a byte (`TrackId::line`).
inline constexpr size_t kMaxMediaSections = 256;
/// The longest useful line is a BUNDLE group of 256 mids of up to 16 characters: 4.4 KB.
inline constexpr size_t kMaxLineSize = 8 * 1024;
/// A video section of Chrome with every codec has about 150; candidates and ssrc lines come on top. Bounds what looking
/// up one attribute of a section costs.
inline constexpr size_t kMaxLinesPerSection = 512;
/// An RTP payload type has 7 bits.
inline constexpr size_t kMaxFormats = 128;
/// Names in one a=group, a=ssrc-group or a=ice-options line: as many as there can be m-sections.
inline constexpr size_t kMaxListItems = kMaxMediaSections;
/// Rids in one direction of an a=simulcast line: browsers send three, with room for alternatives.
inline constexpr size_t kMaxSimulcastRids = 16;
/// 512 bits (SHA-512) is the longest digest of RFC 8122.
inline constexpr size_t kMaxDigestSize = 64;

}  // namespace parley::sdp
