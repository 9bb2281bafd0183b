#include "conference.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace parley::sim {

namespace {

constexpr TimeDelta kStep = TimeDelta::millis(1);
const SocketAddress kServer{IpAddress::v4(0xc0000201), 50'000};
constexpr uint32_t kStreamsEach = 1000;

std::vector<transport::CodecOffer> audio_codecs(bool repair) {
  auto codecs = transport::receivable_codecs(rtp::MediaKind::Audio);
  codecs[0].repair = repair;
  return codecs;
}

}  // namespace

Conference::Conference(uint64_t seed)
    : rng_(seed),
      server_identity_(dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng_)),
      client_identity_(dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng_)) {
  restart_server();
}

void Conference::restart_server() {
  shard_ = std::make_unique<engine::Shard>(engine::Shard::Config{ShardIndex(0), server_identity_, Rng(rng_.u64())});
}

SocketAddress Conference::new_address() { return {IpAddress::v4(0xcb007100u + next_port_ % 200), next_port_++}; }

Conference::Member& Conference::join(const Options& options, const Network& network) {
  Member& member = *members_.emplace_back(std::make_unique<Member>());
  member.id = ConnectionId(members_.size());
  member.network = network;
  member.recorder = options.recorder;
  member.up = std::make_unique<Link>(network.up, rng_.u64());
  member.down = std::make_unique<Link>(network.down, rng_.u64());
  SocketAddress address = new_address();
  if (options.on_server) address.ip = kServer.ip;
  member.client = std::make_unique<Participant>(
      Participant::Config{.identity = client_identity_, .address = address, .tcp = options.tcp}, rng_.u64());
  transport::Offerer& offerer = member.client->offerer();
  offerer.add_send_line({.kind = rtp::MediaKind::Audio, .codecs = audio_codecs(options.repair_audio)});
  offerer.add_send_line({.kind = rtp::MediaKind::Video, .codecs = options.video, .rids = options.rids});
  for (int i = 0; i < options.seats; ++i) add_seat(member, options.video);
  negotiate(member);
  return member;
}

void Conference::add_seat(Member& member, const std::vector<transport::CodecOffer>& video) {
  transport::Offerer& offerer = member.client->offerer();
  const Mid audio = offerer.mid(offerer.add_receive_line(rtp::MediaKind::Audio, audio_codecs(true)));
  const Mid picture = offerer.mid(offerer.add_receive_line(rtp::MediaKind::Video, video));
  member.seats.push_back({static_cast<uint32_t>(member.seats.size() + 1), audio, picture});
}

void Conference::negotiate(Member& member) {
  const dtls::Fingerprint& fingerprint = server_identity_->fingerprint();
  const transport::OfferContext context{
      .fingerprint = {fingerprint.algorithm, fingerprint.digest},
      .candidates = {{transport::LocalCandidate::Kind::UdpHost, kServer.ip.to_string(), kServer.port},
                     {transport::LocalCandidate::Kind::TcpPassive, kServer.ip.to_string(), kServer.port}},
      .seats = member.seats};
  auto answer = member.negotiator.accept(member.client->offerer().offer(), context, rng_);
  if (!answer) throw std::runtime_error("the server refused: " + answer.error().message);
  const bool first = member.description.lines.empty();
  member.description = answer->description;
  if (first) {
    execute(engine::OpenConnection{member.id, member.description, member.recorder});
  } else {
    execute(engine::UpdateConnection{member.id, member.description});
  }
  std::string error;
  if (!member.client->accept(answer->sdp, error)) throw std::runtime_error("the client refused: " + error);
}

void Conference::move(Member& member) {
  member.client->move(new_address());
  negotiate(member);
}

void Conference::enable(Member& member) {
  for (const uint8_t line : {kAudioLine, kVideoLine}) execute(engine::EnableTrack{{member.id, line}, true});
}

void Conference::seat(Member& receiver, int seat, const Member& publisher, const engine::Preference& preference) {
  execute(engine::Subscribe{receiver.id, seat_audio(seat), {publisher.id, kAudioLine}, ShardIndex(0), {}});
  execute(engine::Subscribe{receiver.id, seat_video(seat), {publisher.id, kVideoLine}, ShardIndex(0), preference});
}

