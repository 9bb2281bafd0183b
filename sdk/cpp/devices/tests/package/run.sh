#!/bin/sh
# Installs the SDK's headers and the device libraries, builds the project beside this file with them and runs it.
# Arguments: build folder of Parley, its public headers, folder to work in, C++ compiler, flags.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$3"
mkdir -p "$3/prefix/include"
cp -r "$2/parley" "$3/prefix/include/"
cmake --install "$1" --prefix "$3/prefix" --component devices >"$3/install.log"
CXXFLAGS=$5 cmake -S "$here" -B "$3/build" -G Ninja -DCMAKE_PREFIX_PATH="$3/prefix" -DCMAKE_CXX_COMPILER="$4"
cmake --build "$3/build"
# Leaks of SDL's and of the libraries below it are none of ours.
ASAN_OPTIONS=detect_leaks=0 "$3/build/uses_devices"
