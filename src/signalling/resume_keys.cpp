#include "signalling/resume_keys.hpp"

#include <charconv>

namespace parley::signalling {
namespace {

/// Looks at every byte whatever it finds.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference = difference | static_cast<uint8_t>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

std::string ResumeKeys::issue(uint64_t client, Rng& rng) {
  std::string secret = rng.text(kSecretLength);
  std::string key = std::to_string(client) + "-" + secret;
  secrets_.insert_or_assign(client, std::move(secret));
  return key;
}

std::optional<uint64_t> ResumeKeys::find(std::string_view key) const {
  uint64_t client = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), client);
  if (error != std::errc() || end == key.data() + key.size() || *end != '-') return std::nullopt;
  const auto it = secrets_.find(client);
  const std::string_view secret = key.substr(static_cast<size_t>(end - key.data()) + 1);
  if (it == secrets_.end() || !equal_in_constant_time(secret, it->second)) return std::nullopt;
  return client;
}

}  // namespace parley::signalling
