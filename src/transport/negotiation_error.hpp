#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace parley::transport {

/// Why an offer cannot be answered, or an answer not be taken, at all. What is merely not supported (a data channel, a
/// codec) is left out or answered with port 0 instead.
struct NegotiationError {
  std::optional<size_t> line;  ///< index of the m-section that is wrong
  std::string message;         ///< a sentence for people
};

}  // namespace parley::transport
