#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "srtp/gcm.hpp"

namespace parley::srtp {
namespace {

class EvpGcm final : public Gcm {
 public:
  EvpGcm(Bytes key, Use use) : context_(EVP_CIPHER_CTX_new()) {
    PARLEY_CHECK(key.size() == 16 || key.size() == 32);
    const EVP_CIPHER* cipher = key.size() == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    const int encrypt = use == Use::Seal ? 1 : 0;
    PARLEY_CHECK(context_ && EVP_CipherInit_ex(context_.get(), cipher, nullptr, key.data(), nullptr, encrypt) == 1);
  }

  void seal(const uint8_t* nonce, Bytes clear, Bytes plain, uint8_t* cipher, uint8_t* tag) override {
    PARLEY_CHECK(begin(nonce, clear) && update(plain, cipher));
    int written = 0;
    PARLEY_CHECK(EVP_CipherFinal_ex(context_.get(), cipher + plain.size(), &written) == 1);
    PARLEY_CHECK(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) == 1);
  }

  bool open(const uint8_t* nonce, Bytes clear, MutableBytes data, const uint8_t* tag) override {
    std::array<uint8_t, kTagSize> expected;  // a copy, as OpenSSL's interface takes no const
    std::copy_n(tag, kTagSize, expected.begin());
    PARLEY_CHECK(begin(nonce, {}));
    PARLEY_CHECK(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, expected.data()) == 1);
    PARLEY_CHECK(update(clear, nullptr) && update(data, data.data()));
    int written = 0;
    return EVP_CipherFinal_ex(context_.get(), data.data() + data.size(), &written) == 1;
  }

 private:
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };

  bool begin(const uint8_t* nonce, Bytes clear) {
    return EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, nonce, -1) == 1 && update(clear, nullptr);
  }
  // Without a place to write to, it is the clear part.
  bool update(Bytes in, uint8_t* out) {
    int written = 0;
    return in.empty() || EVP_CipherUpdate(context_.get(), out, &written, in.data(), static_cast<int>(in.size())) == 1;
  }

  std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
};

}  // namespace

std::unique_ptr<Gcm> Gcm::create_evp(Bytes key, Use use) { return std::make_unique<EvpGcm>(key, use); }

}  // namespace parley::srtp
