#include "engine/shard.hpp"

#include <utility>
#include <variant>

#include "engine/shard_state.hpp"

namespace parley::engine {
namespace {

/// What a recorder on this machine is taken to receive from the start: 25 cameras at 720p, more than it ever asks for.
/// Feeling the way up from a call's usual rate would leave people out of the first seconds of what is recorded.
constexpr DataRate kLocalRate = DataRate::kbps(50'000);

bool is_on_this_machine(const std::optional<Path>& path) {
  return path && (path->remote.ip.is_loopback() || path->remote.ip == path->local);
}

}  // namespace

Shard::Shard(Config config) : state_(std::make_unique<State>(std::move(config))) {}
Shard::~Shard() = default;

void Shard::on_datagrams(std::span<Datagram> batch, Timestamp now, Output& out) {
  state_->on_datagrams(batch, now, out);
}

void Shard::on_stream_closed(uint32_t stream, Timestamp, Output&) { state_->peers.forget_stream(stream); }

void Shard::execute(const Command& command, Timestamp now, Output& out) {
  std::visit([&](const auto& c) { state_->execute(c, now, out); }, command);
  state_->finish(now, out);
}

void Shard::on_relay(ShardIndex from, const RelayMessage& message, Timestamp now, Output& out) {
  if (from.value() >= kMaxShards) return;
  std::visit([&](const auto& m) { state_->receive(from, m, now, out); }, message);
  state_->finish(now, out);
}

void Shard::on_deadline(Timestamp now, Output& out) { state_->finish(now, out); }
Timestamp Shard::next_deadline() const { return state_->next_deadline(); }

const ShardStats& Shard::stats() const {
  state_->stats.connections = static_cast<uint32_t>(state_->peers.size());
  state_->stats.tracks = static_cast<uint32_t>(state_->publications.size());
  return state_->stats;
}

// --- the packet path -------------------------------------------------------------------------------------------------

// All that a shard does with a batch: each datagram to its connection, media grouped by track, each track's packets to
// all that get it, then whatever became due.
void Shard::State::on_datagrams(std::span<Datagram> batch, Timestamp now, Output& out) {
  transport::Output connection_out{out.datagrams, facts};
  for (Datagram& datagram : batch) {
    Peer* peer = peers.find(datagram.data, datagram.path);
    if (peer == nullptr) {
      ++stats.drops.unknown_path;
      continue;
    }
    touch(*peer);
    stats.bytes_received += datagram.data.size();
    const bool is_check = !datagram.data.empty() && datagram.data[0] < 4;  // RFC 7983 section 7
    const auto received = peer->connection.receive(datagram.data, datagram.path, now, connection_out);
    if (!received) count(received.error());
    if (received && *received) queue(*peer, **received);
    if (is_check && peer->connection.is_valid(datagram.path)) peers.learn_path(*peer, datagram.path);
    if (!facts.empty()) act(*peer, now, out);
  }
  for (Publication* publication : busy) forward_pending(*publication, now, out);
  busy.clear();
  relay.take(out.relay);
  finish(now, out);
}

void Shard::State::queue(Peer& peer, const transport::ReceivedPacket& packet) {
  ++stats.packets_received;
  Publication* publication = peer.publications[packet.line];
  if (publication == nullptr) {
    ++stats.drops.unknown_stream;
    return;
  }
  if (!publication->enabled) {
    ++stats.drops.disabled_track;
    return;
  }
  if (publication->pending.empty()) busy.push_back(publication);
  publication->pending.push_back(packet);
}

// Packets are forwarded in runs, so that one receiver's are neighbours in the batch and leave as one GSO message.
void Shard::State::forward_pending(Publication& publication, Timestamp now, Output& out) {
  for (const transport::ReceivedPacket& packet : publication.pending) {
    // What subscriptions read from the track (codec, dependency structure) must be that of the packets in the run.
    constexpr size_t kBareDescriptor = 3;  // AV1 RTP specification, A.8.1: without structure or other extras
    const bool may_change = packet.packet.dependency_descriptor.size() > kBareDescriptor ||
                            packet.binding->codec != publication.codec || publication.run.full();
    if (may_change && !publication.run.empty()) forward_run(publication, now, out);
    if (!accept(publication, packet, now, out)) continue;
    if (!publication.relay_to.empty()) {
      relay.add({publication.relay_to.begin(), publication.relay_to.end()},
                {publication.id, packet.binding->codec, packet.binding->format, publication.layer_count,
                 publication.publisher->extensions},
                packet.layer, packet.packet.packet);
    }
  }
  publication.pending.clear();
  if (!publication.run.empty()) forward_run(publication, now, out);
  request_key_frames(publication, now, out);
  set_deadline(publication);
}

bool Shard::State::accept(Publication& publication, const transport::ReceivedPacket& packet, Timestamp now,
                          Output& out) {
  if (!publication.flowing) begin_flow(publication, packet, now, out);
  if (packet.binding->codec != publication.codec || packet.binding->format != publication.format) {
    change_codec(publication, *packet.binding, now, out);
  }
  const sfu::MediaPacket* media = publication.media->accept(packet.layer, packet.packet, packet.binding->codec, now);
  if (media == nullptr) return false;
  if (publication.speech && packet.packet.audio_level) {
    publication.speech->on_level(*packet.packet.audio_level, now);
    if (speech_at.is_never()) speech_at = now + kSpeechInterval;
  }
  publication.run.push_back({media->layer, media->sequence, media->timestamp, media->payload.size()});
  return true;
}

namespace {

// Encoders cut a frame into about equal packets (libwebrtc's differ by one byte), but a GSO message ends where the size
// changes: a few bytes of padding cost less than another trip through the kernel.
void equalize(std::span<Publication::Accepted> run) {
  for (Publication::Accepted& packet : run) {
    size_t largest = packet.size;
    for (const Publication::Accepted& other : run) {
      const bool same_frame = other.layer == packet.layer && other.timestamp == packet.timestamp;
      const bool near = other.size > largest && other.size - packet.size <= transport::OutgoingPacket::kMaxPadding;
      if (same_frame && near) largest = other.size;
    }
    packet.padding = static_cast<uint8_t>(largest - packet.size);
  }
}

}  // namespace

void Shard::State::forward_run(Publication& publication, Timestamp now, Output& out) {
  if (publication.kind == rtp::MediaKind::Video) equalize({publication.run.begin(), publication.run.end()});
  // With many receivers their state does not fit the caches near the CPU, and each packet would wait for some forty
  // lines of it, pointer after pointer: they are asked for while the receivers before are served.
  const std::vector<SendLine*>& lines = publication.lines;
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t ahead = 1; ahead <= SendLine::kPrefetchSteps && i + ahead < lines.size(); ++ahead) {
      lines[i + ahead]->prefetch(static_cast<int>(ahead));
    }
    if (lines[i]->payload_type()) forward_to(*lines[i], publication, now, out);
  }
  publication.run.clear();
}

