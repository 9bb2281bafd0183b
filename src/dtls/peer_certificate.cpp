#include "dtls/peer_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace parley::dtls {
namespace {

const EVP_MD* hash_named(std::string_view algorithm) {
  if (algorithm == "sha-256") return EVP_sha256();
  if (algorithm == "sha-384") return EVP_sha384();
  if (algorithm == "sha-512") return EVP_sha512();
  return nullptr;
}

// OpenSSL's question whether the peer's certificate is good; 1: yes.
int judge(X509_STORE_CTX* chain, void*) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* check = static_cast<PeerCheck*>(SSL_get_app_data(ssl));
  const X509* leaf = X509_STORE_CTX_get0_cert(chain);
  check->passed = std::any_of(check->accepted.begin(), check->accepted.end(), [&](const Fingerprint& f) {
    return !f.digest.empty() && f.digest == digest_of(leaf, f.algorithm);
  });
  check->refused = !check->passed;
  // CERT_REJECTED becomes the alert bad_certificate, as RFC 8122 section 6.2 asks.
  X509_STORE_CTX_set_error(chain, check->passed ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return check->passed ? 1 : 0;
}

}  // namespace

std::vector<uint8_t> digest_of(const x509_st* certificate, std::string_view algorithm) {
  const EVP_MD* hash = hash_named(algorithm);
  if (!hash) return {};
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  PARLEY_CHECK(X509_digest(certificate, hash, digest.data(), &size) == 1);
  return {digest.begin(), digest.begin() + size};
}

void require_certificate(ssl_ctx_st* context) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, judge, nullptr);
}

void set_peer_check(ssl_st* ssl, PeerCheck* check) { SSL_set_app_data(ssl, check); }

}  // namespace parley::dtls
