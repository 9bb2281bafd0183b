#pragma once

#include <cstdint>

namespace parley::srtp {

/// Why a packet was not protected or not opened. State is unchanged and nothing of a packet that failed may be used.
enum class Error : uint8_t {
  TooShort,        ///< no room for header and tag
  Malformed,       ///< not version 2, or CSRCs or the extension overrun the packet
  BadAuth,         ///< wrong key, tampered with, or so late that its roll-over count was guessed wrong
  Replayed,        ///< seen before, or older than the window (on sending: the index was used, or is too old to know)
  NotEncrypted,    ///< SRTCP without the E bit; all our profiles encrypt RTCP (RFC 3711 section 3.4)
  TooManyStreams,  ///< more SSRCs than `kMaxStreams`
  KeyExhausted,    ///< 2^48 packets or 2^31 RTCP packets: RFC 3711 section 9.2 wants a new key
  NoRoom,          ///< the output buffer is too small
};

}  // namespace parley::srtp
