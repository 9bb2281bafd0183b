#include "bench/meeting.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/check.hpp"
#include "net/socket_address.hpp"
#include "rtp/packet.hpp"
#include "synthetic_media.hpp"

namespace parley::bench {

namespace {

using transport::Direction;
constexpr uint8_t kAudioLine = 0;
constexpr uint8_t kVideoLine = 1;
constexpr IpAddress (*kV4)(uint32_t) = &IpAddress::v4;
constexpr uint32_t kLoopback = 0x7f000001;
// A frame each 33 ms is what the timers see; audio has its 20 ms. With other runs than 6 the bit rate stays.
constexpr TimeDelta kPacketInterval = TimeDelta::micros(33'333 / 6);
constexpr TimeDelta kAudioInterval = TimeDelta::millis(20);
// 0.35 Mbit/s, which an estimate of 1 Mbit/s lets pass with a key frame on top; then faster by 6 % a second, as the
// estimate grows by 8 %.
constexpr TimeDelta kFirstPacketInterval = TimeDelta::micros(27'000);
constexpr double kFasterEachSecond = 0.06;

transport::Description describe(rtp::MediaKind kind, Direction direction, const dtls::Identity& client, Rng& rng) {
  transport::Description d;
  d.local_ice = {rng.text(8), rng.text(24)};
  d.remote_ice = {rng.text(8), rng.text(24)};
  d.remote_fingerprints = {{client.fingerprint().algorithm, client.fingerprint().digest}};
  d.extensions.set(rtp::Extension::AudioLevel, 1);
  d.extensions.set(rtp::Extension::AbsSendTime, 2);
  d.extensions.set(rtp::Extension::TransportSequence, 3);
  d.extensions.set(rtp::Extension::Mid, 4);
  d.reduced_size_rtcp = true;
  for (const rtp::MediaKind each : {rtp::MediaKind::Audio, rtp::MediaKind::Video}) {
    const bool audio = each == rtp::MediaKind::Audio;
    transport::Line& line = d.lines.emplace_back();
    line.mid = Mid(audio ? "0" : "1");
    line.kind = each;
    line.direction = each == kind ? direction : Direction::Inactive;
    if (audio) line.codecs = {{.codec = rtp::Codec::Opus, .payload_type = PayloadType(111), .transport_cc = true}};
    if (!audio) line.codecs = {{rtp::Codec::Vp8, PayloadType(96), PayloadType(97), "", true, true}};
    if (direction == Direction::Send) line.ssrcs = transport::StreamSsrcs{Ssrc(rng.u32()), Ssrc(rng.u32())};
  }
  return d;
}

srtp::MasterKey random_key(srtp::Profile profile, Rng& rng) {
  srtp::MasterKey key{.profile = profile};
  for (size_t i = 0; i < srtp::key_size(profile); ++i) key.key.push_back(static_cast<uint8_t>(rng.u32()));
  for (size_t i = 0; i < srtp::salt_size(profile); ++i) key.salt.push_back(static_cast<uint8_t>(rng.u32()));
  return key;
}

}  // namespace

struct Meeting::Attendee {
  net::FileDescriptor socket;
  std::unique_ptr<sim::Client> client;
  std::vector<srtp::Receiver> naive;  // by naive SFU
  uint64_t sent = 0;
};

struct Meeting::Naive {
  Naive(srtp::Profile profile, Rng& rng) : key(random_key(profile, rng)), publisher(key), sfu(key) {}
  srtp::MasterKey key;
  srtp::Sender publisher;
  NaiveSfu sfu;
  size_t index = 0;
  uint16_t sequence = 0;
  uint32_t frame = 0;
};

Meeting::Meeting(const Config& config)
    : config_(config),
      rng_(1),
      server_identity_(dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng_)),
      client_identity_(dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng_)),
      real_(std::make_unique<RealSfu>(server_identity_)),
      buffer_(65536) {
  for (const auto profile : {srtp::Profile::AeadAes128Gcm, srtp::Profile::Aes128CmSha1_80}) {
    naive_.push_back(std::make_unique<Naive>(profile, rng_));
    naive_.back()->index = naive_.size() - 1;
  }
  for (size_t i = 0; i <= config.subscribers; ++i) add_attendee(i == 0);
  interval_ = config.kind == rtp::MediaKind::Audio ? kAudioInterval : kFirstPacketInterval * config.run;
  thread_ = std::make_unique<SfuThread>(*real_);
}

Meeting::~Meeting() = default;

void Meeting::add_attendee(bool publishes) {
  Attendee& added = *attendees_.emplace_back(std::make_unique<Attendee>());
  auto socket = net::open_bound_socket(SOCK_DGRAM, {kV4(kLoopback), 0});
  PARLEY_CHECK(socket.has_value());
  added.socket = std::move(*socket);
  const SocketAddress address{kV4(kLoopback), net::local_address(added.socket.get()).port};
  const bool audio = config_.kind == rtp::MediaKind::Audio;
  const uint8_t line = audio ? kAudioLine : kVideoLine;
  const ConnectionId id(attendees_.size());
  const auto description =
      describe(config_.kind, publishes ? Direction::Receive : Direction::Send, *client_identity_, rng_);
  added.client = std::make_unique<sim::Client>(
      sim::Client::Config{description, client_identity_, server_identity_->fingerprint(), Path{.remote = address}},
      rng_.u64());
  real_->execute(engine::OpenConnection{id, description}, now_);
  if (publishes) {
    sim::Source::Config source{.codec = rtp::Codec::Opus};
    // The driver sets the pace: a frame with each tick.
    if (!audio) {
      source = {.codec = rtp::Codec::Vp8,
                .fps = 1000,
                .packets_per_frame = {config_.run},
                .packet_size = config_.packet_size};
    }
    added.client->publish(line, source);
    real_->execute(engine::EnableTrack{{id, line}, true}, now_);
    return;
  }
  added.client->watch(line, audio ? rtp::Codec::Opus : rtp::Codec::Vp8);
  real_->execute(engine::Subscribe{id, line, {ConnectionId(1), line}, ShardIndex(0), {}}, now_);
  for (const auto& naive : naive_) {
    const srtp::MasterKey key = random_key(naive->key.profile, rng_);
    naive->sfu.add_subscriber(address, key, rng_.u32());
    added.naive.emplace_back(key);
  }
}

Sfu& Meeting::server(Server which) {
  if (which == Server::Real) return *real_;
  return naive_[which == Server::NaiveGcm ? 0 : 1]->sfu;
}

void Meeting::set_receive_gro(bool gro) {
  const int value = gro ? 1 : 0;
  for (const auto& attendee : attendees_) {
    setsockopt(attendee->socket.get(), SOL_UDP, UDP_GRO, &value, sizeof value);
  }
}

bool Meeting::connect() {
  const auto connected = [](const auto& attendee) { return attendee->client->connected(); };
  for (int i = 0; !std::all_of(attendees_.begin(), attendees_.end(), connected); ++i) {
    if (i == 1000) return false;
    now_ += TimeDelta::millis(10);
    control_turn();
  }
  const bool audio = config_.kind == rtp::MediaKind::Audio;
  const TimeDelta final_interval = audio ? kAudioInterval : kPacketInterval * config_.run;
  constexpr int kSettled = 60;     // frames at full rate, whole at every subscriber
  constexpr int kPatience = 3000;  // frames
  int settled = 0;
  for (int frame = 0; settled < kSettled; ++frame) {
    if (frame == kPatience) return false;
    const Tally before = tally_;
    play_frame(Server::Real);
    const bool whole = tally_.opened - before.opened == tally_.expected - before.expected;
    settled = whole && interval_ <= final_interval ? settled + 1 : 0;
    const double shorter = interval_.seconds_f() * (1 - kFasterEachSecond * interval_.seconds_f());
    interval_ = std::max(final_interval, TimeDelta::micros(static_cast<int64_t>(shorter * 1e6)));
  }
  tally_ = {};
  return true;
}

void Meeting::play_frame(Server which) {
  if (which == Server::Real) return play_real_frame();
  play_naive_frame(which);
}

// --- the real server -------------------------------------------------------------------------------------------------

// The subscribers' and the publisher's own needs (checks, handshakes, feedback, reports), and the server's timers.
void Meeting::control_turn() {
  thread_->set_now(now_);
  thread_->charge_to(SfuThread::Account::Control);
  for (const auto& attendee : attendees_) {
    if (attendee == attendees_.front() && attendee->client->connected()) continue;  // it ticks with its frame
    attendee->client->on_tick(now_);
    send(*attendee, real_->port(), attendee->client->take_datagrams());
  }
  uint64_t sent = 0;
  for (const auto& attendee : attendees_) sent += attendee->sent;
  tally_.timeouts += !thread_->run(sent);
  thread_->charge_to(SfuThread::Account::Other);
  drain(false);
}

void Meeting::play_real_frame() {
  now_ += interval_;
  control_turn();
  Attendee& publisher = *attendees_.front();
  publisher.client->on_tick(now_);
  std::vector<std::vector<uint8_t>> media = publisher.client->take_datagrams();
  std::vector<std::vector<uint8_t>> other;
  std::erase_if(media, [&](auto& datagram) {
    const bool is_media = rtp::is_rtp_or_rtcp(datagram) && !rtp::is_rtcp(datagram);
    if (!is_media) other.push_back(std::move(datagram));
    return !is_media;
  });
  const uint64_t before = sink_packets();
  thread_->charge_to(SfuThread::Account::Media);
  send(publisher, real_->port(), media);
  uint64_t sent = 0;
  for (const auto& attendee : attendees_) sent += attendee->sent;
  tally_.timeouts += !thread_->wait(sent);
  thread_->charge_to(SfuThread::Account::Other);
  drain(false);
  tally_.expected += media.size() * config_.subscribers;
  tally_.opened += sink_packets() - before;
  send(publisher, real_->port(), other);
}

uint64_t Meeting::sink_packets() const {
  const uint8_t line = config_.kind == rtp::MediaKind::Audio ? kAudioLine : kVideoLine;
  uint64_t sum = 0;
  for (size_t i = 1; i < attendees_.size(); ++i) sum += attendees_[i]->client->sink(line).stats().packets;
  return sum;
}

// --- the naive servers -----------------------------------------------------------------------------------------------

void Meeting::play_naive_frame(Server which) {
  drain(false);  // what the real one has sent since
  Naive& naive = *naive_[which == Server::NaiveGcm ? 0 : 1];
  const bool audio = config_.kind == rtp::MediaKind::Audio;
  const uint16_t count = audio ? 1 : config_.run;
  std::vector<std::vector<uint8_t>> media;
  for (uint16_t i = 0; i < count; ++i) {
    rtp::HeaderWriter header(
        {i + 1 == count, PayloadType(audio ? 111 : 96), naive.sequence++, naive.frame * 3000, Ssrc(0x12345678)});
    header.add_u24(2, naive.frame);
    header.add_u16(3, naive.sequence);
    if (audio) header.add_u8(1, 20);
    std::array<uint8_t, rtp::HeaderWriter::kMaxSize> head;
    const size_t head_size = header.finish(head);
    const sim::Stamp stamp{.frame = naive.frame, .index = i, .count = count};
    const auto payload = audio ? sim::make_payload(stamp, {.codec = rtp::Codec::Opus, .size = 80})
                               : sim::make_payload(stamp, {.size = config_.packet_size});
    std::vector<uint8_t>& datagram = media.emplace_back(head_size + payload.size() + srtp::kMaxOverhead);
    datagram.resize(*naive.publisher.protect_rtp(Bytes(head.data(), head_size), payload, datagram));
  }
  ++naive.frame;
  playing_ = &naive;
  const uint64_t before = naive.sfu.counters().received;
  thread_->charge_to(SfuThread::Account::Media);
  Attendee& publisher = *attendees_.front();
  const uint64_t sent = publisher.sent;
  send(publisher, naive.sfu.port(), media);
  publisher.sent = sent;  // counts what the real one gets
  tally_.timeouts += !thread_->wait(before + count);
  thread_->charge_to(SfuThread::Account::Other);
  drain(true);
  tally_.expected += count * config_.subscribers;
}

// --- sockets ---------------------------------------------------------------------------------------------------------

// Runs of equal size go as one GSO message, so that a frame arrives together.
void Meeting::send(Attendee& from, uint16_t port, const std::vector<std::vector<uint8_t>>& datagrams) {
  constexpr size_t kMaxRun = 40;
  sockaddr_storage to;
  const int family = net::socket_family(from.socket.get());
  const socklen_t to_size = net::to_sockaddr({kV4(kLoopback), port}, family, to);
  for (size_t first = 0; first < datagrams.size();) {
    std::array<iovec, kMaxRun> pieces;
    size_t count = 0;
    const size_t size = datagrams[first].size();
    while (first + count < datagrams.size() && count < kMaxRun && datagrams[first + count].size() == size) {
      const auto& each = datagrams[first + count];
      pieces[count++] = {const_cast<uint8_t*>(each.data()), each.size()};
    }
    alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(uint16_t))> control{};
    msghdr message{&to, to_size, pieces.data(), count, control.data(), control.size(), 0};
    cmsghdr* segment = CMSG_FIRSTHDR(&message);
    segment->cmsg_level = SOL_UDP;
    segment->cmsg_type = UDP_SEGMENT;
    segment->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    const auto segment_size = static_cast<uint16_t>(size);
    std::memcpy(CMSG_DATA(segment), &segment_size, sizeof segment_size);
    PARLEY_CHECK(sendmsg(from.socket.get(), &message, 0) >= 0);
    from.sent += count;
    first += count;
  }
}

