#include "world.hpp"

#include <algorithm>
#include <utility>

namespace parley::sim {

namespace {

constexpr TimeDelta kStep = TimeDelta::millis(1);

transport::CodecBinding audio_codec() {
  return {.codec = rtp::Codec::Opus, .payload_type = PayloadType(111), .transport_cc = true};
}

transport::CodecBinding video_codec(rtp::Codec codec) {
  const auto base = static_cast<uint8_t>(96 + 2 * static_cast<int>(codec));
  std::string format = codec == rtp::Codec::H264 ? "42e0/1" : codec == rtp::Codec::Vp8 ? "" : "0";
  return {codec, PayloadType(base), PayloadType(static_cast<uint8_t>(base + 1)), std::move(format), true, true};
}

rtp::ExtensionMap extension_map() {
  rtp::ExtensionMap map;
  map.set(rtp::Extension::AudioLevel, 1);
  map.set(rtp::Extension::AbsSendTime, 2);
  map.set(rtp::Extension::TransportSequence, 3);
  map.set(rtp::Extension::Mid, 4);
  map.set(rtp::Extension::Rid, 10);
  map.set(rtp::Extension::RepairedRid, 11);
  map.set(rtp::Extension::DependencyDescriptor, 12);
  return map;
}

}  // namespace

World::World(uint64_t seed, int shard_count)
    : rng_(seed),
      server_identity_(dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng_)),
      client_identity_(dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng_)) {
  for (int i = 0; i < shard_count; ++i) {
    ShardSlot& slot = shards_.emplace_back();
    slot.core = std::make_unique<engine::Shard>(
        engine::Shard::Config{ShardIndex(static_cast<uint8_t>(i)), server_identity_, Rng(rng_.u64())});
  }
}

transport::Description World::describe(const Plan& plan) {
  transport::Description d;
  d.local_ice = {rng_.text(8), rng_.text(24)};
  d.remote_ice = {rng_.text(8), rng_.text(24)};
  d.remote_fingerprints = {{client_identity_->fingerprint().algorithm, client_identity_->fingerprint().digest}};
  if (plan.wrong_fingerprint) d.remote_fingerprints[0].digest[0] ^= 1;
  d.dtls_active = plan.server_is_dtls_client;
  d.extensions = extension_map();
  d.reduced_size_rtcp = plan.reduced_size_rtcp;
  const auto add = [&](rtp::MediaKind kind, transport::Direction direction) {
    transport::Line& line = d.lines.emplace_back();
    line.mid = Mid(std::to_string(d.lines.size() - 1));
    line.kind = kind;
    line.direction = direction;
    const bool video = kind == rtp::MediaKind::Video;
    if (!video) line.codecs.push_back(audio_codec());
    for (const rtp::Codec codec : plan.video_codecs) {
      if (video) line.codecs.push_back(video_codec(codec));
    }
    for (transport::CodecBinding& binding : line.codecs) binding.transport_cc = plan.transport_cc;
    if (direction != transport::Direction::Send) return;
    line.ssrcs = transport::StreamSsrcs{Ssrc(rng_.u32()), std::nullopt};
    if (video) line.ssrcs->rtx = Ssrc(rng_.u32());
  };
  add(rtp::MediaKind::Audio, transport::Direction::Receive);
  add(rtp::MediaKind::Video, transport::Direction::Receive);
  d.lines.back().rids = plan.rids;
  for (int i = 0; i < plan.seats; ++i) {
    add(rtp::MediaKind::Audio, transport::Direction::Send);
    add(rtp::MediaKind::Video, transport::Direction::Send);
  }
  return d;
}

World::Member& World::join(const Plan& plan, const Network& network, int shard) {
  Member& member = *members_.emplace_back(std::make_unique<Member>());
  member.id = ConnectionId(next_connection_++);
  member.shard = ShardIndex(static_cast<uint8_t>(shard));
  member.description = describe(plan);
  const Path address{Path::Protocol::Udp, 0, {IpAddress::v4(0xcb007101), next_port_++}};
  member.client = std::make_unique<Client>(
      Client::Config{member.description, client_identity_, server_identity_->fingerprint(), address}, rng_.u64());
  member.up = std::make_unique<Link>(network.up, rng_.u64());
  member.down = std::make_unique<Link>(network.down, rng_.u64());
  by_path_[address] = &member;
  execute(shard, engine::OpenConnection{member.id, member.description});
  return member;
}

void World::leave(Member& member) {
  execute(member.shard.value(), engine::CloseConnection{member.id});
  member.client->go_silent(true);
}

void World::enable(Member& member) {
  for (const uint8_t line : {kAudioLine, kVideoLine}) {
    execute(member.shard.value(), engine::EnableTrack{{member.id, line}, true});
  }
}

