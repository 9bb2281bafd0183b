#include <algorithm>

#include "engine/shard_state.hpp"

namespace parley::engine {

// --- at home: the publisher's shard
// ------------------------------------------------------------------------------------

void Shard::State::receive(ShardIndex from, const RelayRequest& message, Timestamp now, Output& out) {
  Publication* publication = open_publication(message.track, config.index, now);
  if (publication == nullptr || publication->home != config.index) return;
  publication->unused_since = now;
  const auto known = std::find(publication->relay_to.begin(), publication->relay_to.end(), from);
  const bool was_wanted = known != publication->relay_to.end();
  publication->wanted_until[from.value()] = now + kRelayLifetime;
  publication->remote_demand[from.value()] = message.max_layer;
  if (message.wanted && !was_wanted) publication->relay_to.push_back(from);
  if (!message.wanted && was_wanted) {
    *known = publication->relay_to.back();
    publication->relay_to.pop_back();
  }
  update_demand(*publication, now, out);
}

void Shard::State::receive(ShardIndex, const RelayKeyFrameRequest& message, Timestamp now, Output& out) {
  Publication* publication = find_publication(message.track);
  if (publication == nullptr || !publication->flowing || message.layer >= publication->layer_count) return;
  publication->media->request_keyframe(message.layer, now);
  request_key_frames(*publication, now, out);
  set_deadline(*publication);
}

void Shard::State::tell_end(Publication& publication, Output& out) {
  for (const ShardIndex to : publication.relay_to) out.relay.emplace_back(to, RelayEnd{publication.id});
}

// --- away: a shard with receivers
// ----------------------------------------------------------------------------------------

void Shard::State::request_relay(Publication& replica, Timestamp now, Output& out) {
  const int8_t wanted = replica.flowing ? replica.demand.current() : sfu::LayerPoint::highest().spatial;
  out.relay.emplace_back(replica.home, RelayRequest{replica.id, true, wanted});
  replica.renew_at = now + kRelayRenewal;
  set_deadline(replica);
}

void Shard::State::drop_relay(Publication& replica, Output& out) {
  out.relay.emplace_back(replica.home, RelayRequest{replica.id, false, -1});
  replica.renew_at = Timestamp::never();
  end_flow(replica);
  set_deadline(replica);
}

void Shard::State::receive(ShardIndex, const RelaySenderReport& message, Timestamp, Output&) {
  Publication* replica = find_publication(message.track);
  if (replica == nullptr || !replica->flowing || message.layer >= replica->layer_count) return;
  replica->media->on_sender_report(message.layer, message.rtp_timestamp, message.captured);
}

void Shard::State::receive(ShardIndex, const RelayEnd& message, Timestamp, Output& out) {
  Publication* replica = find_publication(message.track);
  if (replica == nullptr || replica->publisher != nullptr) return;
  end_flow(*replica);
  for (SendLine* line : replica->lines) {
    if (const auto change = line->take_change()) out.events.emplace_back(*change);
  }
}

void Shard::State::receive(ShardIndex from, const std::shared_ptr<const RelayBatch>& batch, Timestamp now,
                           Output& out) {
  size_t first_packet = 0;
  for (const RelayBatch::Run& run : batch->runs) {
    Publication* replica = find_publication(run.track);
    const bool wanted = replica != nullptr && replica->home == from && !replica->lines.empty();
    if (wanted) {
      receive_run(*replica, *batch, run, first_packet, now, out);
    } else {
      out.relay.emplace_back(from, RelayRequest{run.track, false, -1});
    }
    first_packet += run.packet_count;
  }
}

// Like a publisher's packets: parsed once on this shard, then the same path.
void Shard::State::receive_run(Publication& replica, const RelayBatch& batch, const RelayBatch::Run& run,
                               size_t first_packet, Timestamp now, Output& out) {
  replica.kind = rtp::kind(run.codec);
  replica.layer_count = run.layer_count;
  relay_binding.codec = run.codec;
  relay_binding.format = run.format;
  for (size_t i = first_packet; i < first_packet + run.packet_count; ++i) {
    const RelayBatch::Packet& packet = batch.packets[i];
    const auto view = rtp::PacketView::parse(Bytes(batch.bytes).subspan(packet.offset, packet.size), *run.extensions);
    if (!view) continue;
    replica.pending.push_back({.layer = packet.layer, .binding = &relay_binding, .packet = *view});
  }
  forward_pending(replica, now, out);
}

}  // namespace parley::engine
