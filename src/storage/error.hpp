#pragma once

#include <cstdint>
#include <string>

namespace parley::storage {

enum class Failure : uint8_t {
  BadConfig,    ///< the bucket's description cannot be used
  LocalFile,    ///< a file cannot be read, or its state not be written
  Unreachable,  ///< no answer, or only temporary refusals, at every try
  Credentials,  ///< the access key or the secret is wrong
  Denied,       ///< the key may not do this
  NoBucket,
  NotFound,  ///< no such object or upload
  Full,      ///< the server has no room, or a quota is used up
  Refused,   ///< anything else that trying again does not mend
};

/// What to tell the operator. `message` never holds keys, signatures or signed URLs.
struct StorageError {
  Failure failure = Failure::Refused;
  std::string message;
};

}  // namespace parley::storage
