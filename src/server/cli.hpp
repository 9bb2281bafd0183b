#pragma once

namespace parley::server {

/// The `parley` program: `serve`, `token`, `help`, `version`. Returns the exit code: 0, 1 when the command failed, 2
/// for wrong usage.
int run_cli(int argc, const char* const* argv, const char* const* environment);

}  // namespace parley::server
