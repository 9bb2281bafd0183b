#pragma once

#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace parley {

enum class LogLevel { Debug, Info, Warn, Error, Off };

/// Sets the process-wide threshold; lines below it cost one comparison.
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
/// Writes one line to standard error: time, level, text. Any thread.
void log_line(LogLevel level, std::string_view text);

/// For the shell (net, server, signalling, api). Cores do not log: they count and return.
template <typename... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(level)) log_line(level, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_debug(fmt::format_string<Args...> f, Args&&... args) {
  log(LogLevel::Debug, f, std::forward<Args>(args)...);
}
template <typename... Args>
void log_info(fmt::format_string<Args...> f, Args&&... args) {
  log(LogLevel::Info, f, std::forward<Args>(args)...);
}
template <typename... Args>
void log_warn(fmt::format_string<Args...> f, Args&&... args) {
  log(LogLevel::Warn, f, std::forward<Args>(args)...);
}
template <typename... Args>
void log_error(fmt::format_string<Args...> f, Args&&... args) {
  log(LogLevel::Error, f, std::forward<Args>(args)...);
}

}  // namespace parley
