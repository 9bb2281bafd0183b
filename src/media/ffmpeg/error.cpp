#include "media/ffmpeg/error.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace parley::media {

std::string_view name_of(Error::Code code) {
  switch (code) {
    case Error::Code::DiskFull: return "disk-full";
    case Error::Code::Io: return "storage";
    case Error::Code::BadInput: return "bad-input";
    case Error::Code::Unsupported: return "unsupported";
    case Error::Code::Internal: return "internal";
  }
  return "internal";
}

std::unexpected<Error> fail_errno(int error, std::string_view what) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return fail(full ? Error::Code::DiskFull : Error::Code::Io, fmt::format("{}: {}", what, std::strerror(error)));
}

}  // namespace parley::media
