#include "srtp/gcm.hpp"

namespace parley::srtp {

std::unique_ptr<Gcm> Gcm::create(Bytes key, Use use) {
  std::unique_ptr<Gcm> fast = create_ipsec_mb(key);
  return fast ? std::move(fast) : create_evp(key, use);
}

}  // namespace parley::srtp
