#pragma once

#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "api/api.hpp"
#include "server/config.hpp"
#include "server/control_loop.hpp"
#include "server/egress_files.hpp"
#include "server/http/application.hpp"
#include "server/http/static_files.hpp"
#include "server/store_thread.hpp"

namespace parley::server {

/// Everything behind the web server: which address leads to what.
class Site final : public Application {
 public:
  struct Parts {
    boost::asio::io_context& io;
    ControlLoop& control;
    StoreThread& store;
    const auth::KeyRing& keys;
    Rng& rng;                              ///< of the store thread
    std::function<std::string()> metrics;  ///< Prometheus text
    std::function<std::string()> health;   ///< JSON
    /// Calls that the live egresses answer.
    std::function<boost::asio::awaitable<api::Response>(api::EgressCall, std::string base_url)> egress;
    EgressFiles& egress_files;
    const api::FileLinks& links;
  };
  Site(Parts parts, const Config& config, std::string web_root, std::string webhook_public_key);

  boost::asio::awaitable<api::Response> respond(api::Request request) override;
  void on_socket_open(SocketId id, SignalSocket& socket) override;
  void on_frame(SocketId id, Bytes frame, bool binary) override;
  void on_socket_closed(SocketId id) override;

 private:
  boost::asio::awaitable<api::Response> call_api(api::Request request);
  boost::asio::awaitable<api::Response> make_app_room(api::Request request);
  boost::asio::awaitable<api::Response> make_app_token(api::Request request);
  std::string app_token(const std::string& room) const;
  api::Response serve_page(const api::Request& request);
  void act(const api::Action& action);

  Parts parts_;
  const Config& config_;
  StaticFiles files_;
  std::string webhook_public_key_;
  std::string content_policy_;
};

}  // namespace parley::server
