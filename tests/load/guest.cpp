#include "guest.hpp"

#include <algorithm>
#include <utility>

#include "net/clock.hpp"

namespace parley::load {

namespace {

sdk::Client::Config client_config(const Guest::Config& config, const sdk::IceSockets& sockets) {
  sdk::Client::Config out;
  out.token = config.token;
  out.meeting_id = config.room;
  out.self.id = config.id;
  out.self.displayName = config.id;
  out.self.mode = config.publishes ? Mode::SendAndRecv : Mode::RecvOnly;
  out.self.local = true;
  out.media.identity = config.identity;
  if (!config.tcp) out.media.hosts = sockets.hosts();
  out.platform = "parley-load";
  return out;
}

/// Frames of some packets of equal size each, 30 a second: the highest layer has what was asked for, each one below a
/// quarter of it.
sim::Source::Config camera(const Guest::Config& config) {
  constexpr int kFps = 30;
  constexpr int kMaxPacket = 1100;
  sim::Source::Config out{.codec = rtp::Codec::Vp8, .layers = config.layers, .fps = kFps, .packets_per_frame = {}};
  const int frame = config.video_kbps * 1000 / 8 / kFps;
  const int packets = std::max(1, (frame + kMaxPacket - 1) / kMaxPacket);
  out.packet_size = static_cast<size_t>(frame / packets);
  for (int layer = 0; layer < config.layers; ++layer) {
    out.packets_per_frame.push_back(std::max(1, packets >> 2 * (config.layers - 1 - layer)));
  }
  return out;
}

std::array<uint8_t, 8> capture_time(Timestamp now) {
  std::array<uint8_t, 8> bytes;
  store_be64(bytes.data(), rtp::rtcp::NtpTime::from_us(now.us()).value);
  return bytes;
}

}  // namespace

Guest::Guest(boost::asio::io_context& io, Config config, sdk::ClientOutput& out, Tally& tally, uint64_t seed)
    : config_(std::move(config)),
      rng_(seed),
      out_(out),
      tally_(tally),
      io_(io),
      timer_(io),
      sockets_(io, {.datagrams =
                        [this](std::span<Datagram> datagrams) {
                          const Timestamp now = net::monotonic_now();
                          for (const Datagram& datagram : datagrams) {
                            if (const auto packet = client_.on_datagram(datagram, now)) receive(*packet, now);
                          }
                          turn(now);
                        },
                    .stream_opened =
                        [this](const Path& path) {
                          const Timestamp now = net::monotonic_now();
                          client_.on_stream_opened(path, now);
                          turn(now);
                        },
                    .stream_gone =
                        [this](const Path& path) {
                          const Timestamp now = net::monotonic_now();
                          client_.on_stream_gone(path, now);
                          turn(now);
                        }}),
      client_(client_config(config_, sockets_), rng_, out) {
  ++tally_.clients;
  if (!config_.publishes) return;
  sources_[0] = std::make_unique<sim::Source>(sim::Source::Config{.codec = rtp::Codec::Opus}, rng_);
  sources_[1] = std::make_unique<sim::Source>(camera(config_), rng_);
}

void Guest::join(Timestamp now) {
  joined_at_ = now;
  if (config_.publishes) {
    client_.publish(StreamKind::Audio, {}, now);
    client_.publish(StreamKind::Video, {}, now);
  }
  client_.join(now);
  turn(now);
}

void Guest::leave(Timestamp now) {
  client_.leave(now);
  turn(now);
}

// --- the shell -------------------------------------------------------------------------------------------------------

void Guest::turn(Timestamp now) {
  while (!out_.sockets.empty() || !out_.told.empty() || !out_.facts.empty() || !out_.streams.empty()) {
    sdk::SessionEvents events = std::exchange(out_.sockets, {});
    for (sdk::SessionEvent& event : events) carry_out(event);
    for (const ice::StreamRequest& request : std::exchange(out_.streams, {})) {
      if (request.kind == ice::StreamRequest::Kind::Open) {
        sockets_.open_stream(request.path);
      } else {
        sockets_.close_stream(request.path);
      }
    }
    follow_facts(now);
    for (const sdk::Told& told : std::exchange(out_.told, {})) follow(told, now);
  }
  follow_connection(now);
  sockets_.send(out_.datagrams);
  arm(now);
}

void Guest::carry_out(sdk::SessionEvent& event) {
  if (const auto* open = std::get_if<sdk::OpenSocket>(&event)) {
    open_socket(open->socket);
  } else if (const auto* close = std::get_if<sdk::CloseSocket>(&event)) {
    if (close->socket == signal_number_) signal_.reset();
  } else if (auto* frame = std::get_if<sdk::SendFrame>(&event)) {
    if (frame->socket == signal_number_ && signal_) signal_->send(std::move(frame->frame));
  }
}

void Guest::open_socket(uint32_t number) {
  signal_number_ = number;
  sdk::SignalSocket::Handlers handlers;
  handlers.open = [this, number] {
    const Timestamp now = net::monotonic_now();
    client_.on_socket_open(number, now);
    turn(now);
  };
  handlers.frame = [this, number](Bytes frame) {
    const Timestamp now = net::monotonic_now();
    client_.on_socket_frame(number, frame, now);
    turn(now);
  };
  handlers.closed = [this, number](const std::string& why) {
    const Timestamp now = net::monotonic_now();
    client_.on_socket_closed(number, why, now);
    turn(now);
  };
  signal_ = sdk::SignalSocket::connect(io_, config_.url, config_.trust, std::move(handlers));
}

void Guest::follow(const sdk::Told& told, Timestamp now) {
  if (const auto* joined = std::get_if<sdk::JoinFinished>(&told); joined && !joined->result) {
    failed_ = true;
    ++tally_.failures[joined->result.error().message];
  } else if (const auto* over = std::get_if<sdk::MeetingOver>(&told); over && !failed_ && !connected_) {
    failed_ = true;
    ++tally_.failures["left: " + std::to_string(over->reason.code)];
  } else if (const auto* limit = std::get_if<sdk::LayerLimit>(&told); limit && limit->kind == StreamKind::Video) {
    max_layer_ = limit->max_layer;
  } else if (const auto* event = std::get_if<sdk::RoomEvent>(&told)) {
    const auto* enabled = std::get_if<sdk::StreamEnabled>(event);
    if (enabled && !config_.publishes) client_.set_handled({enabled->participant.id, enabled->stream.kind}, true, now);
  }
}

void Guest::follow_connection(Timestamp now) {
  if (connected_ || !client_.media_up()) return;
  connected_ = true;
  ++tally_.connected;
  tally_.joined.add(now - joined_at_);
}

void Guest::arm(Timestamp) {
  const Timestamp next = client_.next_deadline();
  if (next == armed_for_) return;
  armed_for_ = next;
  if (next.is_never()) {
    timer_.cancel();
    return;
  }
  const TimeDelta wait = std::max(TimeDelta::zero(), next - net::monotonic_now());
  timer_.expires_after(std::chrono::microseconds(wait.us()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) run_deadline();
  });
}

