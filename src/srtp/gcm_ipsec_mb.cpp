#include "srtp/gcm.hpp"

#ifdef PARLEY_IPSEC_MB

#include <intel-ipsec-mb.h>

#include <array>

#include "base/check.hpp"
#include "crypto/hmac_sha1.hpp"

namespace parley::srtp {
namespace {

// The library's table of functions for this CPU. Calls that work on a key and a context of the caller's, as all here
// do, only read it: any thread may. Null without AES and carry-less multiplication: its emulation of them is slow.
IMB_MGR* functions() {
  static IMB_MGR* const table = []() -> IMB_MGR* {
    IMB_MGR* made = alloc_mb_mgr(0);
    if (made == nullptr) return nullptr;
    IMB_ARCH architecture = IMB_ARCH_NONE;
    init_mb_mgr_auto(made, &architecture);
    constexpr uint64_t kNeeded = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
    if (architecture != IMB_ARCH_NONE && (made->features & kNeeded) == kNeeded) return made;
    free_mb_mgr(made);
    return nullptr;
  }();
  return table;
}

class IpsecMbGcm final : public Gcm {
 public:
  IpsecMbGcm(IMB_MGR* functions, Bytes key) : functions_(functions), is_256_(key.size() == 32) {
    PARLEY_CHECK(key.size() == 16 || key.size() == 32);
    if (is_256_) {
      IMB_AES256_GCM_PRE(functions_, key.data(), &key_);
    } else {
      IMB_AES128_GCM_PRE(functions_, key.data(), &key_);
    }
  }
  ~IpsecMbGcm() override { imb_clear_mem(&key_, sizeof key_); }

  void seal(const uint8_t* nonce, Bytes clear, Bytes plain, uint8_t* cipher, uint8_t* tag) override {
    const auto encrypt = is_256_ ? functions_->gcm256_enc : functions_->gcm128_enc;
    encrypt(&key_, &context_, cipher, plain.data(), plain.size(), nonce, clear.data(), clear.size(), tag, kTagSize);
  }

  bool open(const uint8_t* nonce, Bytes clear, MutableBytes data, const uint8_t* tag) override {
    std::array<uint8_t, kTagSize> computed;
    const auto decrypt = is_256_ ? functions_->gcm256_dec : functions_->gcm128_dec;
    decrypt(&key_, &context_, data.data(), data.data(), data.size(), nonce, clear.data(), clear.size(), computed.data(),
            kTagSize);
    return crypto::constant_time_equal(computed, Bytes(tag, kTagSize));
  }

 private:
  IMB_MGR* functions_;
  bool is_256_;
  alignas(64) gcm_key_data key_;          // the type is packed, the functions load whole vectors
  alignas(64) gcm_context_data context_;  // of one call; here so that no call has to make one
};

}  // namespace

std::unique_ptr<Gcm> Gcm::create_ipsec_mb(Bytes key) {
  IMB_MGR* const table = functions();
  return table != nullptr ? std::make_unique<IpsecMbGcm>(table, key) : nullptr;
}

}  // namespace parley::srtp

#else

namespace parley::srtp {

std::unique_ptr<Gcm> Gcm::create_ipsec_mb(Bytes) { return nullptr; }

}  // namespace parley::srtp

#endif
