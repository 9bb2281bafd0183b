#include <cstdio>
#include <exception>

#include <unistd.h>

#include "server/cli.hpp"

int main(int argc, char** argv) {
  try {
    return parley::server::run_cli(argc, argv, environ);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Parley stopped: %s.\n", error.what());
    return 1;
  }
}
