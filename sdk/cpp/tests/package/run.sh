#!/bin/sh
# Installs the SDK, builds the project beside this file with it (by CMake, then by pkg-config) and runs both.
# Arguments: build folder of Parley, folder to work in, C++ compiler, flags.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$2"
mkdir -p "$2"
cmake --install "$1" --prefix "$2/prefix" --component sdk >"$2/install.log"
CXXFLAGS=$4 cmake -S "$here" -B "$2/build" -G Ninja -DCMAKE_PREFIX_PATH="$2/prefix" -DCMAKE_CXX_COMPILER="$3"
cmake --build "$2/build"
"$2/build/uses_parley"
export PKG_CONFIG_PATH="$2/prefix/lib/pkgconfig"
# shellcheck disable=SC2046
"$3" -std=c++17 $4 "$here/main.cpp" -o "$2/by_pkg_config" $(pkg-config --cflags --libs parley)
"$2/by_pkg_config"
