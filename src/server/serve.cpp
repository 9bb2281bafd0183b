#include "server/serve.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/room_ids.hpp"
#include "auth/token.hpp"
#include "dtls/identity.hpp"
#include "server/bucket.hpp"
#include "server/control_loop.hpp"
#include "server/egress_files.hpp"
#include "server/egress_service.hpp"
#include "server/http/tls.hpp"
#include "server/http/web_server.hpp"
#include "server/media_gateway.hpp"
#include "server/media_threads.hpp"
#include "server/metrics.hpp"
#include "server/server_parts.hpp"
#include "server/site.hpp"
#include "server/store_records.hpp"
#include "server/store_thread.hpp"
#include "server/webhooks.hpp"
#include "server/worker_processes.hpp"

namespace parley::server {
namespace {

namespace asio = boost::asio;

/// How long sockets get to close in an orderly way; then the process ends without them.
constexpr auto kShutdownTime = std::chrono::seconds(3);
/// What clients are told to wait before they come back: a restart's time.
constexpr TimeDelta kRetryAfter = TimeDelta::seconds(1);
/// How often old samples and settled webhooks are forgotten.
constexpr auto kPruneInterval = std::chrono::hours(6);

/// A worker joins within seconds, and gets another one when it is started again.
constexpr TimeDelta kWorkerTokenLife = TimeDelta::seconds(300);

int fail(const std::string& sentence) {
  fmt::print(stderr, "{}\n", sentence);
  return 1;
}

ControlPlane::Config control_config(const Config& config) {
  const bool any_address = config.media_address == "0.0.0.0" || config.media_address == "::";
  return {.room_shard_limit = static_cast<size_t>(config.room_shard_limit),
          .max_participants = static_cast<size_t>(config.max_participants),
          .grace_period = TimeDelta::seconds(config.grace_period_s),
          .max_session = TimeDelta::seconds(int64_t{60} * config.max_session_minutes),
          .own_media_address = any_address ? "127.0.0.1" : config.media_address};
}

/// A running server. Members are in the order in which they need each other.
class Server {
 public:
  explicit Server(const Config& config) : config_(config) {}

  /// Everything that can fail. The error is a sentence.
  std::expected<void, std::string> start();
  void run() { io_.run(); }
  /// After `run`: what the store must still learn.
  void finish();

 private:
  std::expected<void, std::string> start_media();
  std::expected<void, std::string> start_egress();
  std::expected<void, std::string> start_web();
  EgressService::Options egress_options() const;
  std::string worker_token(const RoomId& room, UtcTime now) const;
  std::expected<void, std::string> start_store();
  void announce();
  void shut_down();
  void wait_for_sockets();
  void prune();
  Snapshot snapshot() const;
  std::string own_url() const;

