#pragma once

#include <boost/asio/thread_pool.hpp>

#include "server/http/web_server.hpp"

namespace parley::server {

/// What the connections of a web server share.
struct WebServer::State {
  State(boost::asio::io_context& context, Options o, boost::asio::ssl::context* t, Application& a)
      : io(context), acceptor(context), options(std::move(o)), tls(t), application(a) {}

  boost::asio::io_context& io;
  boost::asio::ip::tcp::acceptor acceptor;
  const Options options;
  boost::asio::ssl::context* const tls;
  Application& application;
  /// Reads files that are too large to keep: one thread for the disk's sake, one that a stuck read leaves over.
  boost::asio::thread_pool disk{2};
  size_t connections = 0;
  uint64_t last_socket = 0;
  bool stopping = false;
};

}  // namespace parley::server
