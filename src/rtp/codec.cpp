#include "rtp/codec.hpp"

#include <algorithm>
#include <array>

namespace parley::rtp {
namespace {

constexpr std::array<std::string_view, 5> kEncodingNames = {"opus", "VP8", "VP9", "H264", "AV1"};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view encoding_name(Codec codec) { return kEncodingNames[static_cast<size_t>(codec)]; }

std::optional<Codec> codec_from_encoding_name(std::string_view name) {
  for (size_t i = 0; i < kEncodingNames.size(); ++i) {
    if (equal_ignoring_case(name, kEncodingNames[i])) return static_cast<Codec>(i);
  }
  return std::nullopt;
}

}  // namespace parley::rtp
