#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dtls/identity.hpp"

struct ssl_st;
struct ssl_ctx_st;
struct x509_st;

namespace parley::dtls {

/// Hash of a certificate's DER form by its name in a=fingerprint (RFC 8122 section 5): "sha-256", "sha-384" or
/// "sha-512". Empty for any other: what is weaker, RFC 8122 lets nobody accept.
std::vector<uint8_t> digest_of(const x509_st* certificate, std::string_view algorithm);

/// The fingerprints one association accepts, and what came of it. Chains, names and dates mean nothing for self-signed
/// certificates (RFC 8827 section 6.5): the leaf's digest decides.
struct PeerCheck {
  std::vector<Fingerprint> accepted;
  bool passed = false;
  bool refused = false;
};

/// Has every association of the context ask for a certificate and judge it by its `PeerCheck`.
void require_certificate(ssl_ctx_st* context);
void set_peer_check(ssl_st* ssl, PeerCheck* check);

}  // namespace parley::dtls
