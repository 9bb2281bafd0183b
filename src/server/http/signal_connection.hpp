#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "server/http/application.hpp"

namespace parley::server {

/// Accepts the WebSocket that `upgrade` asks for and carries frames to the application until it ends. `Stream` is one
/// of the two below.
template <class Stream>
boost::asio::awaitable<void> serve_signalling(Application& application, SocketId id, Stream stream,
                                              boost::beast::http::request<boost::beast::http::string_body> upgrade);

extern template boost::asio::awaitable<void> serve_signalling(
    Application&, SocketId, boost::beast::tcp_stream, boost::beast::http::request<boost::beast::http::string_body>);
extern template boost::asio::awaitable<void> serve_signalling(
    Application&, SocketId, boost::beast::ssl_stream<boost::beast::tcp_stream>,
    boost::beast::http::request<boost::beast::http::string_body>);

}  // namespace parley::server
