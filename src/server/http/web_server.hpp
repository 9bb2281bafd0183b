#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "server/http/application.hpp"

namespace parley::server {

/// Limits of one HTTP connection. Whoever exceeds them is answered or cut off.
struct HttpLimits {
  size_t header = 16 * 1024;    ///< a token of 4 KiB and a browser's own headers, with room
  size_t body = 256 * 1024;     ///< the largest: a room with a thousand allowed ids
  int request_timeout_s = 30;   ///< from a connection's first byte, or the last answer, to a whole request
  int write_timeout_s = 60;     ///< the app's files over a slow mobile link
  size_t connections = 20'000;  ///< each costs some 30 KB; beyond it new ones are closed at once
};

/// HTTP/1.1 and WebSocket listener, with TLS if given a context.
class WebServer {
 public:
  struct Options {
    std::string address;
    uint16_t port = 0;
    HttpLimits limits;
  };
  /// Binds and listens. The error is a sentence that names the port.
  static std::expected<std::unique_ptr<WebServer>, std::string> listen(boost::asio::io_context& io, Options options,
                                                                       boost::asio::ssl::context* tls,
                                                                       Application& application);
  ~WebServer();

  uint16_t port() const;
  void start();
  /// No new connections; those that are idle close.
  void stop();
  /// Open connections, sockets included.
  size_t connections() const;

  struct State;

 private:
  explicit WebServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace parley::server
