#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace parley::server {

struct ByteRange {
  uint64_t first = 0;
  uint64_t length = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// What a Range header asks of a file of this size (RFC 9110 section 14): a part; nothing when the header is to be
/// ignored (absent, malformed, another unit, several ranges: the whole file is a right answer to all of them); an error
/// when the part lies outside (416).
struct NotSatisfiable {};
std::expected<std::optional<ByteRange>, NotSatisfiable> parse_range(std::string_view header, uint64_t size);

}  // namespace parley::server
