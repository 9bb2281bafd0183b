#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "figures.hpp"
#include "picture_meter.hpp"
#include "sdk/client.hpp"
#include "sdk/server_url.hpp"
#include "sdk/shell/ice_sockets.hpp"
#include "sdk/shell/signal_socket.hpp"
#include "source.hpp"

namespace parley::load {

/// One participant of a load: the SDK's client core on sockets of its own, which sends made-up media and only measures
/// what it receives, so that hundreds fit on one thread. Runs on its io_context's thread.
class Guest {
 public:
  struct Config {
    sdk::ServerUrl url;
    sdk::TlsTrust trust;
    std::string token;
    std::string room;
    std::string id;
    bool publishes = false;  ///< else it receives
    int video_kbps = 1200;
    uint8_t layers = 3;
    bool tcp = false;
    std::shared_ptr<const dtls::Identity> identity;
  };
  /// `out` is shared by the guests of a thread: each call empties it before it returns.
  Guest(boost::asio::io_context& io, Config config, sdk::ClientOutput& out, Tally& tally, uint64_t seed);

  void join(Timestamp now);
  /// Sends what the sources have by now.
  void send_media(Timestamp now);
  void begin_measuring(Timestamp now);
  void end_measuring(Timestamp now);
  void leave(Timestamp now);
  /// Media can flow, or never will.
  bool settled() const { return connected_ || client_.over(); }

 private:
  struct Watched {
    PictureMeter meter;
    bool seen = false;
  };
  void turn(Timestamp now);
  void carry_out(sdk::SessionEvent& event);
  void open_socket(uint32_t number);
  void follow(const sdk::Told& told, Timestamp now);
  void follow_facts(Timestamp now);
  void follow_connection(Timestamp now);
  void receive(const transport::ReceivedPacket& packet, Timestamp now);
  void count_freeze(TimeDelta froze, Timestamp now);
  void count_lines(int sign);
  void send(StreamKind kind, const sim::SourcePacket& packet, bool again, Timestamp now);
  sim::Source* source_of(uint8_t line);
  void set_clocks(Timestamp now);
  void arm(Timestamp now);
  void run_deadline();

  const Config config_;
  Rng rng_;
  sdk::ClientOutput& out_;
  Tally& tally_;
  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  sdk::IceSockets sockets_;
  sdk::Client client_;
  std::unique_ptr<sdk::SignalSocket> signal_;
  uint32_t signal_number_ = 0;
  std::array<std::unique_ptr<sim::Source>, 2> sources_;  // by StreamKind: sound and picture
  int max_layer_ = 2;
  std::vector<sim::SourcePacket> produced_;
  std::map<uint8_t, Watched> pictures_;  // by line
  Timestamp joined_at_;
  Timestamp armed_for_ = Timestamp::never();
  bool connected_ = false;
  bool failed_ = false;
  bool measuring_ = false;
  Timestamp measuring_since_;
};

}  // namespace parley::load