void World::seat(Member& receiver, int seat, const Member& publisher, const engine::Preference& preference) {
  const int shard = receiver.shard.value();
  execute(shard, engine::Subscribe{receiver.id, seat_audio(seat), {publisher.id, kAudioLine}, publisher.shard, {}});
  execute(shard,
          engine::Subscribe{receiver.id, seat_video(seat), {publisher.id, kVideoLine}, publisher.shard, preference});
}

void World::restart_ice(Member& member) {
  member.description.local_ice = {rng_.text(8), rng_.text(24)};
  member.description.remote_ice = {rng_.text(8), rng_.text(24)};
  execute(member.shard.value(), engine::UpdateConnection{member.id, member.description});
  const Path address{Path::Protocol::Udp, 0, {IpAddress::v4(0xcb007201), next_port_++}};
  by_path_[address] = &member;
  member.client->restart_ice(member.description, address);
}

void World::execute(int shard, const engine::Command& command) {
  const auto index = static_cast<size_t>(shard);
  shards_[index].core->execute(command, now_, shards_[index].out);
  flush(index);
}

void World::inject(int shard, const Path& from, Bytes datagram) {
  shards_[static_cast<size_t>(shard)].arrived.push_back({from, {datagram.begin(), datagram.end()}});
}

void World::flush(size_t index) {
  ShardSlot& slot = shards_[index];
  const DatagramBatch::Entry* before = nullptr;
  bool open = false;  // a larger run may go on
  for (const auto& entry : slot.out.datagrams.entries()) {
    const bool joins = open && entry.path == before->path && entry.size <= before->size;
    ++datagrams_;
    gso_messages_ += !joins;
    open = !joins || entry.size == before->size;
    before = &entry;
    const auto to = by_path_.find(entry.path);
    if (to != by_path_.end()) to->second->down->send(entry.path, slot.out.datagrams.bytes(entry), now_);
  }
  slot.out.datagrams.clear();
  for (auto& [to, message] : slot.out.relay) {
    ++relay_messages_;
    if (const auto* batch = std::get_if<std::shared_ptr<const engine::RelayBatch>>(&message)) {
      relayed_packets_ += (*batch)->packets.size();
    }
    shards_[to.value()].mailbox.emplace_back(ShardIndex(static_cast<uint8_t>(index)), std::move(message));
  }
  slot.out.relay.clear();
  slot.events.insert(slot.events.end(), slot.out.events.begin(), slot.out.events.end());
  slot.out.events.clear();
}

void World::serve(size_t index) {
  ShardSlot& slot = shards_[index];
  for (const auto& [from, message] : std::exchange(slot.mailbox, {})) {
    slot.core->on_relay(from, message, now_, slot.out);
    flush(index);
  }
  std::vector<Link::Packet> arrived = std::exchange(slot.arrived, {});
  std::vector<Datagram> batch;
  for (Link::Packet& packet : arrived) batch.push_back({packet.bytes, packet.path});
  if (probe_) probe_(true);
  if (!batch.empty()) slot.core->on_datagrams(batch, now_, slot.out);
  if (probe_) probe_(false);
  if (now_ >= slot.core->next_deadline()) slot.core->on_deadline(now_, slot.out);
  flush(index);
}

void World::step() {
  now_ += kStep;
  Link::Packet packet;
  for (const auto& member : members_) {
    while (member->up->receive(now_, packet)) shards_[member->shard.value()].arrived.push_back(packet);
  }
  for (size_t i = 0; i < shards_.size(); ++i) serve(i);
  for (const auto& member : members_) {
    while (member->down->receive(now_, packet)) {
      // What still flies to an address that the client has left is lost.
      if (packet.path == member->client->address()) member->client->receive(packet.bytes, now_);
    }
    member->client->on_tick(now_);
    for (const auto& datagram : member->client->take_datagrams()) {
      member->up->send(member->client->address(), datagram, now_);
    }
  }
}

void World::run(TimeDelta span) {
  for (const Timestamp end = now_ + span; now_ < end;) step();
}

bool World::run_until(const std::function<bool()>& condition, TimeDelta limit) {
  for (const Timestamp end = now_ + limit; now_ < end;) {
    if (condition()) return true;
    step();
  }
  return condition();
}

engine::ConnectionStateChanged World::state(const Member& member) const {
  engine::ConnectionStateChanged latest{.id = member.id};
  for (const auto& event : events(member.shard.value())) {
    const auto* changed = std::get_if<engine::ConnectionStateChanged>(&event);
    if (changed != nullptr && changed->id == member.id) latest = *changed;
  }
  return latest;
}

}  // namespace parley::sim
