#include "figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace parley::load {
namespace {

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

struct Derived {
  explicit Derived(const Figures& f) {
    const double seconds = f.options.duration.seconds_f();
    const Tally& t = f.tally;
    received_mbps = static_cast<double>(t.bytes_received) * 8e-6 / seconds;
    received_packets = static_cast<double>(t.packets_received) / seconds;
    loss_percent = 100 * share(static_cast<double>(t.packets_lost), static_cast<double>(t.packets_expected));
    frozen_percent = 100 * share(t.frozen.seconds_f(), t.watched.seconds_f());
    frames_per_second = share(static_cast<double>(t.frames), t.watched.seconds_f());
    server_cores = f.server_cpu / seconds;
    us_per_packet = share(f.server_cpu * 1e6, static_cast<double>(t.packets_received));
    ms_per_mbit = share(f.server_cpu * 1e3, static_cast<double>(t.bytes_received) * 8e-6);
  }
  double received_mbps, received_packets, loss_percent, frozen_percent, frames_per_second;
  double server_cores, us_per_packet, ms_per_mbit;
};

std::string line(const char* name, const Histogram& h) {
  return fmt::format("{:<28}{:>8.1f}{:>9.1f}{:>9.1f}{:>9.1f}   ms (50, 90, 99, 100 %) of {}\n", name, h.percentile(0.5),
                     h.percentile(0.9), h.percentile(0.99), h.percentile(1), h.count());
}

nlohmann::json values(const Histogram& h) {
  return {{"count", h.count()},
          {"p50", h.percentile(0.5)},
          {"p90", h.percentile(0.9)},
          {"p99", h.percentile(0.99)},
          {"max", h.percentile(1)}};
}

}  // namespace

void Histogram::add(TimeDelta value) {
  const int64_t step = std::max<int64_t>(0, value.us() / kStep.us());
  ++counts_[std::min<size_t>(static_cast<size_t>(step), kSteps)];
  ++count_;
}

void Histogram::merge(const Histogram& other) {
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
}

double Histogram::percentile(double share) const {
  if (count_ == 0) return 0;
  const auto rank = std::max<uint64_t>(1, static_cast<uint64_t>(share * static_cast<double>(count_) + 0.999999));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return static_cast<double>(i + 1) * static_cast<double>(kStep.us()) / 1000;
  }
  return 0;
}

void Tally::merge(const Tally& other) {
  joined.merge(other.joined);
  first_picture.merge(other.first_picture);
  audio_latency.merge(other.audio_latency);
  video_latency.merge(other.video_latency);
  clients += other.clients;
  connected += other.connected;
  for (const auto& [reason, count] : other.failures) failures[reason] += count;
  packets_sent += other.packets_sent;
  packets_received += other.packets_received;
  bytes_received += other.bytes_received;
  packets_expected += other.packets_expected;
  packets_lost += other.packets_lost;
  packets_repaired += other.packets_repaired;
  frames += other.frames;
  freezes += other.freezes;
  frozen += other.frozen;
  watched += other.watched;
}

std::string to_text(const Figures& figures) {
  const Tally& t = figures.tally;
  const Derived d(figures);
  std::string out = fmt::format("{} publishers and {} subscribers in {} rooms, {} s{}\n", figures.options.publishers,
                                figures.options.subscribers, figures.options.rooms.size(),
                                figures.options.duration.ms() / 1000, figures.options.tcp ? ", media by TCP" : "");
  out += fmt::format("{:<28}{:>8} of {}\n", "connected", t.connected, t.clients);
  for (const auto& [reason, count] : t.failures) out += fmt::format("  {} x {}\n", count, reason);
  out += line("join to media", t.joined);
  out += line("join to first picture", t.first_picture);
  out += line("latency of sound", t.audio_latency);
  out += line("latency of pictures", t.video_latency);
  out += fmt::format("{:<28}{:>8.1f} Mbit/s, {:.0f} packets/s\n", "received", d.received_mbps, d.received_packets);
  out += fmt::format("{:<28}{:>8.3f} %, {} packets repaired\n", "lost for good", d.loss_percent, t.packets_repaired);
  out += fmt::format("{:<28}{:>8.3f} % of the time, {} freezes; {:.1f} frames/s a picture\n", "frozen",
                     d.frozen_percent, t.freezes, d.frames_per_second);
  if (figures.server_cpu >= 0) {
    out += fmt::format("{:<28}{:>8.3f} cores; {:.2f} us a forwarded packet, {:.3f} ms a Mbit\n", "server's CPU",
                       d.server_cores, d.us_per_packet, d.ms_per_mbit);
  }
  out += fmt::format("{:<28}{:>8.3f} cores\n", "own CPU", figures.own_cpu / figures.options.duration.seconds_f());
  return out;
}

std::string to_json(const Figures& figures) {
  const Tally& t = figures.tally;
  const Derived d(figures);
  nlohmann::json out = {{"clients", t.clients},
                        {"connected", t.connected},
                        {"failures", t.failures},
                        {"joinMs", values(t.joined)},
                        {"firstPictureMs", values(t.first_picture)},
                        {"audioLatencyMs", values(t.audio_latency)},
                        {"videoLatencyMs", values(t.video_latency)},
                        {"packetsSent", t.packets_sent},
                        {"packetsReceived", t.packets_received},
                        {"receivedMbps", d.received_mbps},
                        {"lossPercent", d.loss_percent},
                        {"packetsRepaired", t.packets_repaired},
                        {"frozenPercent", d.frozen_percent},
                        {"freezes", t.freezes},
                        {"framesPerSecond", d.frames_per_second},
                        {"ownCpuSeconds", figures.own_cpu}};
  if (figures.server_cpu >= 0) {
    out["server"] = {{"cpuSeconds", figures.server_cpu},
                     {"cores", d.server_cores},
                     {"usPerPacket", d.us_per_packet},
                     {"msPerMbit", d.ms_per_mbit}};
  }
  return out.dump(2) + "\n";
}

}  // namespace parley::load
