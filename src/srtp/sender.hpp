#pragma once

#include <expected>
#include <memory>

#include "base/bytes.hpp"
#include "srtp/error.hpp"
#include "srtp/profile.hpp"

namespace parley::srtp {

/// Protects all that one connection sends (RFC 3711, RFC 7714). The key schedule is done once; a packet costs a nonce
/// and one pass over its bytes, and allocates nothing but the state of a new SSRC.
class Sender {
 public:
  explicit Sender(const MasterKey& key);
  ~Sender();
  Sender(Sender&&) noexcept;
  Sender& operator=(Sender&&) noexcept;

  /// Writes `header` as it is and `payload` encrypted, with the tag behind, to `out`; returns the size of the whole.
  /// `header` is the RTP header with CSRCs and extensions; `payload` may be shared with other receivers and is only
  /// read (it may also lie where its ciphertext goes: in place). `out` needs `header + payload + tag_size` bytes and
  /// must not overlap them otherwise.
  ///
  /// The roll-over count of each SSRC is kept here: sequence numbers may arrive out of order within 2^15. An index is
  /// never used twice, since that would give GCM's authentication key away (RFC 7714 section 8.4): to repeat a packet
  /// send it by RTX (RFC 4588), or keep and send the protected bytes. Within the window of 128 a repeated one is
  /// `Replayed`, and so is an older.
  std::expected<size_t, Error> protect_rtp(Bytes header, Bytes payload, MutableBytes out);

  /// Protects a compound (or reduced-size) RTCP packet into `out`, which needs `rtcp_overhead` more bytes and is
  /// `packet` itself or does not overlap it.
  std::expected<size_t, Error> protect_rtcp(Bytes packet, MutableBytes out);

  Profile profile() const;
  /// Asks for the cache lines that `protect_rtp` touches: with 2 those of the state, then with 1 those behind it.
  void prefetch(int steps_ahead) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::srtp
