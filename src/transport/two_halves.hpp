#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "transport/connection.hpp"
#include "transport/negotiation/test_offer.hpp"
#include "transport/offerer.hpp"

namespace parley::transport::test {

/// A client connection and a server connection that were negotiated with each other, and nothing between them: what one
/// sends the other gets at once, unless the test takes it out.
class TwoHalves {
 public:
  using Packet = std::vector<uint8_t>;
  static constexpr uint8_t kMicrophone = 0;
  static constexpr uint8_t kCamera = 1;
  static constexpr uint8_t kSeatAudio = 2;
  static constexpr uint8_t kSeatVideo = 3;

  struct Options {
    std::vector<std::string> rids{"q", "h", "f"};
    bool server_is_dtls_client = false;
    bool announced = true;  ///< the client knows the SSRCs of its seat
  };
  struct Side {
    std::unique_ptr<Connection> connection;
    DatagramBatch sent;
    std::vector<Fact> facts;
    Path path;  ///< by which it sees the other
    /// Media of the last exchange. The views stay valid until the next one.
    std::vector<ReceivedPacket> received;
    std::vector<std::unique_ptr<Packet>> datagrams;
    uint64_t dropped = 0;

    template <typename T>
    std::vector<T> facts_of() const {
      std::vector<T> found;
      for (const Fact& fact : facts) {
        if (const T* f = std::get_if<T>(&fact)) found.push_back(*f);
      }
      return found;
    }
  };

  TwoHalves() : TwoHalves(Options{}) {}
  explicit TwoHalves(const Options& options) {
    const auto client_identity = dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng);
    const auto server_identity = dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng);
    offerer.emplace(Offerer::Config{.fingerprint = to_transport(*client_identity), .rng = Rng(3)});
    const auto audio = receivable_codecs(rtp::MediaKind::Audio);
    const std::vector<CodecOffer> video{{rtp::Codec::Vp8, ""}};
    offerer->add_send_line({.kind = rtp::MediaKind::Audio, .codecs = audio});
    offerer->add_send_line({.kind = rtp::MediaKind::Video, .codecs = video, .rids = options.rids});
    offerer->add_receive_line(rtp::MediaKind::Audio, audio);
    offerer->add_receive_line(rtp::MediaKind::Video, video);
    context = test::context({{1, Mid("2"), Mid("3")}});
    context.fingerprint = to_transport(*server_identity);
    auto [server_description, client_description] = negotiate();
    server_description.dtls_active = options.server_is_dtls_client;
    client_description.dtls_active = !options.server_is_dtls_client;
    for (Line& line : client_description.lines) {
      if (!options.announced) line.announced_ssrcs.reset();
    }
    server.path = {Path::Protocol::Udp, 0, {IpAddress::v4(0x0a000001), 4000}};
    client.path = {Path::Protocol::Udp, 0, {IpAddress::v4(0xc0000207), 50'000}, IpAddress::v4(0x0a000001)};
    server.connection = std::make_unique<Connection>(Connection::Config{.identity = server_identity},
                                                     std::move(server_description), rng);
    client.connection = std::make_unique<Connection>(
        Connection::Config{.identity = client_identity, .half = Half::Client, .hosts = {{server.path.remote}}},
        std::move(client_description), rng);
  }

  /// A round of offer and answer: the server's description and the client's.
  std::pair<Description, Description> negotiate() {
    auto answer = negotiator.accept(offerer->offer(), context, rng).value();
    Description client_description = offerer->accept(answer.sdp).value();
    return {std::move(answer.description), std::move(client_description)};
  }

  /// Time passes, and what both sides send arrives until neither has anything to say.
  void run(TimeDelta span = TimeDelta::millis(1)) {
    now += span;
    for (Side* side : {&client, &server}) {
      Output out{side->sent, side->facts};
      side->connection->on_deadline(now, out);
    }
    exchange();
  }
  void exchange() {
    for (Side* side : {&client, &server}) side->received.clear(), side->datagrams.clear();
    for (int i = 0; i < 20 && !(client.sent.empty() && server.sent.empty()); ++i) {
      bring(client, server);
      bring(server, client);
    }
  }
  void bring(Side& from, Side& to) {
    std::vector<std::unique_ptr<Packet>> packets;
    for (const auto& entry : from.sent.entries()) {
      const Bytes bytes = from.sent.bytes(entry);
      packets.push_back(std::make_unique<Packet>(bytes.begin(), bytes.end()));
    }
    from.sent.clear();
    for (auto& packet : packets) {
      Output out{to.sent, to.facts};
      const auto received = to.connection->receive(*packet, to.path, now, out);
      if (!received) ++to.dropped;
      if (received && *received) to.received.push_back(**received);
      to.datagrams.push_back(std::move(packet));
    }
  }
  /// To the end of ICE and DTLS; facts are empty afterwards.
  void connect() {
    for (int i = 0; i < 5; ++i) run();
    client.facts.clear();
    server.facts.clear();
  }

  OutgoingPacket packet(uint8_t line, uint16_t sequence_number, uint8_t layer = 0) const {
    const Connection& from = line < kSeatAudio ? *client.connection : *server.connection;
    return {.line = line,
            .layer = layer,
            .payload_type = from.description().lines[line].codecs.at(0).payload_type,
            .sequence_number = sequence_number,
            .timestamp = 9000,
            .payload = payload};
  }

  Rng rng{1};
  std::optional<Offerer> offerer;
  Negotiator negotiator;
  OfferContext context;
  Side client;
  Side server;
  Timestamp now = Timestamp::from_us(1'000'000);
  const Packet payload = Packet(300, 0x11);

 private:
  static Fingerprint to_transport(const dtls::Identity& identity) {
    return {identity.fingerprint().algorithm, identity.fingerprint().digest};
  }
};

}  // namespace parley::transport::test
