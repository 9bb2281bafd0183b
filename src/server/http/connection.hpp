#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "server/http/web_server.hpp"

namespace parley::server {

/// Serves one TCP connection to its end: TLS if the server has it, requests, and a WebSocket if one is asked for.
boost::asio::awaitable<void> serve_connection(std::shared_ptr<WebServer::State> state,
                                              boost::asio::ip::tcp::socket socket);

}  // namespace parley::server
