#include "participant.hpp"

#include <algorithm>

namespace parley::sim {

namespace {

constexpr size_t kMaxLines = 256;

transport::Fingerprint to_transport(const dtls::Fingerprint& fingerprint) {
  return {fingerprint.algorithm, fingerprint.digest};
}

}  // namespace

Participant::Participant(const Config& config, uint64_t seed)
    : config_(config),
      rng_(seed),
      offerer_({.fingerprint = to_transport(config.identity->fingerprint()), .rng = rng_.fork()}),
      sources_(kMaxLines),
      sinks_(kMaxLines) {}

bool Participant::accept(const std::string& answer, std::string& error) {
  auto description = offerer_.accept(answer);
  if (!description) {
    error = description.error().message;
    return false;
  }
  if (!config_.tcp) {
    std::erase_if(description->remote_candidates,
                  [](const auto& candidate) { return candidate.protocol == Path::Protocol::Tcp; });
  }
  if (connection_) {
    connection_->update(*std::move(description));
    return true;
  }
  const transport::Connection::Config config{
      .identity = config_.identity, .half = transport::Half::Client, .hosts = {{config_.address}}};
  connection_ = std::make_unique<transport::Connection>(config, *std::move(description), rng_);
  return true;
}

void Participant::move(const SocketAddress& address) {
  config_.address = address;
  connection_->set_hosts({{address}});
  offerer_.restart_ice();
}

Source& Participant::publish(uint8_t line, const Source::Config& source) {
  sources_[line] = std::make_unique<Source>(source, rng_);
  return *sources_[line];
}

Sink& Participant::watch(uint8_t line, rtp::Codec codec) {
  sinks_[line] = std::make_unique<Sink>(codec);
  return *sinks_[line];
}

SeatSink& Participant::watch_seat(uint8_t audio_line, uint8_t video_line, playout::Delivery delivery) {
  return *seats_.emplace_back(Seat{audio_line, video_line, std::make_unique<SeatSink>(delivery)}).sink;
}

std::vector<Participant::Packet> Participant::take_datagrams() {
  std::vector<Packet> packets;
  for (const auto& entry : batch_.entries()) {
    const Bytes bytes = batch_.bytes(entry);
    packets.push_back({entry.path, {bytes.begin(), bytes.end()}});
  }
  batch_.clear();
  return packets;
}

void Participant::receive(Bytes datagram, const Path& from, Timestamp now) {
  std::vector<uint8_t> bytes(datagram.begin(), datagram.end());
  transport::Output out{batch_, facts_};
  const auto received = connection_->receive(bytes, from, now, out);
  if (!received) ++stats_.dropped;
  if (received && *received && sinks_[(*received)->line]) {
    sinks_[(*received)->line]->receive((*received)->packet, (*received)->repaired, now);
  }
  for (const Seat& seat : seats_) {
    if (!received || !*received || !seat.has((*received)->line) || (*received)->binding == nullptr) continue;
    seat.sink->receive((*received)->packet, (*received)->binding->codec, now);
  }
  act(now);
}

void Participant::on_tick(Timestamp now) {
  send_media(now);
  for (size_t line = 0; line < sinks_.size(); ++line) {
    if (!sinks_[line]) continue;
    sinks_[line]->on_tick(now);
    if (sinks_[line]->take_key_frame_wish(now)) {
      connection_->request_key_frame(static_cast<uint8_t>(line), 0, now, batch_);
    }
  }
  for (const Seat& seat : seats_) {
    seat.sink->on_tick(now);
    if (seat.sink->take_key_frame_wish(now)) connection_->request_key_frame(seat.video_line, 0, now, batch_);
  }
  if (now < connection_->next_deadline()) return;
  if (connection_->reports_due(now)) {
    for (size_t line = 0; line < sources_.size(); ++line) {
      for (uint8_t layer = 0; sources_[line] && layer < sources_[line]->config().layers; ++layer) {
        connection_->set_clock(static_cast<uint8_t>(line), {now, sources_[line]->rtp_time(layer, now)}, layer);
      }
    }
  }
  transport::Output out{batch_, facts_};
  connection_->on_deadline(now, out);
  act(now);
}

void Participant::send_media(Timestamp now) {
  if (state() != transport::ConnectionState::Connected) return;
  for (size_t line = 0; line < sources_.size(); ++line) {
    if (!sources_[line]) continue;
    produced_.clear();
    sources_[line]->produce(now, produced_);
    for (const SourcePacket& packet : produced_) send(static_cast<uint8_t>(line), packet, false, now);
  }
}

void Participant::send(uint8_t line, const SourcePacket& packet, bool retransmission, Timestamp now) {
  const transport::Line& description = connection_->description().lines[line];
  const auto binding =
      std::ranges::find(description.codecs, sources_[line]->config().codec, &transport::CodecBinding::codec);
  if (binding == description.codecs.end()) return;
  const transport::OutgoingPacket outgoing{.line = line,
                                           .layer = packet.layer,
                                           .payload_type = binding->payload_type,
                                           .marker = packet.marker,
                                           .sequence_number = packet.sequence_number,
                                           .timestamp = packet.timestamp,
                                           .audio_level = packet.audio_level,
                                           .payload = packet.payload};
  if (retransmission) {
    stats_.retransmitted += connection_->retransmit(outgoing, now, batch_);
  } else {
    connection_->send(outgoing, now, batch_);
  }
}

void Participant::act(Timestamp now) {
  for (const transport::Fact& fact : std::exchange(facts_, {})) {
    std::visit([&](const auto& f) { handle(f, now); }, fact);
  }
}

void Participant::handle(const transport::StateChanged& fact, Timestamp now) {
  stats_.states.push_back(fact);
  if (fact.state == transport::ConnectionState::Connected) stats_.connected_at = std::min(stats_.connected_at, now);
}

void Participant::handle(const transport::LossReported& fact, Timestamp now) {
  if (!sources_[fact.line]) return;
  for (const uint16_t lost : fact.lost) {
    if (const SourcePacket* packet = sources_[fact.line]->find(fact.layer, lost)) send(fact.line, *packet, true, now);
  }
}

void Participant::handle(const transport::KeyFrameWanted& fact, Timestamp) {
  if (!sources_[fact.line]) return;
  ++stats_.key_frames_wanted[fact.layer];
  sources_[fact.line]->request_key_frame(fact.layer);
}

void Participant::handle(const transport::LayerBroken& fact, Timestamp now) {
  ++stats_.broken_layers;
  connection_->request_key_frame(fact.line, fact.layer, now, batch_);
}

void Participant::handle(const transport::SourceReport& fact, Timestamp now) {
  ++stats_.source_reports;
  for (const Seat& seat : seats_) {
    if (!seat.has(fact.line)) continue;
    const bool audio = fact.line == seat.audio_line;
    seat.sink->receive_report(audio ? rtp::MediaKind::Audio : rtp::MediaKind::Video, fact, now);
  }
}

}  // namespace parley::sim
