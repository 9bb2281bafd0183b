#pragma once

#include <expected>
#include <string>
#include <vector>

#include "net/file_descriptor.hpp"

namespace parley::server {

/// A child process with its three pipes and a descriptor that becomes readable when it ends.
struct ChildProcess {
  int pid = -1;
  net::FileDescriptor ended;  ///< a pidfd
  net::FileDescriptor input;  ///< of ours: what is written here it reads
  net::FileDescriptor output;
  net::FileDescriptor log;
};

/// Starts `arguments[0]` in a process group of its own, so that a signal to the server's group does not reach it. All
/// of our other descriptors stay closed to it. The error is a sentence.
std::expected<ChildProcess, std::string> start_child(const std::vector<std::string>& arguments);

/// How a child ended: "exit code 3", "signal 9"; it must have. Takes it from the process table.
struct ChildEnd {
  bool clean = false;  ///< exit code 0
  std::string text;
};
ChildEnd reap(const ChildProcess& child);
void kill_child(const ChildProcess& child);

}  // namespace parley::server
