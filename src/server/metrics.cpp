#include "server/metrics.hpp"

#include <fmt/format.h>

#include "egress/names.hpp"

#ifndef PARLEY_VERSION
#define PARLEY_VERSION "unknown"
#endif

namespace parley::server {
namespace {

class Text {
 public:
  /// Starts a family; samples follow.
  Text& family(const char* name, const char* type, const char* help) {
    name_ = name;
    out_ += fmt::format("# HELP parley_{0} {1}\n# TYPE parley_{0} {2}\n", name, help, type);
    return *this;
  }
  template <typename T>
  Text& value(T number, const std::string& labels = "") {
    out_ += fmt::format("parley_{}{} {}\n", name_, labels.empty() ? "" : "{" + labels + "}", number);
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  const char* name_ = "";
  std::string out_;
};

template <typename T, typename Field>
void per_shard(Text& text, const std::vector<T>& shards, Field field) {
  for (size_t i = 0; i < shards.size(); ++i) text.value(field(shards[i]), fmt::format("shard=\"{}\"", i));
}

void add_control(Text& text, const Snapshot& s) {
  text.family("uptime_seconds", "gauge", "Time since the start").value(s.uptime.us() / 1'000'000);
  text.family("rooms", "gauge", "Rooms with somebody in them").value(s.control.rooms);
  text.family("participants", "gauge", "Participants in rooms").value(s.control.participants);
  text.family("guests", "gauge", "Guests who knock").value(s.control.guests);
  text.family("signal_sockets", "gauge", "Open signalling sockets").value(s.control.sockets);
  text.family("http_connections", "gauge", "Open HTTP connections, sockets included").value(s.http_connections);
  text.family("joins_total", "counter", "Requests to join").value(s.control.joins);
  text.family("refused_joins_total", "counter", "Requests to join that were refused").value(s.control.refused_joins);
  text.family("resumes_total", "counter", "Sessions resumed on a new socket").value(s.control.resumes);
  text.family("signal_messages_total", "counter", "Signalling messages accepted").value(s.control.inbound.messages);
  const auto& in = s.control.inbound;
  text.family("signal_refused_total", "counter", "Signalling frames refused, by reason")
      .value(in.text_frames, "reason=\"text\"")
      .value(in.oversized, "reason=\"oversized\"")
      .value(in.malformed, "reason=\"malformed\"")
      .value(in.empty, "reason=\"unknown\"")
      .value(in.out_of_order, "reason=\"out_of_order\"")
      .value(in.too_fast, "reason=\"too_fast\"")
      .value(in.silent, "reason=\"silent\"");
}

void add_media(Text& text, const std::vector<MediaThreads::Stats>& shards) {
  text.family("media_connections", "gauge", "Media connections");
  per_shard(text, shards, [](const auto& s) { return s.shard.connections; });
  text.family("media_tracks", "gauge", "Published tracks");
  per_shard(text, shards, [](const auto& s) { return s.shard.tracks; });
  text.family("media_subscriptions", "gauge", "Subscriptions");
  per_shard(text, shards, [](const auto& s) { return s.shard.subscriptions; });
  text.family("media_packets_received_total", "counter", "RTP packets received");
  per_shard(text, shards, [](const auto& s) { return s.shard.packets_received; });
  text.family("media_packets_forwarded_total", "counter", "RTP packets forwarded");
  per_shard(text, shards, [](const auto& s) { return s.shard.packets_forwarded; });
  text.family("media_bytes_received_total", "counter", "Bytes of RTP received");
  per_shard(text, shards, [](const auto& s) { return s.shard.bytes_received; });
  text.family("media_bytes_forwarded_total", "counter", "Bytes of RTP forwarded");
  per_shard(text, shards, [](const auto& s) { return s.shard.bytes_forwarded; });
  text.family("udp_datagrams_received_total", "counter", "UDP datagrams received");
  per_shard(text, shards, [](const auto& s) { return s.udp.datagrams_received; });
  text.family("udp_datagrams_sent_total", "counter", "UDP datagrams sent");
  per_shard(text, shards, [](const auto& s) { return s.udp.datagrams_sent; });
  text.family("udp_messages_sent_total", "counter", "UDP messages (runs of datagrams) given to the kernel");
  per_shard(text, shards, [](const auto& s) { return s.udp.messages_sent; });
  text.family("udp_send_dropped_total", "counter", "Datagrams that the kernel did not take");
  per_shard(text, shards, [](const auto& s) { return s.udp.dropped_buffer_full + s.udp.dropped_errors; });
  text.family("relay_dropped_total", "counter", "Messages between shards that did not fit");
  per_shard(text, shards, [](const auto& s) { return s.relay_dropped; });
  text.family("media_dropped_total", "counter", "Datagrams dropped, by reason");
  for (size_t i = 0; i < shards.size(); ++i) {
    const auto& d = shards[i].shard.drops;
    const std::pair<const char*, uint64_t> reasons[] = {{"unknown_path", d.unknown_path},
                                                        {"malformed", d.malformed},
                                                        {"bad_auth", d.bad_auth},
                                                        {"replayed", d.replayed},
                                                        {"unknown_stream", d.unknown_stream},
                                                        {"disabled_track", d.disabled_track},
                                                        {"early", d.early}};
    for (const auto& [reason, count] : reasons) text.value(count, fmt::format("shard=\"{}\",reason=\"{}\"", i, reason));
  }
}

void add_egress(Text& text, const EgressDesk::Stats& s) {
  text.family("egresses", "gauge", "Recordings, livestreams and HLS that are not over, by kind");
  for (const auto& [kind, name] : egress::names<egress::Kind>()) {
    const auto it = s.live.find(kind);
    text.value(it == s.live.end() ? 0 : it->second, fmt::format("kind=\"{}\"", name));
  }
  text.family("egresses_failed_total", "counter", "Egresses that failed").value(s.failed);
  text.family("workers", "gauge", "Worker processes").value(s.workers);
  text.family("worker_deaths_total", "counter", "Workers that ended while they were needed").value(s.worker_deaths);
  text.family("worker_tasks", "gauge", "Tasks that finalise, merge, capture and upload").value(s.tasks);
  text.family("uploads", "gauge", "Recordings on their way to the bucket").value(s.uploads);
  text.family("removals", "gauge", "Deleted recordings whose objects are still in the bucket").value(s.removals);
  text.family("worker_cpu_cores", "gauge", "Cores that workers use, as they said last").value(s.cpu_cores);
  text.family("worker_memory_bytes", "gauge", "Memory of workers, as they said last").value(s.memory_bytes);
  text.family("worker_late_pictures", "gauge", "Pictures of running workers that came late").value(s.late_pictures);
}

}  // namespace

std::string to_prometheus(const Snapshot& s) {
  Text text;
  text.family("info", "gauge", "The program").value(1, "version=\"" PARLEY_VERSION "\"");
  add_control(text, s);
  add_media(text, s.shards);
  text.family("webhooks_delivered_total", "counter", "Webhooks delivered").value(s.webhooks.delivered);
  text.family("webhook_failed_tries_total", "counter", "Tries to deliver that failed").value(s.webhooks.failed_tries);
  text.family("webhooks_given_up_total", "counter", "Webhooks given up").value(s.webhooks.given_up);
  text.family("webhooks_in_flight", "gauge", "Webhooks being sent").value(s.webhooks.in_flight);
  add_egress(text, s.egress);
  text.family("store_queue", "gauge", "Jobs that wait for the store").value(s.store_queued);
  text.family("store_refused_total", "counter", "Jobs refused because the queue was full").value(s.store_refused);
  return text.take();
}

std::string to_health(const Snapshot& s) {
  return fmt::format(R"({{"status":"ok","version":"{}","uptime":{},"rooms":{},"participants":{}}})", PARLEY_VERSION,
                     s.uptime.us() / 1'000'000, s.control.rooms, s.control.participants);
}

}  // namespace parley::server