void Meeting::drain(bool naive) {
  for (const auto& attendee : attendees_) {
    for (;;) {
      alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(int))> control;
      iovec vector{buffer_.data(), buffer_.size()};
      msghdr message{nullptr, 0, &vector, 1, control.data(), control.size(), 0};
      const ssize_t n = recvmsg(attendee->socket.get(), &message, MSG_DONTWAIT);
      if (n < 0) break;
      MutableBytes rest(buffer_.data(), static_cast<size_t>(n));
      size_t segment = rest.size();
      for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        int size = 0;
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) std::memcpy(&size, CMSG_DATA(c), sizeof size);
        if (size > 0) segment = static_cast<size_t>(size);
      }
      while (!rest.empty()) {
        const size_t size = std::min(segment, rest.size());
        take(*attendee, rest.first(size), naive);
        rest = rest.subspan(size);
      }
    }
  }
}

void Meeting::take(Attendee& to, MutableBytes datagram, bool naive) {
  if (!naive || to.naive.empty()) {
    const uint64_t bad = to.client->stats().bad_packets;
    to.client->receive(datagram, now_);
    tally_.bad += to.client->stats().bad_packets - bad;
    return;
  }
  const auto size = to.naive[playing_->index].unprotect_rtp(datagram);
  const auto stamp = size ? sim::find_stamp(datagram.first(*size)) : std::nullopt;
  const bool good = stamp && stamp->frame + 1 == playing_->frame;
  ++(good ? tally_.opened : tally_.bad);
}

}  // namespace parley::bench
