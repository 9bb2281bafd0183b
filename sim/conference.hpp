#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dtls/identity.hpp"
#include "engine/shard.hpp"
#include "link.hpp"
#include "participant.hpp"
#include "transport/negotiation.hpp"
#include "world.hpp"

namespace parley::sim {

/// A shard and participants on the real client cores, negotiated with as the server does it, in steps of a millisecond
/// of simulated time. Signalling takes no time.
class Conference {
 public:
  explicit Conference(uint64_t seed);

  struct Options {
    int seats = 2;
    std::vector<std::string> rids{"q", "h", "f"};
    std::vector<transport::CodecOffer> video{{rtp::Codec::Vp8, ""}};
    bool repair_audio = false;
    bool tcp = true;
    bool recorder = false;
    bool on_server = false;  ///< runs on the server's own machine
  };
  struct Member {
    ConnectionId id;
    transport::Negotiator negotiator;
    std::vector<transport::SeatLines> seats;
    transport::Description description;  ///< the server's
    std::unique_ptr<Participant> client;
    Network network;
    bool recorder = false;
    std::unique_ptr<Link> up;
    std::unique_ptr<Link> down;
    bool udp_blocked = false;
    struct Opening {
      Timestamp at;
      Path path;
    };
    std::vector<Opening> opening;
    std::vector<uint32_t> streams;  ///< that are open
  };
  Member& join(const Options& options, const Network& network);
  void enable(Member& member);
  void seat(Member& receiver, int seat, const Member& publisher, const engine::Preference& preference = {});
  /// Offers again and carries out what was agreed.
  void negotiate(Member& member);
  void add_seat(Member& member, const std::vector<transport::CodecOffer>& video = {{rtp::Codec::Vp8, ""}});
  /// Another address of the client; what flies to the old one is lost.
  void move(Member& member);
  /// The server process dies, and another one that knows nobody takes its place.
  void restart_server();

  void run(TimeDelta span);
  /// False if `limit` passed first.
  bool run_until(const std::function<bool()>& condition, TimeDelta limit);

  Timestamp now() const { return now_; }
  engine::Shard& shard() { return *shard_; }
  void execute(const engine::Command& command);
  const std::vector<engine::Event>& events() const { return events_; }

 private:
  void step();
  void serve();
  void flush();
  void serve_streams(Member& member);
  void send_up(Member& member);
  void receive_down(Member& member);
  SocketAddress new_address();
  uint32_t server_stream(const Member& member, uint32_t stream) const;

  Timestamp now_ = Timestamp::from_us(1'000'000);
  Rng rng_;
  std::shared_ptr<const dtls::Identity> server_identity_;
  std::shared_ptr<const dtls::Identity> client_identity_;
  std::unique_ptr<engine::Shard> shard_;
  engine::Output out_;
  std::vector<engine::Event> events_;
  std::vector<std::unique_ptr<Member>> members_;
  uint16_t next_port_ = 10'000;
};

}  // namespace parley::sim
