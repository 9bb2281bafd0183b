#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "parley/types.hpp"
#include "sdk/client.hpp"
#include "sdk/local_media.hpp"
#include "sdk/remote_media.hpp"
#include "sdk/server_url.hpp"
#include "sdk/shell/ice_sockets.hpp"
#include "sdk/shell/signal_socket.hpp"

namespace parley::sdk {

/// The network thread of a meeting: the client core, its sockets and timers. Everything here but `post` and the
/// constructor runs on that thread.
class Loop {
 public:
  struct Config {
    ServerUrl url;
    TlsTrust trust;
    Client::Config client;
    Delivery delivery = Delivery::Paced;
    int decode_threads = 1;
  };
  using Task = std::move_only_function<void(Loop&, Timestamp)>;
  /// Told on the network thread, at the end of each turn in which something happened.
  using Listener = std::function<void(std::vector<Told>&, Loop&)>;

  Loop(Config config, RemoteStreams& streams, Listener listener);
  /// Leaves, waits a moment for the goodbye to go out, and ends the thread.
  ~Loop();

  /// Any thread.
  void post(Task task);
  bool is_current() const { return std::this_thread::get_id() == thread_.get_id(); }

  Client& client() { return *client_; }
  LocalMedia& local() { return *local_; }
  RemoteMedia& remote() { return *remote_; }
  const IceSockets& sockets() const { return *ice_; }
  DatagramBatch& datagrams() { return out_.datagrams; }

 private:
  void run();
  void turn(Timestamp now);
  void carry_out(SessionEvent& event);
  void open_socket(uint32_t number);
  void on_datagrams(std::span<Datagram> datagrams);
  void follow_facts(Timestamp now);
  void follow_told();
  void ask_for_key_frames(Timestamp now);
  void arm_timer(Timestamp now);
  void run_deadlines();

  Config config_;
  Listener listener_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  Rng rng_ = Rng::system();
  ClientOutput out_;
  std::unique_ptr<IceSockets> ice_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<RemoteMedia> remote_;
  std::unique_ptr<LocalMedia> local_;
  uint32_t socket_number_ = 0;
  std::unique_ptr<SignalSocket> socket_;
  Timestamp armed_for_ = Timestamp::never();
  bool leaving_ = false;
  std::thread thread_;
};

}  // namespace parley::sdk
