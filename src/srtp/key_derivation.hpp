#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"
#include "srtp/profile.hpp"

namespace parley::srtp {

/// What a session key is for; the values are the first of RFC 3711 section 4.3.2's labels, RTP and RTCP having three
/// each.
enum class Stream : uint8_t { Rtp = 0, Rtcp = 3 };

/// The keys that packets of one kind are protected with.
struct SessionKey {
  FixedVector<uint8_t, 32> encryption;
  FixedVector<uint8_t, 20> authentication;  ///< empty for GCM
  FixedVector<uint8_t, 14> salt;

  SessionKey() = default;
  SessionKey(const MasterKey& master, Stream stream);
  SessionKey(const SessionKey&) = delete;
  SessionKey& operator=(const SessionKey&) = delete;
  ~SessionKey();  ///< wipes
};

/// Fills `out` with session key material: the AES counter-mode PRF under the master key (RFC 3711 section 4.3, RFC 6188
/// section 3 for AES-256), once, at index 0.
void derive(const MasterKey& master, uint8_t label, MutableBytes out);

}  // namespace parley::srtp
