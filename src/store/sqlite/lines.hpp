#pragma once

#include <string>
#include <vector>

namespace parley::store {

/// A list of texts as one text column: an element a line.
inline std::string to_lines(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += item + '\n';
  return out;
}

inline std::vector<std::string> from_lines(const std::string& text) {
  std::vector<std::string> out;
  for (size_t start = 0, end; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
    out.push_back(text.substr(start, end - start));
  }
  return out;
}

}  // namespace parley::store
