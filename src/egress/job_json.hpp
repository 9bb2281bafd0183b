#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "egress/job.hpp"

/// One JSON object a line between server and worker. Parsing is strict about what it knows (an unknown command or fact,
/// a missing field, a wrong type, a value out of range: an error that starts with the field's name) and ignores fields
/// that it does not know, so that a newer server may run an older worker. Nothing here throws.
namespace parley::egress {

template <typename T>
using Parsed = std::expected<T, std::string>;

/// A line longer than this is no message of ours: the longest, Finished with kMaxFiles files, stays below.
inline constexpr size_t kMaxLine = 1024 * 1024;
/// Pieces of one list of files or ids. A track recording makes a file each time the track restarts; one that restarts
/// every 10 s for a working day stays below.
inline constexpr size_t kMaxFiles = 4096;

/// Without the line break.
std::string to_line(const Command& command);
std::string to_line(const Fact& fact);
std::string to_line(const Task& task);

Parsed<Command> parse_command(std::string_view line);
Parsed<Fact> parse_fact(std::string_view line);
Parsed<Task> parse_task(std::string_view line);

/// `{"layout": …, "theme": …, …}`, as REST bodies and EgressState.config_json have it.
std::string to_json(const Config& config);
/// What is not given has its default.
Parsed<Config> parse_config(std::string_view json);

}  // namespace parley::egress