void Shard::State::forward_to(SendLine& line, Publication& publication, Timestamp now, Output& out) {
  const sfu::Track& track = *publication.media;
  for (const Publication::Accepted& accepted : publication.run) {
    const sfu::MediaPacket* packet = track.find(accepted.layer, accepted.sequence);
    if (packet == nullptr) continue;
    const std::optional<sfu::ForwardedPacket> forwarded = line.subscription().forward(track, *packet, now);
    if (!forwarded) continue;
    transport::OutgoingPacket outgoing = line.outgoing(*forwarded);
    if (forwarded->payload_size() > 0) outgoing.padding = accepted.padding;
    if (!line.receiver().connection.send(outgoing, now, out.datagrams)) continue;
    ++stats.packets_forwarded;
    stats.bytes_forwarded += forwarded->payload_size();
  }
  if (const auto layer = line.subscription().wanted_keyframe()) publication.media->request_keyframe(*layer, now);
  if (const auto change = line.take_change()) out.events.emplace_back(*change);
}

void Shard::State::begin_flow(Publication& publication, const transport::ReceivedPacket& packet, Timestamp now,
                              Output& out) {
  const bool fits = publication.media && publication.media->kind() == publication.kind &&
                    publication.media->layer_count() == publication.layer_count;
  if (!fits) {
    publication.media = std::make_unique<sfu::Track>(
        sfu::Track::Config{.kind = publication.kind, .layer_count = publication.layer_count});
  }
  publication.flowing = true;
  publication.codec.reset();
  change_codec(publication, *packet.binding, now, out);
}

void Shard::State::change_codec(Publication& publication, const transport::CodecBinding& binding, Timestamp now,
                                Output& out) {
  publication.codec = binding.codec;
  publication.format = binding.format;
  for (SendLine* line : publication.lines) line->start(now);
  for (SendLine* line : publication.lines) set_deadline(line->receiver());
  if (publication.publisher == nullptr) return;
  out.events.emplace_back(TrackStarted{publication.id, binding.codec});
  if (!publication.was_announced) publication.demand_check_at = now + sfu::LayerDemand::kLowerDelay;
}

