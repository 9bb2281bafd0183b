#pragma once

#include <parley/export.hpp>

namespace parley {

/// "0.1.0", of the library that runs.
PARLEY_API const char* sdkVersion();

enum class LogDetail { Nothing, Errors, Warnings, Info, Debug };
/// What the SDK writes to standard error, for the whole process. Warnings unless told otherwise.
PARLEY_API void setLogDetail(LogDetail detail);

}  // namespace parley
