#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "client.hpp"
#include "dtls/identity.hpp"
#include "engine/shard.hpp"
#include "link.hpp"

namespace parley::sim {

/// The lines of a simulated participant: it sends audio and video and has seats for others.
struct Plan {
  int seats = 2;
  std::vector<std::string> rids{"q", "h", "f"};  ///< empty: one stream
  std::vector<rtp::Codec> video_codecs{rtp::Codec::Vp8, rtp::Codec::Vp9, rtp::Codec::H264, rtp::Codec::Av1};
  bool server_is_dtls_client = false;
  bool reduced_size_rtcp = true;
  bool transport_cc = true;  ///< without it nothing tells the server of loss, and bandwidth is out of the picture
  bool wrong_fingerprint = false;
};
inline constexpr uint8_t kAudioLine = 0;
inline constexpr uint8_t kVideoLine = 1;
constexpr uint8_t seat_audio(int seat) { return static_cast<uint8_t>(2 + 2 * seat); }
constexpr uint8_t seat_video(int seat) { return static_cast<uint8_t>(3 + 2 * seat); }

struct Network {
  LinkConfig up;
  LinkConfig down;
};
/// The same both ways.
inline Network symmetric(const LinkConfig& link) { return {link, link}; }

/// Shards, clients and the network between them, in steps of a millisecond of simulated time.
class World {
 public:
  explicit World(uint64_t seed, int shard_count = 1);

  struct Member {
    ConnectionId id;
    ShardIndex shard;
    transport::Description description;
    std::unique_ptr<Client> client;
    std::unique_ptr<Link> up;
    std::unique_ptr<Link> down;
  };
  Member& join(const Plan& plan, const Network& network, int shard = 0);
  void leave(Member& member);
  /// Enables what the member publishes.
  void enable(Member& member);
  /// Puts `publisher` on a seat of `receiver`.
  void seat(Member& receiver, int seat, const Member& publisher, const engine::Preference& preference = {});
  /// New ICE credentials and another address of the client.
  void restart_ice(Member& member);
  void execute(int shard, const engine::Command& command);
  /// Hostile bytes for a shard, from a path of nobody's or of a member's.
  void inject(int shard, const Path& from, Bytes datagram);

  void run(TimeDelta span);
  /// False if `limit` passed first.
  bool run_until(const std::function<bool()>& condition, TimeDelta limit);

  /// Called before (true) and after (false) each `Shard::on_datagrams`, for tests that measure it.
  void set_probe(std::function<void(bool)> probe) { probe_ = std::move(probe); }

  Timestamp now() const { return now_; }
  Rng& rng() { return rng_; }
  engine::Shard& shard(int index = 0) { return *shards_[static_cast<size_t>(index)].core; }
  const std::vector<engine::Event>& events(int shard = 0) const { return shards_[static_cast<size_t>(shard)].events; }
  /// Datagrams that shards sent, and how many messages with UDP GSO (equal size and destination, the last may be
  /// shorter) or without it they make.
  uint64_t datagrams() const { return datagrams_; }
  uint64_t gso_messages() const { return gso_messages_; }
  uint64_t relay_messages() const { return relay_messages_; }
  uint64_t relayed_packets() const { return relayed_packets_; }
  /// Latest state that a shard told of a connection.
  engine::ConnectionStateChanged state(const Member& member) const;
  template <typename T>
  std::vector<T> events_of(int shard = 0) const {
    std::vector<T> found;
    for (const engine::Event& event : events(shard)) {
      if (const T* e = std::get_if<T>(&event)) found.push_back(*e);
    }
    return found;
  }

 private:
  struct ShardSlot {
    std::unique_ptr<engine::Shard> core;
    engine::Output out;
    std::vector<engine::Event> events;
    std::vector<std::pair<ShardIndex, engine::RelayMessage>> mailbox;
    std::vector<Link::Packet> arrived;
  };
  void step();
  void serve(size_t index);
  void flush(size_t index);
  transport::Description describe(const Plan& plan);

  Timestamp now_ = Timestamp::from_us(1'000'000);
  Rng rng_;
  std::shared_ptr<const dtls::Identity> server_identity_;
  std::shared_ptr<const dtls::Identity> client_identity_;
  std::vector<ShardSlot> shards_;
  std::vector<std::unique_ptr<Member>> members_;
  std::unordered_map<Path, Member*> by_path_;
  std::function<void(bool)> probe_;
  uint64_t next_connection_ = 1;
  uint16_t next_port_ = 10'000;
  uint64_t datagrams_ = 0;
  uint64_t gso_messages_ = 0;
  uint64_t relay_messages_ = 0;
  uint64_t relayed_packets_ = 0;
};

}  // namespace parley::sim
