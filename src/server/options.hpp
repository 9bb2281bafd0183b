#pragma once

#include <expected>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/config.hpp"

namespace parley::server {

/// One setting. This table is the only place that knows them: flags, keys of parley.toml (with '_' for '-'),
/// environment variables (PARLEY_HTTP_PORT) and the help text derive from it.
struct Option {
  std::string_view name;   ///< of the flag without dashes: "http-port"
  std::string_view value;  ///< what follows it, for help: "PORT"; "" for a switch
  std::string_view fallback;
  std::string_view help;
  /// Sets the field from text. The error says what is allowed, without the option's name.
  std::expected<void, std::string> (*apply)(Config& config, const std::string& text);
};

std::span<const Option> options();

/// "PARLEY_HTTP_PORT"
std::string environment_name(const Option& option);
/// "http_port"
std::string file_key(const Option& option);

/// Values by option name, as one source gave them.
using Values = std::map<std::string, std::string, std::less<>>;

/// The environment's PARLEY_* values. Names that are no option are left alone: other tools have theirs.
Values read_environment(const char* const* environment);
/// A parley.toml. Arrays become comma lists. The error is a sentence that names the file and the line.
std::expected<Values, std::string> read_file(const std::string& path);

/// Later sources win. The error is a sentence that names the option.
std::expected<Config, std::string> make_config(std::span<const Values> sources);

/// What `parley help` says about the options.
std::string describe_options();

}  // namespace parley::server
