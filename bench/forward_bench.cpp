// What it costs to forward a packet: the real shard on real loopback sockets beside naive loops, in one run. See
// docs/benchmarks.md for the method. `bench/run` builds and starts it.

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/meeting.hpp"
#include "bench/protect_cost.hpp"

namespace parley::bench {
namespace {

struct Options {
  std::vector<size_t> subscribers{1, 10, 100, 1000};
  std::vector<rtp::MediaKind> media{rtp::MediaKind::Video, rtp::MediaKind::Audio};
  int repeats = 9;
  uint8_t run = 6;
  int only = -1;            // technique
  size_t packets = 24'000;  // forwarded in one sample, about
};

struct Technique {
  std::string_view name;
  Meeting::Server server;
  bool gso = false;
  bool receive_gro = false;
  bool phases = false;
};
constexpr size_t kNaiveSha1 = 0;
constexpr size_t kNaiveGcm = 1;
constexpr size_t kPhased = 5;
constexpr std::array<Technique, 6> kTechniques{{
    {"naive loop, AES_CM_128_HMAC_SHA1_80", Meeting::Server::NaiveSha1},
    {"naive loop, AEAD_AES_128_GCM", Meeting::Server::NaiveGcm},
    {"Parley, sendmmsg without GSO", Meeting::Server::Real},
    {"Parley, GSO cut up by the kernel", Meeting::Server::Real, true},
    {"Parley, GSO left whole", Meeting::Server::Real, true, true},
    {"(the same, by phase)", Meeting::Server::Real, true, true, true},
}};

struct Sample {
  double media = 0;  // CPU ns a forwarded packet
  double control = 0;
  double calls = 0;
  double mean_run = 0;
  std::array<double, kPhases> phases{};
};

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

class Comparison {
 public:
  Comparison(const Options& options, rtp::MediaKind media, size_t subscribers)
      : options_(options),
        media_(media),
        subscribers_(subscribers),
        meeting_({.kind = media, .subscribers = subscribers, .run = options.run}) {}

  bool measure() {
    if (!meeting_.connect()) return false;
    for (int repeat = 0; repeat < options_.repeats; ++repeat) {
      for (size_t i = 0; i < kTechniques.size(); ++i) {
        if (options_.only < 0 || options_.only == static_cast<int>(i)) samples_[i].push_back(sample(kTechniques[i]));
      }
    }
    return true;
  }

