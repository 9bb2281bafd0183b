#include "options.hpp"

#include <charconv>
#include <functional>
#include <map>

namespace parley::load {
namespace {

using Taken = std::expected<void, std::string>;
using Take = std::function<Taken(const std::string&)>;

Take number(int& out, int least, int most) {
  return [&out, least, most](const std::string& text) -> Taken {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
      return std::unexpected("wants a number from " + std::to_string(least) + " to " + std::to_string(most) +
                             ", not \"" + text + "\"");
    }
    out = value;
    return {};
  };
}
Take text(std::string& out) {
  return [&out](const std::string& value) -> Taken {
    out = value;
    return {};
  };
}
Take list(std::vector<std::string>& out) {
  return [&out](const std::string& value) -> Taken {
    out.push_back(value);
    return {};
  };
}
Take yes(bool& out) {
  return [&out](const std::string&) -> Taken {
    out = true;
    return {};
  };
}

}  // namespace

std::string usage() {
  return "parley-load --server URL --token TOKEN --room ID [--room ID…] [--publishers 2] [--subscribers 8]\n"
         "            [--seconds 10] [--threads 1] [--join-interval-ms 20] [--video-kbps 1200] [--layers 3] [--tcp]\n"
         "            [--server-pid PID] [--ca-file PEM] [--json]\n"
         "Publishers and subscribers are spread over the rooms; a subscriber receives all publishers of its room.\n"
         "Several --token: one a room. A client takes about 3 MB.\n";
}

std::expected<Options, std::string> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  int seconds = 10;
  int interval = 20;
  constexpr int kMany = 100'000;
  const std::map<std::string, Take> with_value = {
      {"--server", text(options.server)},
      {"--ca-file", text(options.ca_file)},
      {"--token", list(options.tokens)},
      {"--room", list(options.rooms)},
      {"--publishers", number(options.publishers, 0, kMany)},
      {"--subscribers", number(options.subscribers, 0, kMany)},
      {"--seconds", number(seconds, 1, kMany)},
      {"--join-interval-ms", number(interval, 0, kMany)},
      {"--threads", number(options.threads, 1, 256)},
      {"--video-kbps", number(options.video_kbps, 50, 50'000)},
      {"--layers", number(options.layers, 1, 3)},
      {"--server-pid", number(options.server_pid, 1, INT32_MAX)},
  };
  const std::map<std::string, Take> flags = {{"--tcp", yes(options.tcp)}, {"--json", yes(options.json)}};
  for (size_t i = 0; i < arguments.size(); ++i) {
    const size_t equals = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, equals);
    const bool flag = flags.contains(name);
    if (!flag && !with_value.contains(name)) return std::unexpected("There is no option " + name + ".");
    if (!flag && equals == std::string::npos && i + 1 == arguments.size()) {
      return std::unexpected("The option " + name + " has no value.");
    }
    const std::string value = flag                          ? ""
                              : equals != std::string::npos ? arguments[i].substr(equals + 1)
                                                            : arguments[++i];
    const Taken taken = flag ? flags.at(name)(value) : with_value.at(name)(value);
    if (!taken) return std::unexpected("The option " + name + ' ' + taken.error() + '.');
  }
  options.duration = TimeDelta::seconds(seconds);
  options.join_interval = TimeDelta::millis(interval);
  if (options.server.empty()) return std::unexpected("--server is missing.");
  if (options.rooms.empty()) return std::unexpected("--room is missing.");
  if (options.tokens.empty()) return std::unexpected("--token is missing.");
  if (options.tokens.size() != 1 && options.tokens.size() != options.rooms.size()) {
    return std::unexpected("There must be one --token, or one for each --room.");
  }
  return options;
}

}  // namespace parley::load
