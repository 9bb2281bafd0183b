#pragma once

#include "server/config.hpp"

namespace parley::server {

/// Runs the server until SIGTERM or SIGINT. Returns the process's exit code: 0 after an orderly end; 1, with one
/// sentence on standard error, if it cannot start.
int serve(const Config& config);

}  // namespace parley::server
