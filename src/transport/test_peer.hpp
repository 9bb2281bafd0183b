#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/datagram_batch.hpp"
#include "base/rng.hpp"
#include "dtls/endpoint.hpp"
#include "rtp/packet.hpp"
#include "rtp/rtcp/rtcp.hpp"
#include "srtp/receiver.hpp"
#include "srtp/sender.hpp"
#include "stun/message.hpp"
#include "transport/connection.hpp"

namespace parley::transport {

/// The other end of a connection under test: no network, no time of its own, and it sends whatever a test wants.
class TestPeer {
 public:
  using Packet = std::vector<uint8_t>;

  explicit TestPeer(Description description, uint64_t seed = 1) : description_(std::move(description)), rng_(seed) {
    identity_ = dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng_);
    server_identity_ = dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng_);
    description_.remote_fingerprints = {{identity_->fingerprint().algorithm, identity_->fingerprint().digest}};
    endpoint_.emplace(
        dtls::Endpoint::Config{.identity = identity_,
                               .role = description_.dtls_active ? dtls::Role::Passive : dtls::Role::Active,
                               .remote_fingerprints = {server_identity_->fingerprint()}});
    connection = std::make_unique<Connection>(Connection::Config{.identity = server_identity_}, description_, rng_);
  }

  Packet check(std::string_view password, bool nominate = true) {
    std::array<uint8_t, stun::Writer::kMaxSize> buffer;
    stun::TransactionId id;
    rng_.fill(id);
    stun::Writer writer(buffer, stun::Class::Request, stun::kBinding, id);
    writer.username(description_.local_ice.ufrag + ":peer");
    writer.priority(1);
    writer.ice_controlling(1);
    if (nominate) writer.use_candidate();
    writer.integrity(stun::IntegrityKey(as_bytes(password)));
    const size_t size = *writer.finish();
    return Packet(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
  }
  Packet check() { return check(description_.local_ice.pwd); }

  /// Hands bytes to the connection.
  std::expected<std::optional<ReceivedPacket>, Drop> give(Packet bytes, Timestamp now) {
    given_ = std::move(bytes);
    Output out{sent, facts};
    return connection->receive(given_, path, now, out);
  }
  void tick(Timestamp now) {
    Output out{sent, facts};
    connection->on_deadline(now, out);
  }

  /// ICE and DTLS to the end. `sent` and `facts` are empty afterwards.
  void connect(Timestamp now) {
    give(check(), now);
    endpoint_->start(path, now, batch_);
    for (int flight = 0; flight < 10 && endpoint_->state() != dtls::State::Connected; ++flight) exchange(now);
    exchange(now);
    srtp_out.emplace(endpoint_->srtp_keys()->local);
    srtp_in.emplace(endpoint_->srtp_keys()->remote);
    sent.clear();
    facts.clear();
  }
  void exchange(Timestamp now) {
    std::vector<Packet> to_peer;
    for (const auto& entry : sent.entries()) to_peer.emplace_back(sent.bytes(entry).begin(), sent.bytes(entry).end());
    sent.clear();
    for (const Packet& packet : to_peer) {
      if (dtls::is_dtls(packet)) endpoint_->receive(packet, path, now, batch_);
    }
    std::vector<Packet> to_server;
    for (const auto& e : batch_.entries()) to_server.emplace_back(batch_.bytes(e).begin(), batch_.bytes(e).end());
    batch_.clear();
    for (Packet& packet : to_server) give(std::move(packet), now);
  }
  void close(Timestamp now) {
    endpoint_->close(path, now, batch_);
    exchange(now);
  }

  Packet rtp(const rtp::HeaderWriter& writer, Bytes payload) {
    std::array<uint8_t, rtp::HeaderWriter::kMaxSize> header;
    const size_t size = writer.finish(header);
    Packet packet(size + payload.size() + srtp::kMaxOverhead);
    packet.resize(*srtp_out->protect_rtp(Bytes(header.data(), size), payload, packet));
    return packet;
  }
  template <typename... Messages>
  Packet rtcp(const Messages&... messages) {
    std::array<uint8_t, 1400> buffer;
    ByteWriter writer(buffer);
    (write(writer, messages), ...);
    Packet packet(writer.size() + srtp::kMaxOverhead);
    packet.resize(*srtp_out->protect_rtcp(writer.written(), packet));
    return packet;
  }

  /// All RTCP messages, and all RTP packets, that the connection has sent since the last call of `clear`.
  std::vector<rtp::rtcp::Message> rtcp_sent() {
    std::vector<rtp::rtcp::Message> messages;
    for (Packet& packet : open(true)) {
      rtp::rtcp::Reader reader(packet);
      for (rtp::rtcp::Message message; reader.next(message);) messages.push_back(message);
    }
    return messages;
  }
  std::vector<Packet> rtp_sent() { return open(false); }
  template <typename T>
  std::vector<T> rtcp_sent_of() {
    std::vector<T> found;
    for (const auto& message : rtcp_sent()) {
      if (const T* m = std::get_if<T>(&message)) found.push_back(*m);
    }
    return found;
  }
  template <typename T>
  std::vector<T> facts_of() const {
    std::vector<T> found;
    for (const Fact& fact : facts) {
      if (const T* f = std::get_if<T>(&fact)) found.push_back(*f);
    }
    return found;
  }

  Path path{Path::Protocol::Udp, 0, {IpAddress::v4(0xc0000201), 4000}};
  std::unique_ptr<Connection> connection;
  DatagramBatch sent;
  std::vector<Fact> facts;
  std::optional<srtp::Sender> srtp_out;
  std::optional<srtp::Receiver> srtp_in;

 private:
  // What is in `sent` and of that kind, decrypted; the batch is emptied of all.
  std::vector<Packet> open(bool rtcp) {
    std::vector<Packet> opened;
    for (const auto& entry : sent.entries()) {
      const Bytes bytes = sent.bytes(entry);
      if (!rtp::is_rtp_or_rtcp(bytes) || rtp::is_rtcp(bytes) != rtcp) continue;
      Packet packet(bytes.begin(), bytes.end());
      const auto size = rtcp ? srtp_in->unprotect_rtcp(packet) : srtp_in->unprotect_rtp(packet);
      if (!size) continue;
      packet.resize(*size);
      opened.push_back(std::move(packet));
    }
    sent.clear();
    return opened;
  }

  Description description_;
  Rng rng_;
  std::shared_ptr<const dtls::Identity> identity_;
  std::shared_ptr<const dtls::Identity> server_identity_;
  std::optional<dtls::Endpoint> endpoint_;
  DatagramBatch batch_;
  Packet given_;
};

}  // namespace parley::transport
