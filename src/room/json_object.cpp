#include "room/json_object.hpp"

#include <nlohmann/json.hpp>

namespace parley::room {

bool is_json_object(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  // `accept` keeps one bit a nesting level and neither recurses nor throws.
  return first != text.npos && text[first] == '{' && nlohmann::json::accept(text);
}

}  // namespace parley::room
