#include "server/http/connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "api/errors.hpp"
#include "base/log.hpp"
#include "server/http/file_reader.hpp"
#include "server/http/signal_connection.hpp"
#include "server/http/web_server_state.hpp"

namespace parley::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::string_view kSignalPath = "/v1/signal";

struct CountedConnection {
  explicit CountedConnection(WebServer::State& s) : state(s) { ++state.connections; }
  ~CountedConnection() { --state.connections; }
  CountedConnection(const CountedConnection&) = delete;
  WebServer::State& state;
};

api::Request to_request(http::request<http::string_body>& from, bool tls) {
  api::Request request;
  request.method = from.method_string();
  const std::string_view target(from.target().data(), from.target().size());
  api::parse_target(target, request);
  const auto header = [&](http::field field) { return std::string(from[field]); };
  request.authorization = header(http::field::authorization);
  request.range = header(http::field::range);
  request.if_range = header(http::field::if_range);
  request.body = std::move(from.body());
  // Behind a proxy that ends TLS, what the client saw is in X-Forwarded-Proto.
  const std::string forwarded(from["X-Forwarded-Proto"]);
  const bool secure = tls || forwarded == "https";
  request.base_url = (secure ? "https://" : "http://") + header(http::field::host);
  return request;
}

http::response<http::string_body> to_response(api::Response from, const http::request<http::string_body>& request) {
  http::response<http::string_body> response(static_cast<http::status>(from.status), request.version());
  if (!from.body.empty()) response.set(http::field::content_type, from.content_type);
  for (const auto& [name, value] : from.headers) response.set(name, value);
  response.keep_alive(request.keep_alive());
  response.body() = std::move(from.body);
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();  // Content-Length stays
  return response;
}

/// What to answer to a request that cannot be read, or nothing: just close.
std::optional<api::Response> answer_to(const error_code& error) {
  if (error == http::error::body_limit) return api::error_response(413, "The body is too large.");
  if (error == http::error::header_limit) return api::error_response(431, "The headers are too large.");
  if (error == http::error::end_of_stream || error == beast::error::timeout) return std::nullopt;
  if (error.category() == http::make_error_code(http::error::bad_method).category()) {
    return api::error_response(400, "This is not a valid HTTP request.");
  }
  return std::nullopt;
}

template <class Stream>
asio::awaitable<bool> write(Stream& stream, http::response<http::string_body> response, int timeout_s) {
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(timeout_s));
  error_code error;
  co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
  co_return !error && response.keep_alive();
}

/// The headers, then the part of the file piece by piece: a slow reader costs one buffer, and a slow disk no thread
/// that anybody waits for.
template <class Stream>
asio::awaitable<bool> write_file(WebServer::State& state, Stream& stream, api::Response from,
                                 const http::request<http::string_body>& request) {
  const api::FileBody body = *from.file;
  http::response<http::empty_body> head(static_cast<http::status>(from.status), request.version());
  head.set(http::field::content_type, from.content_type);
  for (const auto& [name, value] : from.headers) head.set(name, value);
  head.keep_alive(request.keep_alive());
  head.content_length(body.length);
  const auto timeout = std::chrono::seconds(state.options.limits.write_timeout_s);
  beast::get_lowest_layer(stream).expires_after(timeout);
  error_code error;
  http::response_serializer<http::empty_body> serializer(head);
  co_await http::async_write_header(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return false;
  if (request.method() == http::verb::head) co_return head.keep_alive();
  FileReader reader(state.disk, body.path, body.offset, body.length);
  while (!reader.done()) {
    const auto piece = co_await reader.read();
    if (piece.empty()) co_return false;  // it was cut short: all that can be done is to close
    beast::get_lowest_layer(stream).expires_after(timeout);
    co_await asio::async_write(stream, asio::buffer(piece.data(), piece.size()),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
  }
  co_return head.keep_alive();
}

/// Requests until the connection ends or becomes a WebSocket. True: `upgrade` holds the request for one.
template <class Stream>
asio::awaitable<bool> serve_requests(WebServer::State& state, Stream& stream, beast::flat_buffer& buffer,
                                     http::request<http::string_body>& upgrade) {
  const HttpLimits& limits = state.options.limits;
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.header));
    parser.body_limit(limits.body);
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(limits.request_timeout_s));
    error_code error;
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      if (auto answer = answer_to(error)) {
        http::request<http::string_body> unread;
        unread.version(11);
        unread.keep_alive(false);
        auto refusal = to_response(std::move(*answer), unread);
        co_await write(stream, std::move(refusal), limits.write_timeout_s);
      }
      co_return false;
    }
    http::request<http::string_body> request = parser.release();
    api::Request value = to_request(request, state.tls != nullptr);
    if (beast::websocket::is_upgrade(request) && value.path == kSignalPath) {
      upgrade = std::move(request);
      co_return true;
    }
    api::Response answer = co_await state.application.respond(std::move(value));
    if (state.stopping) request.keep_alive(false);
    if (answer.file) {
      if (!co_await write_file(state, stream, std::move(answer), request)) co_return false;
      continue;
    }
    auto response = to_response(std::move(answer), request);
    if (!co_await write(stream, std::move(response), limits.write_timeout_s)) co_return false;
  }
}

template <class Stream>
asio::awaitable<void> serve_stream(std::shared_ptr<WebServer::State> state, Stream stream) {
  beast::flat_buffer buffer;
  http::request<http::string_body> upgrade;
  if (!co_await serve_requests(*state, stream, buffer, upgrade)) {
    error_code ignored;
    beast::get_lowest_layer(stream).socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_return;
  }
  beast::get_lowest_layer(stream).expires_never();  // the WebSocket has timeouts of its own
  const SocketId id(++state->last_socket);
  co_await serve_signalling(state->application, id, std::move(stream), std::move(upgrade));
}

}  // namespace

asio::awaitable<void> serve_connection(std::shared_ptr<WebServer::State> state, asio::ip::tcp::socket socket) {
  const CountedConnection counted(*state);
  try {
    beast::tcp_stream stream(std::move(socket));
    if (!state->tls) {
      co_await serve_stream(state, std::move(stream));
      co_return;
    }
    stream.expires_after(std::chrono::seconds(state->options.limits.request_timeout_s));
    beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), *state->tls);
    error_code error;
    co_await secure.async_handshake(asio::ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_await serve_stream(state, std::move(secure));
  } catch (const std::exception& error) {
    log_warn("a connection failed: {}", error.what());
  }
}

}  // namespace parley::server
