#include "rtp/payload/annex_b.hpp"

#include <array>

namespace parley::rtp {
namespace {

constexpr size_t kStartCodeSize = 3;  // 00 00 01; a zero in front of it belongs to it, or trails the unit before

// Offset of the next start code, or the size if there is none.
size_t find_start_code(Bytes bytes) {
  for (size_t i = 0; i + kStartCodeSize <= bytes.size();) {
    if (bytes[i + 2] > 1) {
      i += 3;
    } else if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) {
      return i;
    } else {
      ++i;
    }
  }
  return bytes.size();
}

Bytes behind_start_code(Bytes bytes) {
  const size_t at = find_start_code(bytes);
  return at == bytes.size() ? Bytes() : bytes.subspan(at + kStartCodeSize);
}

}  // namespace

AnnexBReader::AnnexBReader(Bytes stream) : rest_(behind_start_code(stream)) {}

std::optional<Bytes> AnnexBReader::next() {
  while (!rest_.empty()) {
    Bytes nal = rest_.first(find_start_code(rest_));
    rest_ = behind_start_code(rest_.subspan(nal.size()));
    while (!nal.empty() && nal.back() == 0) nal = nal.first(nal.size() - 1);
    if (!nal.empty()) return nal;
  }
  return std::nullopt;
}

void append_annex_b(Bytes nal, std::vector<uint8_t>& stream) {
  constexpr std::array<uint8_t, 4> kStartCode = {0, 0, 0, 1};
  stream.insert(stream.end(), kStartCode.begin(), kStartCode.end());
  stream.insert(stream.end(), nal.begin(), nal.end());
}

}  // namespace parley::rtp
