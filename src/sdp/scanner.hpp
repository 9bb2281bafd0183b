#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::sdp {

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// ASCII only, as names in SDP are.
inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// A decimal number without sign that fills the whole text and is at most `max`.
inline std::optional<uint64_t> parse_number(std::string_view text, uint64_t max) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

/// Takes fields off the front of a line.
class Scanner {
 public:
  explicit constexpr Scanner(std::string_view text) : text_(text) {}

  constexpr bool done() const { return text_.empty(); }
  constexpr std::string_view rest() const { return text_; }

  /// Up to `separator`, which is consumed, or to the end. "" when nothing is left.
  constexpr std::string_view until(char separator) {
    const size_t end = text_.find(separator);
    const std::string_view field = text_.substr(0, end);
    text_ = end == std::string_view::npos ? std::string_view() : text_.substr(end + 1);
    return field;
  }
  /// The next word; runs of spaces count as one.
  constexpr std::string_view word() {
    skip_spaces();
    const std::string_view field = until(' ');
    skip_spaces();
    return field;
  }

 private:
  constexpr void skip_spaces() {
    while (!text_.empty() && text_.front() == ' ') text_.remove_prefix(1);
  }

  std::string_view text_;
};

}  // namespace parley::sdp
