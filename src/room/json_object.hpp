#pragma once

#include <string_view>

namespace parley::room {

/// Whether the text is one JSON object (RFC 8259) and nothing else. The room checks what it hands on; it never reads
/// it.
bool is_json_object(std::string_view text);

}  // namespace parley::room