  const Config& config_;
  asio::io_context io_{1};
  const Timestamp started_at_ = net::monotonic_now();
  Rng rng_ = Rng::system();        // of the control thread
  Rng store_rng_ = Rng::system();  // of the store thread
  auth::KeyRing keys_;
  std::shared_ptr<const api::SigningKey> signing_key_;
  std::optional<StoreThread> store_;
  std::optional<Webhooks> webhooks_;
  std::unique_ptr<MediaThreads> media_threads_;
  std::optional<MediaGateway> media_;
  std::optional<StoreRecords> records_;
  std::optional<ControlPlane> plane_;
  std::optional<ControlLoop> control_;
  std::optional<asio::ssl::context> tls_;
  std::string files_root_;
  std::optional<api::FileLinks> links_;
  std::vector<store::OpenEgress> open_egresses_;  // that the last run left
  std::optional<WorkerProcesses> workers_;
  std::optional<EgressService> egress_;
  std::optional<EgressFiles> egress_files_;
  std::optional<Site> site_;
  std::unique_ptr<WebServer> web_;
  std::unique_ptr<WebServer> own_web_;  // without TLS, on the loopback, for workers
  asio::signal_set signals_{io_};
  asio::steady_timer shutdown_timer_{io_};
  asio::steady_timer prune_timer_{io_};
  std::chrono::steady_clock::time_point shutdown_until_;
};

std::expected<void, std::string> Server::start_store() {
  auto store = open_store(config_);
  if (!store) return std::unexpected(store.error());
  auto key = load_signing_key(**store);
  if (!key) return std::unexpected(key.error());
  signing_key_ = std::move(*key);
  if (auto closed = close_open_sessions(**store, net::utc_now()); !closed) {
    return std::unexpected(fmt::format("The database cannot be written: {}.", closed.error().message));
  }
  auto link_key = load_link_key(**store, rng_);
  if (!link_key) return std::unexpected(link_key.error());
  links_.emplace(std::move(*link_key), TimeDelta::seconds(int64_t{3600} * config_.link_hours));
  auto open = (*store)->egresses().open();
  if (!open) return std::unexpected(fmt::format("The database cannot be read: {}.", open.error().message));
  open_egresses_ = std::move(*open);
  store_.emplace(std::move(*store));
  webhooks_.emplace(io_, *store_, signing_key_, rng_,
                    Webhooks::Options{{TimeDelta::millis(config_.webhook_retry_ms)}, config_.webhook_private_targets});
  return {};
}

std::expected<void, std::string> Server::start_media() {
  const auto identity = dtls::Identity::generate(net::utc_now(), rng_);
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  MediaThreads::Config config;
  config.shards = static_cast<uint8_t>(config_.shards > 0 ? config_.shards : std::min(cores, 64u));
  if (config_.media_port != 0 && config_.media_port + config.shards > 65536) {
    return std::unexpected(
        fmt::format("--media-port {} leaves no room for {} shards.", config_.media_port, config.shards));
  }
  config.base_port = config_.media_port;
  config.bind_address = *IpAddress::parse(config_.media_address);
  config.identity = identity;
  auto threads = MediaThreads::start(config, [this](ShardIndex shard, std::vector<engine::Event> events) {
    asio::post(io_, [this, shard, events = std::move(events)] {
      control_->call([&](ControlPlane& plane, room::Moment at) { plane.on_media_events(shard, events, at); });
    });
  });
  if (!threads) return std::unexpected(threads.error());
  media_threads_ = std::move(*threads);
  const bool any_ipv4 = config_.media_address == "0.0.0.0";
  const bool any_ipv6 = config_.media_address == "::";
  std::vector<std::string> addresses = config_.announced_ips;
  if (addresses.empty()) {
    addresses = any_ipv4 || any_ipv6 ? local_addresses(any_ipv6) : std::vector{config_.media_address};
  }
  const dtls::Fingerprint& fingerprint = identity->fingerprint();
  media_.emplace(*media_threads_, std::move(addresses),
                 transport::Fingerprint{fingerprint.algorithm, fingerprint.digest});
  return {};
}

/// A worker joins on this machine. Its certificate names another host, so that with TLS it has a listener of its own.
EgressService::Options Server::egress_options() const {
  EgressService::Options options;
  EgressDesk::Config& desk = options.desk;
  const WebServer& web = own_web_ ? *own_web_ : *web_;
  const bool any = own_web_ || config_.http_address == "0.0.0.0" || config_.http_address == "::";
  const bool v6 = !any && config_.http_address.find(':') != std::string::npos;
  desk.signal_url = fmt::format("ws://{}:{}/v1/signal",
                                any  ? "127.0.0.1"
                                : v6 ? "[" + config_.http_address + "]"
                                     : config_.http_address,
                                web.port());
  desk.files_root = files_root_;
  desk.max_workers = static_cast<size_t>(config_.max_workers);
  desk.studio.revive_grace = TimeDelta::seconds(config_.revive_grace_s);
  desk.token = [this](const RoomId& room, UtcTime now) { return worker_token(room, now); };
  desk.bucket = bucket_of(config_);
  desk.bucket_prefix = config_.s3_prefix;
  options.rules.allow_private_destinations = config_.allow_private_destinations;
  options.public_url = config_.public_url;
  options.own_url = own_url();
  return options;
}

std::string Server::worker_token(const RoomId& room, UtcTime now) const {
  const auth::Claims claims{.apikey = config_.api_key,
                            .permissions = {.allow_join = true},
                            .roles = {.crawler = false, .rtc = true},
                            .version = 2,
                            .room = room,
                            .issued_at = now,
                            .hidden = true,
                            .expires_at = now + kWorkerTokenLife};
  return auth::issue(claims, keys_.find(config_.api_key)->secret);
}

/// After the web server listens, since workers are told its port.
std::expected<void, std::string> Server::start_egress() {
  workers_.emplace(
      io_, WorkerProcesses::Options{find_worker(config_), files_root_, config_.allow_private_destinations},
      WorkerProcesses::Handlers{[this](ProcessId id, const egress::Fact& fact) { egress_->on_fact(id, fact); },
                                [this](ProcessId id) { egress_->on_worker_exited(id); },
                                [this](ProcessId id, const auto& end) { egress_->on_task_ended(id, end); }});
  egress_.emplace(EgressService::Parts{io_, *control_, *store_, *links_, [this] { webhooks_->poke(); }},
                  egress_options(), *workers_, rng_);
  control_->set_listener([this](EgressNotes notes) { egress_->on_notes(std::move(notes)); });
  for (const store::OpenEgress& open : std::exchange(open_egresses_, {})) egress_->recover(open);
  return {};
}

std::expected<void, std::string> Server::start_web() {
  auto files = prepare_recordings(config_);
  if (!files) return std::unexpected(files.error());
  files_root_ = std::move(*files);
  if (!config_.tls_cert.empty()) {
    auto tls = make_server_tls(config_.tls_cert, config_.tls_key);
    if (!tls) return std::unexpected(tls.error());
    tls_.emplace(std::move(*tls));
  }
  records_.emplace(*store_, io_, StoreRecords::Hooks{[this] { webhooks_->poke(); }, [this] { control_->settle(); }});
  plane_.emplace(control_config(config_), keys_, *media_, *records_, rng_);
  control_.emplace(io_, *plane_);
  EgressFiles::Options places{files_root_, std::nullopt, config_.s3_prefix};
  if (const auto bucket = bucket_of(config_)) places.bucket = to_storage(*bucket);
  egress_files_.emplace(EgressFiles::Parts{io_, *store_, *links_}, std::move(places));
  site_.emplace(Site::Parts{io_, *control_, *store_, keys_, store_rng_, [this] { return to_prometheus(snapshot()); },
                            [this] { return to_health(snapshot()); },
                            [this](api::EgressCall call, std::string base_url) {
                              return egress_->respond(std::move(call), std::move(base_url));
                            },
                            *egress_files_, *links_},
                config_, find_web_root(config_), signing_key_->public_pem());
  auto web = WebServer::listen(io_, {config_.http_address, config_.http_port, {}}, tls_ ? &*tls_ : nullptr, *site_);
  if (!web) return std::unexpected(web.error());
  web_ = std::move(*web);
  if (!tls_) return {};
  auto own = WebServer::listen(io_, {"127.0.0.1", 0, {}}, nullptr, *site_);
  if (!own) return std::unexpected(own.error());
  own_web_ = std::move(*own);
  return {};
}

std::expected<void, std::string> Server::start() {
  auto keys = make_key_ring(config_);
  if (!keys) return std::unexpected(keys.error());
  keys_ = std::move(*keys);
  for (const auto step : {&Server::start_store, &Server::start_media, &Server::start_web, &Server::start_egress}) {
    if (auto done = (this->*step)(); !done) return done;
  }
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (!error) shut_down();
  });
  web_->start();
  if (own_web_) own_web_->start();
  webhooks_->poke();  // what an earlier run left in the outbox
  prune();
  announce();
  return {};
}

