#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace parley::media {

/// Why an encoder, writer or reader could not do its work. `message` is a sentence for people; it holds paths, never a
/// stream key.
struct Error {
  enum class Code : uint8_t {
    DiskFull,     ///< no space (or quota, or file size limit); what was written before stays readable
    Io,           ///< any other failure of the file system
    BadInput,     ///< bytes or a file that cannot be understood
    Unsupported,  ///< a combination of codec, container or size that does not exist
    Internal,     ///< a library refused what it should have done
  };
  Code code = Code::Internal;
  std::string message;
};

template <typename T = void>
using Result = std::expected<T, Error>;

/// One word for programs, as the worker's facts carry it: "disk-full", "storage", "bad-input", "unsupported",
/// "internal".
std::string_view name_of(Error::Code code);

inline std::unexpected<Error> fail(Error::Code code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}
/// Of errno: no space left, over quota and over the file size limit are DiskFull, everything else Io.
std::unexpected<Error> fail_errno(int error, std::string_view what);

}  // namespace parley::media
