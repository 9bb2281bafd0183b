#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/rng.hpp"

namespace parley::signalling {

/// Who may go on with which client after its socket was lost. A key names its client and proves the right to it by a
/// secret that is compared in constant time, so that response times teach nothing about it. A core.
class ResumeKeys {
 public:
  /// 62^32: 190 bits.
  static constexpr size_t kSecretLength = 32;

  /// A new key for the client in place of its old one.
  std::string issue(uint64_t client, Rng& rng);
  /// The client that the key belongs to.
  std::optional<uint64_t> find(std::string_view key) const;
  void revoke(uint64_t client) { secrets_.erase(client); }
  size_t size() const { return secrets_.size(); }

 private:
  std::unordered_map<uint64_t, std::string> secrets_;
};

}  // namespace parley::signalling
