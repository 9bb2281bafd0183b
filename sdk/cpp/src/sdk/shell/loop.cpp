#include "sdk/shell/loop.hpp"

#include <boost/asio/post.hpp>

#include "base/check.hpp"
#include "base/log.hpp"
#include "net/clock.hpp"

namespace parley::sdk {

namespace asio = boost::asio;

namespace {

/// How long the destructor lets the goodbye take.
constexpr TimeDelta kGoodbye = TimeDelta::millis(250);

}  // namespace

Loop::Loop(Config config, RemoteStreams& streams, Listener listener)
    : config_(std::move(config)), listener_(std::move(listener)), work_(io_.get_executor()), timer_(io_) {
  IceSockets::Handlers handlers;
  handlers.datagrams = [this](std::span<Datagram> datagrams) { on_datagrams(datagrams); };
  handlers.stream_opened = [this](const Path& path) {
    const Timestamp now = net::monotonic_now();
    client_->on_stream_opened(path, now);
    turn(now);
  };
  handlers.stream_gone = [this](const Path& path) {
    const Timestamp now = net::monotonic_now();
    client_->on_stream_gone(path, now);
    turn(now);
  };
  ice_ = std::make_unique<IceSockets>(io_, std::move(handlers));
  config_.client.media.hosts = ice_->hosts();
  config_.client.media.identity = dtls::Identity::generate(net::utc_now(), rng_);
  client_ = std::make_unique<Client>(config_.client, rng_, out_);
  remote_ = std::make_unique<RemoteMedia>(*client_, streams, config_.delivery, config_.decode_threads);
  remote_->set_key_frame_request([this](const StreamId& stream) {
    post([stream](Loop& loop, Timestamp now) { loop.remote_->want_key_frame(stream, now); });
  });
  local_ = std::make_unique<LocalMedia>(*client_, rng_);
  thread_ = std::thread([this] { run(); });
}

Loop::~Loop() {
  PARLEY_CHECK(!is_current());
  post([](Loop& loop, Timestamp now) {
    loop.leaving_ = true;
    loop.client_->leave(now);
    loop.turn(now);
    if (loop.client_->over()) return loop.io_.stop();
    auto timer = std::make_shared<asio::steady_timer>(loop.io_, std::chrono::microseconds(kGoodbye.us()));
    timer->async_wait([&loop, timer](auto) { loop.io_.stop(); });
  });
  thread_.join();
  remote_->stop();  // Their last calls may post here.
}

void Loop::post(Task task) {
  asio::post(io_, [this, task = std::move(task)]() mutable {
    const Timestamp now = net::monotonic_now();
    task(*this, now);
    turn(now);
  });
}

void Loop::run() {
  enter_sdk_thread("parley-network");
  io_.run();
  // What is still asked for is answered: the meeting is over.
  const Timestamp now = net::monotonic_now();
  client_->abandon(now);
  turn(now);
  socket_.reset();
  io_.restart();
  io_.run_for(std::chrono::milliseconds(20));  // A closing socket's last words.
}

/// Carries out what the cores want, until they want nothing more.
void Loop::turn(Timestamp now) {
  while (!out_.sockets.empty() || !out_.told.empty() || !out_.facts.empty() || !out_.streams.empty()) {
    SessionEvents sockets = std::exchange(out_.sockets, {});
    for (SessionEvent& event : sockets) carry_out(event);
    for (const ice::StreamRequest& request : std::exchange(out_.streams, {})) {
      if (request.kind == ice::StreamRequest::Kind::Open) {
        ice_->open_stream(request.path);
      } else {
        ice_->close_stream(request.path);
      }
    }
    follow_facts(now);
    follow_told();
  }
  local_->follow_connection();
  ask_for_key_frames(now);
  ice_->send(out_.datagrams);
  arm_timer(now);
  if (leaving_ && client_->over()) io_.stop();
}

void Loop::carry_out(SessionEvent& event) {
  if (const auto* open = std::get_if<OpenSocket>(&event)) {
    open_socket(open->socket);
  } else if (const auto* close = std::get_if<CloseSocket>(&event)) {
    if (close->socket == socket_number_) socket_.reset();
  } else if (auto* frame = std::get_if<SendFrame>(&event)) {
    if (frame->socket == socket_number_ && socket_) socket_->send(std::move(frame->frame));
  }
}

void Loop::open_socket(uint32_t number) {
  socket_number_ = number;
  SignalSocket::Handlers handlers;
  handlers.open = [this, number] {
    const Timestamp now = net::monotonic_now();
    client_->on_socket_open(number, now);
    turn(now);
  };
  handlers.frame = [this, number](Bytes frame) {
    const Timestamp now = net::monotonic_now();
    client_->on_socket_frame(number, frame, now);
    turn(now);
  };
  handlers.closed = [this, number](const std::string& why) {
    const Timestamp now = net::monotonic_now();
    log_debug("signalling: {}", why);
    client_->on_socket_closed(number, why, now);
    turn(now);
  };
  socket_ = SignalSocket::connect(io_, config_.url, config_.trust, std::move(handlers));
}

void Loop::on_datagrams(std::span<Datagram> datagrams) {
  const Timestamp now = net::monotonic_now();
  for (const Datagram& datagram : datagrams) {
    if (const auto packet = client_->on_datagram(datagram, now)) remote_->receive(*packet, now);
  }
  turn(now);
}

/// What the connection says of single streams.
void Loop::follow_facts(Timestamp now) {
  for (const transport::Fact& fact : std::exchange(out_.facts, {})) {
    if (const auto* report = std::get_if<transport::SourceReport>(&fact)) {
      remote_->receive_report(*report, now);
    } else if (const auto* loss = std::get_if<transport::LossReported>(&fact)) {
      local_->retransmit(*loss, now, out_.datagrams);
    } else if (const auto* wanted = std::get_if<transport::KeyFrameWanted>(&fact)) {
      local_->want_key_frame(wanted->line, wanted->layer);
    }
  }
}

void Loop::follow_told() {
  std::vector<Told> told = std::exchange(out_.told, {});
  if (told.empty()) return;
  for (const Told& one : told) {
    if (std::holds_alternative<MediaReplaced>(one)) {
      remote_->reset();
      local_->reset();
    } else if (const auto* event = std::get_if<RoomEvent>(&one); event && std::holds_alternative<SeatsMoved>(*event)) {
      remote_->on_seats_moved();
    } else if (const auto* limit = std::get_if<LayerLimit>(&one)) {
      local_->limit_layers(limit->kind, limit->max_layer);
    }
  }
  listener_(told, *this);
}

void Loop::ask_for_key_frames(Timestamp now) {
  transport::Connection* connection = client_->media() ? client_->media()->connection() : nullptr;
  for (const uint8_t line : remote_->take_key_frame_wishes()) {
    if (connection) connection->request_key_frame(line, 0, now, out_.datagrams);
  }
}

// ---- time
// ------------------------------------------------------------------------------------------------------------

void Loop::arm_timer(Timestamp now) {
  const Timestamp next = std::min({client_->next_deadline(), remote_->next_deadline(), local_->next_deadline()});
  if (next == armed_for_) return;
  armed_for_ = next;
  if (next.is_never()) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::microseconds(std::max<int64_t>(0, (next - now).us())));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) run_deadlines();
  });
}

void Loop::run_deadlines() {
  armed_for_ = Timestamp::never();
  const Timestamp now = net::monotonic_now();
  local_->on_deadline(now, out_.datagrams);  // Clocks of streams go before the reports that tell them.
  client_->on_deadline(now);
  remote_->on_deadline(now);
  turn(now);
}

}  // namespace parley::sdk
