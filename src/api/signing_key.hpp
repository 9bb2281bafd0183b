#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace parley::api {

/// The RSA key that signs webhook bodies. OpenSSL is seen by signing_key.cpp alone.
class SigningKey {
 public:
  /// A new 2048-bit key.
  static SigningKey generate();
  static std::expected<SigningKey, std::string> parse(const std::string& private_pem);

  std::string private_pem() const;  ///< PKCS #8
  std::string public_pem() const;   ///< SubjectPublicKeyInfo
  /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2) in base64: what goes into `videosdk-signature`.
  std::string sign(std::string_view body) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  explicit SigningKey(evp_pkey_st* key) : key_(key) {}
  std::unique_ptr<evp_pkey_st, Free> key_;
};

}  // namespace parley::api