void Shard::State::end_flow(Publication& publication) {
  publication.flowing = false;
  publication.pending.clear();
  publication.run.clear();
  for (SendLine* line : publication.lines) line->stop();
}

// --- what a connection says ------------------------------------------------------------------------------------------

void Shard::State::act(Peer& peer, Timestamp now, Output& out) {
  for (const transport::Fact& fact : facts) {
    std::visit([&](const auto& f) { act(peer, f, now, out); }, fact);
  }
  facts.clear();
}

void Shard::State::act(Peer& peer, const transport::StateChanged& fact, Timestamp now, Output& out) {
  out.events.emplace_back(ConnectionStateChanged{peer.id, static_cast<ConnectionState>(fact.state), fact.reason});
  if (fact.state == transport::ConnectionState::Connected) {
    peer.allocate_at = now;
    if (peer.recorder && is_on_this_machine(peer.connection.path())) peer.connection.expect_send_rate(kLocalRate);
  }
  if (fact.state != transport::ConnectionState::Failed) return;
  for (const Path& path : peer.paths) {
    if (path.protocol == Path::Protocol::Tcp) out.closed_streams.push_back(path.stream);
  }
}

void Shard::State::act(Peer& peer, const transport::LossReported& fact, Timestamp now, Output& out) {
  SendLine* line = fact.line < peer.send_lines.size() ? peer.send_lines[fact.line].get() : nullptr;
  if (line == nullptr || !line->subscription().bound()) return;
  const sfu::Track& track = *line->publication()->media;
  for (const uint16_t sequence : fact.lost) {
    const auto packet = line->subscription().retransmit(track, sequence, peer.connection.rtt(), now);
    if (packet) peer.connection.retransmit(line->outgoing(*packet), now, out.datagrams);
  }
}

void Shard::State::act(Peer& peer, const transport::KeyFrameWanted& fact, Timestamp now, Output& out) {
  SendLine* line = fact.line < peer.send_lines.size() ? peer.send_lines[fact.line].get() : nullptr;
  if (line == nullptr || !line->subscription().bound()) return;
  Publication& publication = *line->publication();
  publication.media->request_keyframe(line->stream(), now);
  request_key_frames(publication, now, out);
  set_deadline(publication);
}

void Shard::State::act(Peer& peer, const transport::LayerBroken& fact, Timestamp now, Output& out) {
  Publication* publication = peer.publications[fact.line];
  if (publication == nullptr || !publication->flowing || publication->kind != rtp::MediaKind::Video) return;
  if (publication->lines.empty() && publication->relay_to.empty()) return;
  publication->media->request_keyframe(fact.layer, now);
  request_key_frames(*publication, now, out);
  set_deadline(*publication);
}

void Shard::State::act(Peer& peer, const transport::SourceReport& fact, Timestamp now, Output& out) {
  const Timestamp captured = peer.clock.to_server(fact.ntp, now);
  Publication* publication = peer.publications[fact.line];
  if (publication == nullptr || !publication->flowing) return;
  publication->media->on_sender_report(fact.layer, fact.rtp_timestamp, captured);
  for (const ShardIndex to : publication->relay_to) {
    out.relay.emplace_back(to, RelaySenderReport{publication->id, fact.layer, fact.rtp_timestamp, captured});
  }
}

void Shard::State::request_key_frames(Publication& publication, Timestamp now, Output& out) {
  if (!publication.flowing) return;
  for (const uint8_t layer : publication.media->take_keyframe_requests(now)) {
    if (publication.publisher != nullptr) {
      publication.publisher->connection.request_key_frame(publication.id.line, layer, now, out.datagrams);
    } else if (publication.home != config.index) {
      out.relay.emplace_back(publication.home, RelayKeyFrameRequest{publication.id, layer});
    }
  }
}

void Shard::State::count(transport::Drop drop) {
  switch (drop) {
    case transport::Drop::UnknownPath: ++stats.drops.unknown_path; return;
    case transport::Drop::Malformed: ++stats.drops.malformed; return;
    case transport::Drop::BadAuth: ++stats.drops.bad_auth; return;
    case transport::Drop::Replayed: ++stats.drops.replayed; return;
    case transport::Drop::UnknownStream: ++stats.drops.unknown_stream; return;
    case transport::Drop::Early: ++stats.drops.early; return;
  }
}

}  // namespace parley::engine
