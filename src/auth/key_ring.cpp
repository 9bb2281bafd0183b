#include "auth/key_ring.hpp"

#include <utility>

namespace parley::auth {

std::expected<void, std::string> KeyRing::add(std::string apikey, std::string secret) {
  if (apikey.empty()) return std::unexpected("an API key must not be empty");
  if (secret.size() < kMinSecretSize) {
    return std::unexpected("the secret of API key '" + apikey + "' has " + std::to_string(secret.size()) +
                           " characters; HS256 needs at least " + std::to_string(kMinSecretSize));
  }
  keys_.insert_or_assign(std::move(apikey), Key{std::move(secret), true});
  return {};
}

bool KeyRing::set_active(std::string_view apikey, bool active) {
  const auto it = keys_.find(apikey);
  if (it == keys_.end()) return false;
  it->second.active = active;
  return true;
}

const KeyRing::Key* KeyRing::find(std::string_view apikey) const {
  const auto it = keys_.find(apikey);
  return it == keys_.end() ? nullptr : &it->second;
}

}  // namespace parley::auth