void Guest::run_deadline() {
  armed_for_ = Timestamp::never();
  const Timestamp now = net::monotonic_now();
  set_clocks(now);
  client_.on_deadline(now);
  turn(now);
}

// --- sending ---------------------------------------------------------------------------------------------------------

void Guest::send_media(Timestamp now) {
  if (!config_.publishes || !connected_ || client_.over()) return;
  for (const StreamKind kind : {StreamKind::Audio, StreamKind::Video}) {
    produced_.clear();
    sources_[static_cast<size_t>(kind)]->produce(now, produced_);
    for (const sim::SourcePacket& packet : produced_) {
      if (kind == StreamKind::Audio || packet.layer <= max_layer_) send(kind, packet, false, now);
    }
  }
  turn(now);
}

void Guest::send(StreamKind kind, const sim::SourcePacket& packet, bool again, Timestamp now) {
  sdk::MediaSession* media = client_.media();
  if (media == nullptr || media->connection() == nullptr) return;
  const transport::CodecBinding* binding = media->binding(kind, sources_[static_cast<size_t>(kind)]->config().codec);
  if (binding == nullptr) return;
  // Read again by the receiver, in this process: the clock is the same. Not on retransmissions, which the server puts
  // in the place of what it missed without looking.
  const std::array<uint8_t, 8> sent_at = capture_time(now);
  const transport::OutgoingPacket outgoing{.line = sdk::MediaSession::send_line(kind),
                                           .layer = packet.layer,
                                           .payload_type = binding->payload_type,
                                           .marker = packet.marker,
                                           .sequence_number = packet.sequence_number,
                                           .timestamp = packet.timestamp,
                                           .audio_level = packet.audio_level,
                                           .abs_capture_time = again ? Bytes() : Bytes(sent_at),
                                           .payload = packet.payload};
  transport::Connection& connection = *media->connection();
  const bool sent =
      again ? connection.retransmit(outgoing, now, out_.datagrams) : connection.send(outgoing, now, out_.datagrams);
  if (sent && measuring_) ++tally_.packets_sent;
}

