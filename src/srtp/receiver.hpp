#pragma once

#include <expected>
#include <memory>

#include "base/bytes.hpp"
#include "srtp/error.hpp"
#include "srtp/profile.hpp"

namespace parley::srtp {

/// Opens all that one connection receives (RFC 3711, RFC 7714), in place and without allocation, but for the state of
/// an SSRC whose first authentic packet it is.
class Receiver {
 public:
  explicit Receiver(const MasterKey& key);
  ~Receiver();
  Receiver(Receiver&&) noexcept;
  Receiver& operator=(Receiver&&) noexcept;

  /// Decrypts an SRTP packet where it lies; returns the size of the RTP packet at its beginning. On an error the bytes
  /// after the header are undefined.
  std::expected<size_t, Error> unprotect_rtp(MutableBytes packet);
  /// The same for SRTCP.
  std::expected<size_t, Error> unprotect_rtcp(MutableBytes packet);

  Profile profile() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::srtp
