// SHA-1's low-level interface is deprecated, but the only one of OpenSSL 3.0 whose state can be copied without a heap
// allocation: EVP_MD_CTX_copy_ex, on which its HMAC rests, duplicates the provider's context for every message.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac_sha1.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <cstring>
#include <type_traits>

namespace parley::crypto {
namespace {

static_assert(SHA_DIGEST_LENGTH == HmacSha1::kDigestSize);
static_assert(std::is_trivially_copyable_v<SHA_CTX>);

using Block = std::array<uint8_t, SHA_CBLOCK>;

// SHA-1 after one block of `key` XOR `pad` (RFC 2104 section 4).
SHA_CTX keyed_state(const Block& key, uint8_t pad) {
  Block block;
  for (size_t i = 0; i < block.size(); ++i) block[i] = key[i] ^ pad;
  SHA_CTX state;
  SHA1_Init(&state);
  SHA1_Update(&state, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
  return state;
}

template <typename Storage>
void save(const SHA_CTX& state, Storage& storage) {
  static_assert(sizeof(SHA_CTX) <= sizeof storage);
  std::memcpy(storage.data(), &state, sizeof state);
}

template <typename Storage>
SHA_CTX load(const Storage& storage) {
  SHA_CTX state;
  std::memcpy(&state, storage.data(), sizeof state);
  return state;
}

}  // namespace

HmacSha1::HmacSha1(Bytes key) {
  Block block{};
  if (key.size() > block.size()) {
    SHA1(key.data(), key.size(), block.data());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  save(keyed_state(block, 0x36), inner_.storage);
  save(keyed_state(block, 0x5c), outer_.storage);
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha1::Digest HmacSha1::compute(std::initializer_list<Bytes> parts) const {
  Digest digest;
  SHA_CTX state = load(inner_.storage);
  for (Bytes part : parts) SHA1_Update(&state, part.data(), part.size());
  SHA1_Final(digest.data(), &state);
  state = load(outer_.storage);
  SHA1_Update(&state, digest.data(), digest.size());
  SHA1_Final(digest.data(), &state);
  return digest;
}

bool constant_time_equal(Bytes a, Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace parley::crypto