  void print() const {
    const bool audio = media_ == rtp::MediaKind::Audio;
    fmt::print("\n### {}, {} subscriber{}\n\n",
               audio ? "Audio, 80 bytes" : fmt::format("Video, runs of {} x 1100 bytes", options_.run), subscribers_,
               subscribers_ == 1 ? "" : "s");
    fmt::print(
        "| | CPU ns a packet | range | naive SHA1 / this | naive GCM / this | system calls a packet | mean run "
        "| feedback and timers, ns |\n|---|---:|---:|---:|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < kPhased; ++i) print_row(i);
    print_phases();
    const Meeting::Tally& tally = meeting_.tally();
    fmt::print("\n{} packets expected, {} decrypted and right, {} wrong, {} lost.\n", tally.expected, tally.opened,
               tally.bad, tally.expected - std::min(tally.expected, tally.opened));
    if (tally.timeouts > 0) fmt::print("{} waits ran out of time.\n", tally.timeouts);
    std::fflush(stdout);
  }

 private:
  Sample sample(const Technique& technique) {
    meeting_.real().use_gso(technique.gso);
    meeting_.real().keep_phases(technique.phases);
    meeting_.set_receive_gro(technique.receive_gro);
    Sfu& sfu = meeting_.server(technique.server);
    SfuThread& thread = meeting_.thread();
    thread.select(sfu);
    meeting_.play_frame(technique.server);  // brings the caches back
    using Account = SfuThread::Account;
    const SfuThread::Work media = thread.work(Account::Media);
    const int64_t control = thread.work(Account::Control).cpu_ns;
    const PhaseTimes phases = meeting_.real().phases();
    const size_t in_frame = subscribers_ * (media_ == rtp::MediaKind::Audio ? 1 : options_.run);
    const size_t frames = std::clamp<size_t>(options_.packets / in_frame, 4, 800);
    for (size_t i = 0; i < frames; ++i) meeting_.play_frame(technique.server);
    const Counters done = thread.work(Account::Media).counters - media.counters;
    const auto packets = static_cast<double>(done.forwarded);
    Sample s;
    s.media = static_cast<double>(thread.work(Account::Media).cpu_ns - media.cpu_ns) / packets;
    s.control = static_cast<double>(thread.work(Account::Control).cpu_ns - control) / packets;
    s.calls = static_cast<double>(done.send_calls + done.receive_calls) / packets;
    s.mean_run = static_cast<double>(done.sent) / static_cast<double>(done.messages);
    for (size_t i = 0; i < kPhases; ++i) {
      s.phases[i] = static_cast<double>(meeting_.real().phases()[i] - phases[i]) / packets;
    }
    return s;
  }

  template <typename Value>
  std::vector<double> all(size_t technique, Value value) const {
    std::vector<double> values;
    for (const Sample& s : samples_[technique]) values.push_back(value(s));
    return values;
  }

  void print_row(size_t i) const {
    if (samples_[i].empty()) return;
    const auto media = all(i, [](const Sample& s) { return s.media; });
    const auto [low, high] = std::minmax_element(media.begin(), media.end());
    const bool real = kTechniques[i].server == Meeting::Server::Real;
    fmt::print("| {} | {:.0f} | {:.0f}-{:.0f} | {:.2f} | {:.2f} | {:.3f} | {:.1f} | {} |\n", kTechniques[i].name,
               median(media), *low, *high, ratio(kNaiveSha1, i), ratio(kNaiveGcm, i),
               median(all(i, [](const Sample& s) { return s.calls; })),
               median(all(i, [](const Sample& s) { return s.mean_run; })),
               real ? fmt::format("{:.0f}", median(all(i, [](const Sample& s) { return s.control; }))) : "");
  }

  // The median of the ratios within each repetition: other work on the machine moves both.
  double ratio(size_t of, size_t to) const {
    std::vector<double> ratios;
    for (size_t k = 0; k < std::min(samples_[of].size(), samples_[to].size()); ++k) {
      ratios.push_back(samples_[of][k].media / samples_[to][k].media);
    }
    return median(ratios);
  }

  void print_phases() const {
    if (samples_[kPhased].empty()) return;
    const auto phase = [&](Phase p) {
      return median(all(kPhased, [p](const Sample& s) { return s.phases[static_cast<size_t>(p)]; }));
    };
    const bool audio = media_ == rtp::MediaKind::Audio;
    const double protect =
        protect_cost_ns(srtp::Profile::AeadAes128Gcm, subscribers_, audio ? 1 : options_.run, audio ? 80 : 1100);
    fmt::print(
        "\nBy phase, feedback and timers included: sleep {:.0f}, receive {:.0f}, shard {:.0f}, send {:.0f}. "
        "Encryption alone, of as many contexts in turn: {:.0f}.\n",
        phase(Phase::Wait), phase(Phase::Receive), phase(Phase::Core), phase(Phase::Send), protect);
  }

  Options options_;
  rtp::MediaKind media_;
  size_t subscribers_;
  Meeting meeting_;
  std::array<std::vector<Sample>, kTechniques.size()> samples_;
};

std::string machine() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::string line, model = "unknown CPU";
  int cpus = 0;
  while (std::getline(cpuinfo, line)) {
    if (!line.starts_with("model name")) continue;
    model = line.substr(line.find(':') + 2);
    ++cpus;
  }
  utsname name{};
  uname(&name);
  return fmt::format("{} x {}, {} {}", cpus, model, name.sysname, name.release);
}

template <typename Number>
std::optional<std::vector<Number>> numbers(std::string_view text) {
  std::vector<Number> found;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    Number value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || (next < end && *next != ',')) return std::nullopt;
    found.push_back(value);
    at = next + 1;
  }
  return found.empty() ? std::nullopt : std::optional(found);
}

bool read_option(std::string_view argument, Options& options) {
  const size_t equals = argument.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = argument.substr(0, equals);
  const std::string_view value = argument.substr(equals + 1);
  if (name == "--media") {
    if (value == "audio") options.media = {rtp::MediaKind::Audio};
    if (value == "video") options.media = {rtp::MediaKind::Video};
    return value == "audio" || value == "video";
  }
  const auto list = numbers<size_t>(value);
  if (!list) return false;
  if (name == "--subscribers")
    options.subscribers = *list;
  else if (name == "--repeats")
    options.repeats = static_cast<int>(list->front());
  else if (name == "--run")
    options.run = static_cast<uint8_t>(list->front());
  else if (name == "--only")
    options.only = static_cast<int>(list->front());
  else if (name == "--packets")
    options.packets = list->front();
  else
    return false;
  return true;
}

constexpr const char* kUsage =
    R"(forward_bench [--subscribers=1,10,100,1000] [--media=video|audio] [--run=6] [--repeats=9]
              [--packets=24000 in a sample] [--only=0-5, one technique: for perf]
)";

int run(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    if (read_option(argv[i], options)) continue;
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  fmt::print("Machine: {}. {} interleaved repetitions.\n", machine(), options.repeats);
  for (const rtp::MediaKind media : options.media) {
    for (const size_t subscribers : options.subscribers) {
      Comparison comparison(options, media, subscribers);
      if (!comparison.measure()) {
        fmt::print(stderr, "{} subscribers did not connect\n", subscribers);
        return 1;
      }
      comparison.print();
    }
  }
  return 0;
}

}  // namespace
}  // namespace parley::bench

int main(int argc, char** argv) { return parley::bench::run(argc, argv); }
