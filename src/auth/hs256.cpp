#include "auth/hs256.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace parley::auth {

Hs256 hs256_sign(std::string_view input, std::string_view secret) {
  Hs256 out;
  unsigned size = 0;
  PARLEY_CHECK(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), as_bytes(input).data(), input.size(),
                    out.data(), &size));
  PARLEY_CHECK(size == out.size());
  return out;
}

bool hs256_verify(std::string_view input, std::string_view signature, std::string_view secret) {
  const Hs256 expected = hs256_sign(input, secret);
  return signature.size() == expected.size() && CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
}

}  // namespace parley::auth