sim::Source* Guest::source_of(uint8_t line) { return line < sources_.size() ? sources_[line].get() : nullptr; }

void Guest::follow_facts(Timestamp now) {
  for (const transport::Fact& fact : std::exchange(out_.facts, {})) {
    if (const auto* loss = std::get_if<transport::LossReported>(&fact)) {
      const sim::Source* source = source_of(loss->line);
      if (source == nullptr) continue;
      for (const uint16_t number : loss->lost) {
        const sim::SourcePacket* packet = source->find(loss->layer, number);
        if (packet != nullptr) send(static_cast<StreamKind>(loss->line), *packet, true, now);
      }
    } else if (const auto* wanted = std::get_if<transport::KeyFrameWanted>(&fact)) {
      if (sim::Source* source = source_of(wanted->line)) source->request_key_frame(wanted->layer);
    } else if (const auto* broken = std::get_if<transport::LayerBroken>(&fact)) {
      if (!client_.media() || !client_.media()->connection()) continue;
      client_.media()->connection()->request_key_frame(broken->line, broken->layer, now, out_.datagrams);
    }
  }
}

void Guest::set_clocks(Timestamp now) {
  if (!config_.publishes || !client_.media() || !client_.media()->connection()) return;
  transport::Connection& connection = *client_.media()->connection();
  if (!connection.reports_due(now)) return;
  for (uint8_t line = 0; line < sources_.size(); ++line) {
    for (uint8_t layer = 0; layer < sources_[line]->config().layers; ++layer) {
      connection.set_clock(line, {now, sources_[line]->rtp_time(layer, now)}, layer);
    }
  }
}

// --- receiving -------------------------------------------------------------------------------------------------------

void Guest::receive(const transport::ReceivedPacket& packet, Timestamp now) {
  if (config_.publishes || packet.packet.payload.empty()) return;
  const bool video = rtp::kind(packet.binding->codec) == rtp::MediaKind::Video;
  if (measuring_) {
    ++tally_.packets_received;
    tally_.packets_repaired += packet.repaired;
    tally_.bytes_received += packet.packet.packet.size();
    if (packet.packet.abs_capture_time.size() >= 8) {
      const rtp::rtcp::NtpTime sent{load_be64(packet.packet.abs_capture_time.data())};
      const TimeDelta latency = TimeDelta::micros(now.us() - sent.to_us());
      (video ? tally_.video_latency : tally_.audio_latency).add(latency);
    }
  }
  if (!video || !packet.packet.marker) return;
  Watched& picture = pictures_[packet.line];
  if (!std::exchange(picture.seen, true)) tally_.first_picture.add(now - joined_at_);
  const TimeDelta froze = picture.meter.on_frame(now);
  if (!measuring_) return;
  ++tally_.frames;
  count_freeze(froze, now);
}

void Guest::count_freeze(TimeDelta froze, Timestamp now) {
  if (froze == TimeDelta::zero()) return;
  ++tally_.freezes;
  tally_.frozen += std::min(froze, now - measuring_since_);
}

void Guest::count_lines(int sign) {
  if (config_.publishes || !client_.media() || !client_.media()->connection()) return;
  std::vector<transport::LineStats> lines;
  client_.media()->connection()->append_stats(lines);
  for (const transport::LineStats& line : lines) {
    if (line.sending) continue;
    tally_.packets_expected += static_cast<uint64_t>(sign) * line.packets_expected;
    tally_.packets_lost += static_cast<uint64_t>(sign) * line.packets_lost;
  }
}

void Guest::begin_measuring(Timestamp now) {
  measuring_ = true;
  measuring_since_ = now;
  count_lines(-1);
}

void Guest::end_measuring(Timestamp now) {
  measuring_ = false;
  count_lines(1);
  for (const auto& [line, picture] : pictures_) count_freeze(picture.meter.open_freeze(now), now);
  tally_.watched += (now - measuring_since_) * static_cast<int64_t>(pictures_.size());
}

}  // namespace parley::load
