#include "dtls/identity.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/check.hpp"
#include "dtls/endpoint.hpp"
#include "dtls/peer_certificate.hpp"

namespace parley::dtls {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr int64_t kDaySeconds = 24 * 3600;
constexpr int64_t kBackdatedDays = 1;  // peers' clocks differ
constexpr int64_t kValidDays = 30;     // longer than a process should go without an update, which makes a new one

// AES-128-GCM first: it is what SRTP uses too, and the fastest on our processors.
constexpr char kCiphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr char kGroups[] = "X25519:P-256:P-384";
// In the order of our preference as a server. AES-128-GCM costs 60 % of SHA1_80 and a sixth less than AES-256-GCM.
constexpr char kSrtpProfiles[] = "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";
// A self-signed certificate has well under 2 KB; this bounds what a peer can make us reassemble.
constexpr long kMaxCertificateBytes = 16 * 1024;

void set_serial_and_name(X509* certificate, Rng& rng) {
  std::array<uint8_t, 16> serial;
  rng.fill(serial);
  serial[0] = (serial[0] & 0x3f) | 0x40;  // positive and of full length (RFC 5280 section 4.1.2.2)
  BIGNUM* number = BN_bin2bn(serial.data(), serial.size(), nullptr);
  PARLEY_CHECK(number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)));
  BN_free(number);

  const std::string name = rng.text(16);
  X509_NAME* subject = X509_get_subject_name(certificate);
  PARLEY_CHECK(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const uint8_t*>(name.data()),
                                          static_cast<int>(name.size()), -1, 0) == 1);
  PARLEY_CHECK(X509_set_issuer_name(certificate, subject) == 1);
}

Certificate make_certificate(EVP_PKEY* key, UtcTime now, Rng& rng) {
  Certificate certificate(X509_new(), &X509_free);
  PARLEY_CHECK(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  set_serial_and_name(certificate.get(), rng);
  const time_t today = now.ms() / 1000;
  PARLEY_CHECK(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), today - kBackdatedDays * kDaySeconds));
  PARLEY_CHECK(ASN1_TIME_set(X509_getm_notAfter(certificate.get()), today + kValidDays * kDaySeconds));
  PARLEY_CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  PARLEY_CHECK(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  return certificate;
}

SSL_CTX* make_context(EVP_PKEY* key, X509* certificate) {
  SSL_CTX* context = SSL_CTX_new(DTLS_method());
  PARLEY_CHECK(context);
  PARLEY_CHECK(SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1);
  PARLEY_CHECK(SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1);
  SSL_CTX_set_security_level(context, 2);  // 112 bits and no SHA-1, whatever the system's configuration says
  PARLEY_CHECK(SSL_CTX_set_cipher_list(context, kCiphers) == 1);
  PARLEY_CHECK(SSL_CTX_set1_groups_list(context, kGroups) == 1);
  PARLEY_CHECK(SSL_CTX_set_tlsext_use_srtp(context, kSrtpProfiles) == 0);  // 0 is success here
  // No resumption: every association has its own keys, and the certificate is checked each time.
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  // No record of ours is larger; saves 15 of 75 KB that OpenSSL holds for each association.
  PARLEY_CHECK(SSL_CTX_set_max_send_fragment(context, Endpoint::kMtu) == 1);
  SSL_CTX_set_max_cert_list(context, kMaxCertificateBytes);
  PARLEY_CHECK(SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1);
  require_certificate(context);
  return context;
}

}  // namespace

std::shared_ptr<const Identity> Identity::generate(UtcTime now, Rng& rng) {
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  PARLEY_CHECK(key);
  const Certificate certificate = make_certificate(key.get(), now, rng);
  Fingerprint fingerprint{"sha-256", digest_of(certificate.get(), "sha-256")};
  return std::shared_ptr<const Identity>(
      new Identity(make_context(key.get(), certificate.get()), std::move(fingerprint)));
}

Identity::~Identity() { SSL_CTX_free(context_); }

}  // namespace parley::dtls