std::string Server::own_url() const {
  if (!config_.public_url.empty()) return config_.public_url;
  const bool any = config_.http_address == "0.0.0.0" || config_.http_address == "::";
  return fmt::format("{}://{}:{}", tls_ ? "https" : "http", any ? "localhost" : config_.http_address, web_->port());
}

void Server::announce() {
  fmt::print("Parley is ready at {}\n", own_url());
  if (config_.uses_development_key()) {
    fmt::print(
        "It uses the development key, which everybody knows: set --api-key and --api-secret before others reach it.\n");
  }
  if (config_.open_room) {
    store_->post([this](store::Store& store) {
      store::RoomRecord room{.user_id = config_.api_key, .created_at = net::utc_now()};
      room.updated_at = room.created_at;
      if (!api::insert_with_new_ids(store.rooms(), room, store_rng_)) return;
      fmt::print("Meeting: {}/m/{}\n", own_url(), room.id.value());
      std::fflush(stdout);
    });
  }
  std::fflush(stdout);
}

void Server::prune() {
  store_->post([this](store::Store& store) {
    const UtcTime before = net::utc_now() + -TimeDelta::seconds(int64_t{86400} * config_.retention_days);
    const auto samples = store.samples().prune(before);
    const auto deliveries = store.deliveries().prune(before);
    if (!samples || !deliveries) log_error("old records were not forgotten");
  });
  prune_timer_.expires_after(kPruneInterval);
  prune_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) prune();
  });
}

Snapshot Server::snapshot() const {
  return {.control = plane_->stats(),
          .shards = media_threads_->stats(),
          .webhooks = webhooks_->stats(),
          .egress = egress_->stats(),
          .http_connections = web_->connections(),
          .store_queued = store_->queued(),
          .store_refused = store_->refused(),
          .uptime = net::monotonic_now() - started_at_};
}

void Server::shut_down() {
  log_info("stopping");
  signals_.clear();  // a second signal ends the process at once
  prune_timer_.cancel();
  web_->stop();
  if (own_web_) own_web_->stop();
  egress_->stop();
  workers_->close_all();
  webhooks_->stop();
  control_->call([](ControlPlane& plane, room::Moment) { plane.shut_down(kRetryAfter); });
  shutdown_until_ = std::chrono::steady_clock::now() + kShutdownTime;
  wait_for_sockets();
}

void Server::wait_for_sockets() {
  if ((plane_->stats().sockets == 0 && workers_->running() == 0) ||
      std::chrono::steady_clock::now() >= shutdown_until_) {
    io_.stop();
    return;
  }
  shutdown_timer_.expires_after(std::chrono::milliseconds(20));
  shutdown_timer_.async_wait([this](boost::system::error_code) { wait_for_sockets(); });
}

void Server::finish() {
  media_threads_.reset();
  store_->post([](store::Store& store) {
    if (auto closed = close_open_sessions(store, net::utc_now()); !closed) {
      log_error("sessions were not closed: {}", closed.error().message);
    }
  });
  store_->drain();
}

}  // namespace

int serve(const Config& config) {
  set_log_level(config.log_level);
  google::protobuf::SetLogHandler(nullptr);  // it would write a line for each hostile message; we count them
  Server server(config);
  if (auto started = server.start(); !started) return fail(started.error());
  server.run();
  server.finish();
  return 0;
}

}  // namespace parley::server