void Conference::execute(const engine::Command& command) {
  shard_->execute(command, now_, out_);
  flush();
}

// --- the network -----------------------------------------------------------------------------------------------------

uint32_t Conference::server_stream(const Member& member, uint32_t stream) const {
  return static_cast<uint32_t>(member.id.value()) * kStreamsEach + stream;
}

void Conference::flush() {
  for (const auto& entry : out_.datagrams.entries()) {
    for (const auto& member : members_) {
      const bool tcp = entry.path.protocol == Path::Protocol::Tcp;
      const bool theirs =
          tcp ? entry.path.stream / kStreamsEach == member->id.value() : entry.path.remote == member->client->address();
      if (!theirs || (!tcp && member->udp_blocked)) continue;
      member->down->send(entry.path, out_.datagrams.bytes(entry), now_);
    }
  }
  out_.datagrams.clear();
  events_.insert(events_.end(), out_.events.begin(), out_.events.end());
  out_.events.clear();
}

void Conference::serve() {
  std::vector<Link::Packet> arrived;
  Link::Packet packet;
  for (const auto& member : members_) {
    while (member->up->receive(now_, packet)) arrived.push_back(packet);
  }
  std::vector<Datagram> batch;
  for (Link::Packet& p : arrived) batch.push_back({p.bytes, p.path});
  if (!batch.empty()) shard_->on_datagrams(batch, now_, out_);
  if (now_ >= shard_->next_deadline()) shard_->on_deadline(now_, out_);
  flush();
}

// A stream opens in one round trip. Its frames go the link's way; what the link loses, TCP would bring a little later.
void Conference::serve_streams(Member& member) {
  for (const ice::StreamRequest& request : member.client->take_stream_requests()) {
    if (request.kind == ice::StreamRequest::Kind::Open) {
      member.opening.push_back({now_ + member.network.up.delay + member.network.down.delay, request.path});
    } else {
      std::erase(member.streams, request.path.stream);
      shard_->on_stream_closed(server_stream(member, request.path.stream), now_, out_);
    }
  }
  std::erase_if(member.opening, [&](const Member::Opening& opening) {
    if (opening.at > now_) return false;
    member.streams.push_back(opening.path.stream);
    member.client->connection().on_stream_opened(opening.path, now_);
    return true;
  });
}

void Conference::send_up(Member& member) {
  for (const Participant::Packet& packet : member.client->take_datagrams()) {
    if (packet.path.protocol == Path::Protocol::Udp) {
      if (!member.udp_blocked) {
        member.up->send({Path::Protocol::Udp, 0, member.client->address(), kServer.ip}, packet.bytes, now_);
      }
    } else if (std::ranges::find(member.streams, packet.path.stream) != member.streams.end()) {
      const uint32_t stream = server_stream(member, packet.path.stream);
      member.up->send({Path::Protocol::Tcp, stream, member.client->address()}, packet.bytes, now_);
    }
  }
}

void Conference::receive_down(Member& member) {
  Link::Packet packet;
  while (member.down->receive(now_, packet)) {
    Path path{packet.path.protocol, 0, kServer};
    if (path.protocol == Path::Protocol::Tcp) {
      path.stream = packet.path.stream % kStreamsEach;
    } else {
      if (packet.path.remote != member.client->address()) continue;  // the client has left it
      path.local = member.client->address().ip;
    }
    member.client->receive(packet.bytes, path, now_);
  }
}

void Conference::step() {
  now_ += kStep;
  serve();
  for (const auto& member : members_) {
    receive_down(*member);
    member->client->on_tick(now_);
    serve_streams(*member);
    send_up(*member);
  }
}

void Conference::run(TimeDelta span) {
  for (const Timestamp end = now_ + span; now_ < end;) step();
}

bool Conference::run_until(const std::function<bool()>& condition, TimeDelta limit) {
  for (const Timestamp end = now_ + limit; now_ < end;) {
    if (condition()) return true;
    step();
  }
  return condition();
}

}  // namespace parley::sim
