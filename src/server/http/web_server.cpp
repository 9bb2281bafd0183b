#include "server/http/web_server.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "server/http/connection.hpp"
#include "server/http/web_server_state.hpp"

namespace parley::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Out of file descriptors: let some close before trying again.
constexpr auto kAcceptPause = std::chrono::milliseconds(50);

asio::awaitable<void> accept_loop(std::shared_ptr<WebServer::State> state) {
  for (;;) {
    boost::system::error_code error;
    tcp::socket socket = co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (state->stopping || error == asio::error::operation_aborted) co_return;
    if (error) {
      log_warn("accepting a connection: {}", error.message());
      asio::steady_timer pause(state->io, kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    if (state->connections >= state->options.limits.connections) continue;  // closes it
    socket.set_option(tcp::no_delay(true), error);
    asio::co_spawn(state->io, serve_connection(state, std::move(socket)), asio::detached);
  }
}

}  // namespace

std::expected<std::unique_ptr<WebServer>, std::string> WebServer::listen(asio::io_context& io, Options options,
                                                                         asio::ssl::context* tls,
                                                                         Application& application) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return std::unexpected(fmt::format("{} is no IP address.", options.address));
  auto state = std::make_shared<State>(io, options, tls, application);
  const tcp::endpoint endpoint(address, options.port);
  const auto failed = [&](const char* what) {
    return std::unexpected(
        fmt::format("HTTP port {} on {} cannot be {}: {}.", options.port, options.address, what, error.message()));
  };
  if (state->acceptor.open(endpoint.protocol(), error); error) return failed("opened");
  state->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (state->acceptor.bind(endpoint, error); error) return failed("used");
  if (state->acceptor.listen(asio::socket_base::max_listen_connections, error); error) return failed("used");
  return std::unique_ptr<WebServer>(new WebServer(std::move(state)));
}

WebServer::~WebServer() { stop(); }
uint16_t WebServer::port() const { return state_->acceptor.local_endpoint().port(); }
size_t WebServer::connections() const { return state_->connections; }

void WebServer::start() { asio::co_spawn(state_->io, accept_loop(state_), asio::detached); }

void WebServer::stop() {
  state_->stopping = true;
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
}

}  // namespace parley::server
