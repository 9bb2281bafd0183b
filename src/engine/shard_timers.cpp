#include <algorithm>
#include <span>
#include <utility>

#include "engine/shard_state.hpp"

namespace parley::engine {

// --- the tables ------------------------------------------------------------------------------------------------------

Publication* Shard::State::find_publication(TrackId track) {
  const auto found = publications.find(track);
  return found == publications.end() ? nullptr : found->second.get();
}

Publication* Shard::State::open_publication(TrackId track, ShardIndex home, Timestamp now) {
  if (Publication* known = find_publication(track)) return known;
  if (publications.size() >= config.limits.tracks) return nullptr;
  Publication& opened = *publications.emplace(track, std::make_unique<Publication>(track, home)).first->second;
  opened.unused_since = now;
  opened.slot = take_slot();
  slots[opened.slot].publication = &opened;
  if (sweep_at.is_never()) sweep_at = now + kSweepInterval;
  return &opened;
}

uint32_t Shard::State::take_slot() {
  if (free_slots.empty()) {
    slots.emplace_back();
    return static_cast<uint32_t>(slots.size() - 1);
  }
  const uint32_t slot = free_slots.back();
  free_slots.pop_back();
  return slot;
}

void Shard::State::touch(Peer& peer) {
  if (std::exchange(peer.touched, true)) return;
  touched.push_back(&peer);
}

// --- deadlines -------------------------------------------------------------------------------------------------------

Timestamp Shard::State::next_deadline() const { return std::min({deadlines.earliest(), speech_at, sweep_at}); }

void Shard::State::set_deadline(Peer& peer, Timestamp not_before) {
  const Timestamp next = std::min({peer.connection.next_deadline(), peer.allocate_at, peer.report_at});
  deadlines.set(peer.slot, std::max(next, not_before));
}

void Shard::State::set_deadline(Publication& publication, Timestamp not_before) {
  Timestamp next = std::min({publication.renew_at, publication.demand_check_at, publication.demand.next_deadline()});
  if (publication.flowing) next = std::min(next, publication.media->next_deadline());
  deadlines.set(publication.slot, std::max(next, not_before));
}

// The end of every call: what it touched gets its new deadline, and what is due is done.
void Shard::State::finish(Timestamp now, Output& out) {
  for (Peer* peer : touched) {
    peer->touched = false;
    set_deadline(*peer);
  }
  touched.clear();
  run_due(now, out);
}

void Shard::State::run_due(Timestamp now, Output& out) {
  while (deadlines.earliest() <= now) {
    const Slot slot = slots[deadlines.earliest_slot()];
    if (slot.peer != nullptr) on_deadline(*slot.peer, now, out);
    if (slot.publication != nullptr) on_deadline(*slot.publication, now, out);
  }
  if (now >= speech_at) report_speech(now, out);
  if (now >= sweep_at) sweep(now);
}

void Shard::State::on_deadline(Peer& peer, Timestamp now, Output& out) {
  if (peer.connection.reports_due(now)) {
    for (const auto& line : peer.send_lines) {
      if (!line || !line->subscription().bound()) continue;
      const auto report = line->subscription().sender_report(*line->publication()->media, now);
      if (report) peer.connection.set_clock(line->line(), {report->captured, report->rtp_timestamp});
    }
  }
  if (now >= peer.connection.next_deadline()) {
    transport::Output connection_out{out.datagrams, facts};
    peer.connection.on_deadline(now, connection_out);
    act(peer, now, out);
  }
  if (now >= peer.allocate_at) allocate(peer, now, out);
  if (now >= peer.report_at) report(peer, now, out);
  set_deadline(peer, now + kMinDelay);
}

void Shard::State::on_deadline(Publication& publication, Timestamp now, Output& out) {
  if (now >= publication.renew_at) request_relay(publication, now, out);
  update_demand(publication, now, out);
  request_key_frames(publication, now, out);
  set_deadline(publication, now + kMinDelay);
}

// --- bandwidth -------------------------------------------------------------------------------------------------------

void Shard::State::allocate(Peer& peer, Timestamp now, Output& out) {
  peer.allocate_at = Timestamp::never();
  if (peer.connection.state() == transport::ConnectionState::Checking) return;  // Connected sets it again
  allocation_items.clear();
  allocation_lines.clear();
  for (const auto& line : peer.send_lines) {
    if (!line || line->publication() == nullptr) continue;
    allocation_lines.push_back(line.get());
    allocation_items.push_back(line->allocation_item(now));
    if (line->kind() == rtp::MediaKind::Video) peer.allocate_at = now + kAllocationInterval;
  }
  sfu::allocate(peer.connection.send_estimate(now), allocation_items, now,
                {.may_try = peer.connection.send_path_may_carry_more(now)});
  for (size_t i = 0; i < allocation_lines.size(); ++i) {
    SendLine& line = *allocation_lines[i];
    line.take_allocation(allocation_items[i], now);
    Publication& publication = *line.publication();
    if (publication.flowing) {
      if (const auto layer = line.subscription().wanted_keyframe()) publication.media->request_keyframe(*layer, now);
      request_key_frames(publication, now, out);
    }
    update_demand(publication, now, out);
    if (const auto change = line.take_change()) out.events.emplace_back(*change);
  }
}

void Shard::State::update_demand(Publication& publication, Timestamp now, Output& out) {
  if (publication.kind != rtp::MediaKind::Video) return;
  int8_t wanted = -1;
  for (const SendLine* line : publication.lines) wanted = std::max(wanted, line->wanted_layer());
  for (const ShardIndex shard : publication.relay_to) {
    wanted = std::max(wanted, publication.remote_demand[shard.value()]);
  }
  publication.demand.update(wanted, now);
  const bool at_home = publication.home == config.index;
  const bool first_is_due = now >= publication.demand_check_at;
  if (first_is_due) publication.demand_check_at = Timestamp::never();
  if (publication.demand.current() != publication.told_demand || (first_is_due && !publication.was_announced)) {
    publication.told_demand = publication.demand.current();
    publication.was_announced = true;
    if (at_home) out.events.emplace_back(LayerDemand{publication.id, publication.told_demand});
    if (!at_home && !publication.lines.empty()) request_relay(publication, now, out);
  }
  set_deadline(publication);
}

// --- reports ---------------------------------------------------------------------------------------------------------

void Shard::State::report(Peer& peer, Timestamp now, Output& out) {
  peer.report_at = now + kReportInterval;
  if (peer.connection.state() != transport::ConnectionState::Connected) return;
  const TimeDelta interval = now - std::exchange(peer.reported_at, now);
  line_stats.clear();
  peer.connection.append_stats(line_stats);
  ConnectionReport event{.id = peer.id, .rtt = peer.connection.rtt(), .downlink_loss = peer.connection.send_loss()};
  event.downlink_estimate = peer.connection.send_estimate(now);
  peer.reported_bytes.resize(peer.connection.description().lines.size());
  Peer::Totals totals;
  const auto rate = [&](uint64_t bytes, uint64_t before) {
    return DataSize::bytes(static_cast<int64_t>(bytes - std::min(before, bytes))) / interval;
  };
  for (const transport::LineStats& line : line_stats) {
    event.tracks.push_back({line.line, line.sending, line.codec, line.packets, line.bytes, line.packets_lost,
                            line.jitter_ms,
                            rate(line.bytes, std::exchange(peer.reported_bytes[line.line], line.bytes))});
    (line.sending ? totals.bytes_out : totals.bytes_in) += line.bytes;
    totals.expected += line.packets_expected;
    totals.lost += line.sending ? 0 : line.packets_lost;
  }
  event.uplink = rate(totals.bytes_in, peer.reported.bytes_in);
  event.downlink = rate(totals.bytes_out, peer.reported.bytes_out);
  const uint64_t expected = totals.expected - std::min(peer.reported.expected, totals.expected);
  const uint64_t lost = totals.lost - std::min(peer.reported.lost, totals.lost);
  event.uplink_loss = expected == 0 ? 0 : std::min(1.0, static_cast<double>(lost) / static_cast<double>(expected));
  peer.reported = totals;
  out.events.emplace_back(std::move(event));
}

void Shard::State::report_speech(Timestamp now, Output& out) {
  SpeechReport event;
  for (const auto& [id, publication] : publications) {
    if (!publication->speech || !publication->flowing || !publication->speech->voiced(now)) continue;
    const sfu::SpeechScores scores = publication->speech->scores(now);
    event.items.push_back(
        {id, scores.immediate, scores.medium, scores.long_term, publication->speech->mean_level(now)});
  }
  const bool voice = !event.items.empty();
  speech_at = voice ? now + kSpeechInterval : Timestamp::never();  // the next audio packet starts it again
  // One report without items tells that the last voice has ended.
  if (voice || std::exchange(speech_was_reported, false)) out.events.emplace_back(std::move(event));
  if (voice) speech_was_reported = true;
}

void Shard::State::sweep(Timestamp now) {
  sweep_at = now + kSweepInterval;
  std::erase_if(publications, [&](const auto& entry) {
    const Publication& publication = *entry.second;
    const bool used = publication.publisher != nullptr || !publication.lines.empty();
    if (used || now - publication.unused_since < kUnusedLifetime) return false;
    deadlines.remove(publication.slot);
    slots[publication.slot] = {};
    free_slots.push_back(publication.slot);
    return true;
  });
  for (auto& [id, publication] : publications) {
    Publication& p = *publication;
    FixedVector<ShardIndex, kMaxShards> alive;
    for (const ShardIndex shard : p.relay_to) {
      if (p.wanted_until[shard.value()] > now) alive.push_back(shard);
    }
    p.relay_to = alive;
  }
}

}  // namespace parley::engine
