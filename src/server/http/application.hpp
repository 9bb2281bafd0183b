#pragma once

#include <functional>

#include <boost/asio/awaitable.hpp>

#include "api/message.hpp"
#include "base/bytes.hpp"
#include "server/ports.hpp"

namespace parley::server {

/// What the web server serves: requests one by one, and signalling sockets. Called on the control thread.
class Application {
 public:
  virtual ~Application() = default;
  virtual boost::asio::awaitable<api::Response> respond(api::Request request) = 0;

  virtual void on_socket_open(SocketId id, SignalSocket& socket) = 0;
  virtual void on_frame(SocketId id, Bytes frame, bool binary) = 0;
  /// `socket` is not used after this.
  virtual void on_socket_closed(SocketId id) = 0;
};

}  // namespace parley::server
