#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>

namespace parley::auth {

/// The API keys of this installation and the secrets that sign their tokens.
class KeyRing {
 public:
  /// A secret shorter than the hash makes HS256 weaker than its hash, and RFC 7518 section 3.2 forbids it.
  static constexpr size_t kMinSecretSize = 32;

  struct Key {
    std::string secret;
    bool active = true;
  };

  /// Adds a key, or replaces the one of that name. The error is a sentence for the operator.
  std::expected<void, std::string> add(std::string apikey, std::string secret);
  /// Tokens of a deactivated key are refused with 4053. False when there is no such key.
  bool set_active(std::string_view apikey, bool active);
  /// The key, or null.
  const Key* find(std::string_view apikey) const;
  bool empty() const { return keys_.empty(); }

 private:
  std::map<std::string, Key, std::less<>> keys_;
};

}  // namespace parley::auth
