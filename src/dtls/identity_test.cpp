#include "dtls/identity.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "dtls/peer_certificate.hpp"

namespace parley::dtls {
namespace {

constexpr UtcTime kNow = UtcTime::from_ms(1'800'000'000'000);  // 2027-01-15

X509* certificate_of(const Identity& identity) { return SSL_CTX_get0_certificate(identity.context()); }

TEST(Identity, FingerprintIsOfItsCertificate) {
  Rng rng(1);
  const auto identity = Identity::generate(kNow, rng);
  EXPECT_EQ(identity->fingerprint().algorithm, "sha-256");
  EXPECT_EQ(identity->fingerprint().digest.size(), 32u);
  EXPECT_EQ(identity->fingerprint().digest, digest_of(certificate_of(*identity), "sha-256"));
}

TEST(Identity, CertificateIsSelfSignedAndValidAroundNow) {
  Rng rng(1);
  const auto identity = Identity::generate(kNow, rng);
  X509* certificate = certificate_of(*identity);
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  EXPECT_EQ(X509_verify(certificate, key), 1);
  EXPECT_TRUE(EVP_PKEY_is_a(key, "EC"));
  EXPECT_EQ(EVP_PKEY_get_bits(key), 256);
  EXPECT_EQ(X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)), 0);
  time_t now = kNow.ms() / 1000;
  EXPECT_LT(X509_cmp_time(X509_get0_notBefore(certificate), &now), 0);
  EXPECT_GT(X509_cmp_time(X509_get0_notAfter(certificate), &now), 0);
  now += 31 * 24 * 3600;
  EXPECT_LT(X509_cmp_time(X509_get0_notAfter(certificate), &now), 0);
}

TEST(Identity, EachHasItsOwnKeyAndSerial) {
  Rng rng(1);
  const auto one = Identity::generate(kNow, rng);
  const auto two = Identity::generate(kNow, rng);
  EXPECT_NE(one->fingerprint(), two->fingerprint());
  EXPECT_NE(
      ASN1_INTEGER_cmp(X509_get0_serialNumber(certificate_of(*one)), X509_get0_serialNumber(certificate_of(*two))), 0);
  EXPECT_NE(EVP_PKEY_eq(X509_get0_pubkey(certificate_of(*one)), X509_get0_pubkey(certificate_of(*two))), 1);
}

TEST(DigestOf, StrongHashesOnly) {
  Rng rng(1);
  const auto identity = Identity::generate(kNow, rng);
  EXPECT_EQ(digest_of(certificate_of(*identity), "sha-384").size(), 48u);
  EXPECT_EQ(digest_of(certificate_of(*identity), "sha-512").size(), 64u);
  EXPECT_TRUE(digest_of(certificate_of(*identity), "sha-1").empty());
  EXPECT_TRUE(digest_of(certificate_of(*identity), "").empty());
}

}  // namespace
}  // namespace parley::dtls
