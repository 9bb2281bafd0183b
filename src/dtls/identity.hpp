#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

struct ssl_ctx_st;

namespace parley::dtls {

/// A certificate's digest as in a=fingerprint (RFC 8122): hash name in lower case and the digest's bytes.
struct Fingerprint {
  std::string algorithm;
  std::vector<uint8_t> digest;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// The key and certificate that this process shows in DTLS, and the settings that all its endpoints share. Immutable
/// once made; any number of threads may hold it.
class Identity {
 public:
  /// A fresh ECDSA P-256 key and a self-signed certificate for it, valid from a day before `now` for 30 days: peers
  /// check only its fingerprint (RFC 8827 section 6.5), but some look at the dates. Serial number and subject are drawn
  /// from `rng` and tell nothing; the key comes from OpenSSL's generator whatever `rng` is.
  static std::shared_ptr<const Identity> generate(UtcTime now, Rng& rng);
  ~Identity();
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  /// SHA-256 of the certificate, for the answer's a=fingerprint.
  const Fingerprint& fingerprint() const { return fingerprint_; }

  /// The OpenSSL context, for `Endpoint`.
  ssl_ctx_st* context() const { return context_; }

 private:
  Identity(ssl_ctx_st* context, Fingerprint fingerprint) : context_(context), fingerprint_(std::move(fingerprint)) {}
  ssl_ctx_st* context_;
  Fingerprint fingerprint_;
};

}  // namespace parley::dtls
