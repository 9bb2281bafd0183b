#include "parley/version.hpp"

#include "base/log.hpp"

namespace parley {

const char* sdkVersion() { return PARLEY_VERSION; }

void setLogDetail(LogDetail detail) {
  switch (detail) {
    case LogDetail::Nothing: return set_log_level(LogLevel::Off);
    case LogDetail::Errors: return set_log_level(LogLevel::Error);
    case LogDetail::Warnings: return set_log_level(LogLevel::Warn);
    case LogDetail::Info: return set_log_level(LogLevel::Info);
    case LogDetail::Debug: return set_log_level(LogLevel::Debug);
  }
}

}  // namespace parley
