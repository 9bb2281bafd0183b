#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace parley::load {

/// What a run does.
struct Options {
  std::string server;               ///< URL, as for the SDK
  std::string ca_file;              ///< PEM; "": the system's authorities
  std::vector<std::string> tokens;  ///< one for all rooms, or one a room
  std::vector<std::string> rooms;   ///< ids
  int publishers = 2;               ///< in all, spread over the rooms
  int subscribers = 8;              ///< in all, spread over the rooms; each receives all publishers of its room
  TimeDelta duration = TimeDelta::seconds(10);  ///< of the measurement, once everybody is in
  TimeDelta join_interval = TimeDelta::millis(20);
  int threads = 1;
  int video_kbps = 1200;  ///< of the highest layer; each one below has a quarter of it
  int layers = 3;
  bool tcp = false;    ///< media by TCP alone
  int server_pid = 0;  ///< whose CPU time is looked at; 0: nobody's
  bool json = false;
};

/// `--name=value` or `--name value`. The error is a sentence.
std::expected<Options, std::string> parse_options(const std::vector<std::string>& arguments);
/// For people.
std::string usage();

}  // namespace parley::load
