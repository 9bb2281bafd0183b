#include <algorithm>
#include <utility>

#include "engine/shard_state.hpp"

namespace parley::engine {

void Shard::State::execute(const OpenConnection& command, Timestamp now, Output& out) {
  if (peers.find(command.id) != nullptr) return execute(UpdateConnection{command.id, command.description}, now, out);
  if (peers.size() >= config.limits.connections) {
    out.events.emplace_back(ConnectionStateChanged{command.id, ConnectionState::Failed, "this media shard is full"});
    return;
  }
  const transport::Connection::Config connection{.identity = config.identity, .silence_limit = kDisconnectedAfter};
  Peer& peer = peers.insert(std::make_unique<Peer>(command.id, connection, command.description, config.rng));
  peer.slot = take_slot();
  slots[peer.slot].peer = &peer;
  peer.recorder = command.recorder;
  peer.report_at = now + kReportInterval;
  peer.reported_at = now;
  if (sweep_at.is_never()) sweep_at = now + kSweepInterval;
  follow_description(peer, now, out);
}

void Shard::State::execute(const UpdateConnection& command, Timestamp now, Output& out) {
  Peer* peer = peers.find(command.id);
  if (peer == nullptr) return;
  peer->connection.update(command.description);
  peers.update_ufrag(*peer);
  follow_description(*peer, now, out);
}

// Makes publications and send lines what the description says.
void Shard::State::follow_description(Peer& peer, Timestamp now, Output& out) {
  const std::vector<transport::Line>& lines = peer.connection.description().lines;
  peer.extensions = std::make_shared<const rtp::ExtensionMap>(peer.connection.description().extensions);
  peer.publications.resize(std::max(peer.publications.size(), lines.size()));
  for (size_t i = 0; i < peer.publications.size(); ++i) {
    Publication*& publication = peer.publications[i];
    const bool receives = i < lines.size() && lines[i].direction == transport::Direction::Receive;
    if (publication != nullptr && !receives) unpublish(*std::exchange(publication, nullptr), now, out);
    if (receives) publish(peer, static_cast<uint8_t>(i), lines[i], now);
  }
  for (size_t i = 0; i < peer.send_lines.size(); ++i) {
    SendLine* line = peer.send_lines[i].get();
    if (line == nullptr) continue;
    if (i < lines.size() && line->continues(lines[i])) {
      if (line->publication() != nullptr && line->publication()->flowing) line->start(now);
    } else {
      close_line(peer, static_cast<uint8_t>(i), now, out);
    }
  }
  set_deadline(peer);
}

void Shard::State::publish(Peer& peer, uint8_t line, const transport::Line& description, Timestamp now) {
  Publication* publication = open_publication({peer.id, line}, config.index, now);
  if (publication == nullptr) return;  // full: the line's packets are dropped as of an unknown stream
  // sfu tracks have as many layers as anybody sends; what an offer has beyond them is dropped by the track.
  const auto layer_count = static_cast<uint8_t>(std::clamp<size_t>(description.rids.size(), 1, sfu::kMaxSpatialLayers));
  const bool changed = publication->kind != description.kind || publication->layer_count != layer_count;
  if (publication->flowing && changed) end_flow(*publication);
  publication->kind = description.kind;
  publication->layer_count = layer_count;
  publication->publisher = &peer;
  if (description.kind == rtp::MediaKind::Audio && !publication->speech) {
    publication->speech = std::make_unique<sfu::SpeechActivity>();
  }
  peer.publications[line] = publication;
}

void Shard::State::unpublish(Publication& publication, Timestamp now, Output& out) {
  std::erase(busy, &publication);
  end_flow(publication);
  tell_end(publication, out);
  for (SendLine* line : publication.lines) {
    if (const auto change = line->take_change()) out.events.emplace_back(*change);
  }
  publication.publisher = nullptr;
  publication.enabled = false;
  publication.media.reset();
  publication.speech.reset();
  publication.unused_since = now;
  set_deadline(publication);
}

void Shard::State::execute(const CloseConnection& command, Timestamp now, Output& out) {
  std::unique_ptr<Peer> peer = peers.remove(command.id);
  if (!peer) return;
  peer->connection.close(now, out.datagrams);
  for (const Path& path : peer->paths) {
    if (path.protocol == Path::Protocol::Tcp) out.closed_streams.push_back(path.stream);
  }
  for (size_t line = 0; line < peer->send_lines.size(); ++line) close_line(*peer, static_cast<uint8_t>(line), now, out);
  for (Publication* publication : peer->publications) {
    if (publication != nullptr) unpublish(*publication, now, out);
  }
  std::erase(touched, peer.get());
  deadlines.remove(peer->slot);
  slots[peer->slot] = {};
  free_slots.push_back(peer->slot);
}

void Shard::State::execute(const EnableTrack& command, Timestamp now, Output& out) {
  Publication* publication = open_publication(command.track, config.index, now);
  if (publication == nullptr || publication->enabled == command.enabled) return;
  publication->enabled = command.enabled;
  if (command.enabled) return;
  end_flow(*publication);
  tell_end(*publication, out);
  for (SendLine* line : publication->lines) {
    if (const auto change = line->take_change()) out.events.emplace_back(*change);
  }
}

void Shard::State::execute(const Subscribe& command, Timestamp now, Output& out) {
  Peer* peer = peers.find(command.receiver);
  if (peer == nullptr) return;
  SendLine* line = open_line(*peer, command.line);
  Publication* publication = open_publication(command.source, command.source_shard, now);
  if (line == nullptr || publication == nullptr) return;
  line->set_preference(command.preference);
  if (line->publication() != publication) {
    leave(*line, now, out);
    if (stats.subscriptions >= config.limits.subscriptions) return;
    ++stats.subscriptions;
    line->attach(*publication, now);
    if (publication->home != config.index && publication->lines.size() == 1) request_relay(*publication, now, out);
  }
  peer->allocate_at = now;
  set_deadline(*peer);
}

void Shard::State::execute(const Unsubscribe& command, Timestamp now, Output& out) {
  if (SendLine* line = find_line(command.receiver, command.line)) leave(*line, now, out);
}

// The line keeps its SSRC and counters: what is put on it next goes on from there.
void Shard::State::leave(SendLine& line, Timestamp now, Output& out) {
  Publication* publication = line.publication();
  if (publication == nullptr) return;
  line.detach();
  --stats.subscriptions;
  line.receiver().allocate_at = now;
  set_deadline(line.receiver());
  update_demand(*publication, now, out);
  if (!publication->lines.empty()) return;
  publication->unused_since = now;
  if (publication->home != config.index) drop_relay(*publication, out);
}

void Shard::State::close_line(Peer& peer, uint8_t line, Timestamp now, Output& out) {
  if (!peer.send_lines[line]) return;
  leave(*peer.send_lines[line], now, out);
  peer.send_lines[line].reset();
}

void Shard::State::execute(const SetPreference& command, Timestamp now, Output&) {
  SendLine* line = find_line(command.receiver, command.line);
  if (line == nullptr) return;
  line->set_preference(command.preference);
  line->receiver().allocate_at = now;
  set_deadline(line->receiver());
}

SendLine* Shard::State::find_line(ConnectionId receiver, uint8_t line) {
  Peer* peer = peers.find(receiver);
  return peer == nullptr || line >= peer->send_lines.size() ? nullptr : peer->send_lines[line].get();
}

// The line as the description has it now; null if it does not send.
SendLine* Shard::State::open_line(Peer& peer, uint8_t line) {
  const std::vector<transport::Line>& lines = peer.connection.description().lines;
  if (line >= lines.size() || lines[line].direction != transport::Direction::Send) return nullptr;
  if (line >= peer.send_lines.size()) peer.send_lines.resize(line + 1);
  std::unique_ptr<SendLine>& opened = peer.send_lines[line];
  if (!opened) opened = std::make_unique<SendLine>(peer, line, lines[line], config.rng);
  return opened.get();
}

}  // namespace parley::engine
