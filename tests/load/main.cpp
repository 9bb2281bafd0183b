// parley-load: how a server behaves under many participants, each with a real connection of its own. See usage().

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "figures.hpp"
#include "net/clock.hpp"
#include "worker.hpp"

namespace parley::load {
namespace {

using Seconds = std::chrono::duration<double>;

/// User and system time of a process so far, in seconds; negative if it cannot be read. proc(5): fields 14 and 15, and
/// the second one, a name in brackets, may have spaces in it.
double cpu_of(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return -1;
  std::istringstream rest(text.substr(name_end + 2));
  std::string field;
  for (int i = 3; i < 14; ++i) rest >> field;
  double user = 0;
  double system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double own_cpu() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

class Run {
 public:
  Run(const Options& options, sdk::ServerUrl url) : options_(options), url_(std::move(url)) {
    Rng rng = Rng::system();
    identity_ = dtls::Identity::generate(net::utc_now(), rng);
    prefix_ = rng.text(4);
    for (int i = 0; i < options_.threads; ++i) workers_.push_back(std::make_unique<Worker>());
  }

  Figures measure() {
    for (int i = 0; i < options_.publishers; ++i) add(i, true);
    for (int i = 0; i < options_.subscribers; ++i) add(i, false);
    wait_until_settled();
    // The first pictures and estimates of bandwidth come; what they cost is no steady state.
    std::this_thread::sleep_for(Seconds(3));
    Figures figures{.options = options_};
    for (const auto& worker : workers_) worker->begin_measuring();
    const double server = options_.server_pid > 0 ? cpu_of(options_.server_pid) : -1;
    const double own = own_cpu();
    std::this_thread::sleep_for(Seconds(options_.duration.seconds_f()));
    if (server >= 0) figures.server_cpu = std::max(0.0, cpu_of(options_.server_pid) - server);
    figures.own_cpu = own_cpu() - own;
    for (const auto& worker : workers_) worker->end_measuring();
    for (const auto& worker : workers_) figures.tally.merge(worker->finish());
    return figures;
  }

 private:
  void add(int number, bool publishes) {
    const size_t room = static_cast<size_t>(number) % options_.rooms.size();
    const Guest::Config config{.url = url_,
                               .trust = {.ca_file = options_.ca_file, .verify = true},
                               .token = options_.tokens[room % options_.tokens.size()],
                               .room = options_.rooms[room],
                               .id = fmt::format("load-{}-{}{}", prefix_, publishes ? "p" : "s", number),
                               .publishes = publishes,
                               .video_kbps = options_.video_kbps,
                               .layers = static_cast<uint8_t>(options_.layers),
                               .tcp = options_.tcp,
                               .identity = identity_};
    workers_[static_cast<size_t>(count_) % workers_.size()]->add(config, Rng::system().u64());
    ++count_;
    std::this_thread::sleep_for(Seconds(options_.join_interval.seconds_f()));
  }

  void wait_until_settled() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    const auto settled = [](const auto& worker) { return worker->settled(); };
    while (!std::ranges::all_of(workers_, settled) && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(Seconds(0.05));
    }
  }

  const Options options_;
  const sdk::ServerUrl url_;
  std::shared_ptr<const dtls::Identity> identity_;
  std::string prefix_;
  std::vector<std::unique_ptr<Worker>> workers_;
  int count_ = 0;
};

int run(const std::vector<std::string>& arguments) {
  if (std::ranges::find(arguments, "--help") != arguments.end()) {
    fmt::print("{}", usage());
    return 0;
  }
  const auto options = parse_options(arguments);
  if (!options) {
    fmt::print(stderr, "{}\n{}", options.error(), usage());
    return 2;
  }
  const auto url = sdk::parse_server_url(options->server);
  if (!url) {
    fmt::print(stderr, "{}\n", url.error());
    return 2;
  }
  if (options->server_pid > 0 && cpu_of(options->server_pid) < 0) {
    fmt::print(stderr, "There is no process {}.\n", options->server_pid);
    return 2;
  }
  const Figures figures = Run(*options, *url).measure();
  fmt::print("{}", options->json ? to_json(figures) : to_text(figures));
  return figures.tally.connected == figures.tally.clients ? 0 : 1;
}

}  // namespace
}  // namespace parley::load

int main(int argc, char** argv) { return parley::load::run({argv + 1, argv + argc}); }
