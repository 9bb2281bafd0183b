#include "server/http/https_client.hpp"

#include <algorithm>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "base/address.hpp"

namespace parley::server {

bool is_private(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return is_private(boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()));
  }
  if (address.is_loopback() || address.is_unspecified() || address.is_multicast()) return true;
  if (address.is_v4()) {
    const uint32_t ip = address.to_v4().to_uint();
    const auto in = [&](uint32_t net, int bits) { return (ip >> (32 - bits)) == (net >> (32 - bits)); };
    return in(0x0a000000, 8) || in(0xac100000, 12) || in(0xc0a80000, 16) || in(0xa9fe0000, 16) || in(0x64400000, 10) ||
           in(0x00000000, 8);
  }
  const auto v6 = address.to_v6();
  return v6.is_link_local() || v6.is_site_local() || (v6.to_bytes()[0] & 0xfe) == 0xfc;
}

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Status = std::expected<int, std::string>;
using Endpoints = std::vector<asio::ip::tcp::endpoint>;

/// A receiver should take the event and answer; work belongs after the answer.
constexpr auto kTimeout = std::chrono::seconds(10);
constexpr size_t kMaxAnswer = 64 * 1024;

asio::awaitable<std::expected<Endpoints, std::string>> resolve(const UrlParts& url, bool allow_private) {
  error_code error;
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto found =
      co_await resolver.async_resolve(url.host, url.port, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return std::unexpected(url.host + " cannot be resolved: " + error.message());
  Endpoints out;
  for (const auto& entry : found) {
    if (allow_private || !is_private(entry.endpoint().address())) out.push_back(entry.endpoint());
  }
  if (out.empty()) co_return std::unexpected(url.host + " is in a private network, which this server refuses");
  co_return out;
}

template <class Stream>
asio::awaitable<Status> exchange(Stream& stream, http::request<http::string_body>& request) {
  error_code error;
  co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return std::unexpected("sending failed: " + error.message());
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> answer;
  answer.body_limit(kMaxAnswer);
  co_await http::async_read_header(stream, buffer, answer, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return std::unexpected("no answer: " + error.message());
  const int status = answer.get().result_int();
  // The body is read so that the receiver does not see a reset; what it says does not matter.
  co_await http::async_read(stream, buffer, answer, asio::redirect_error(asio::use_awaitable, error));
  co_return status;
}

http::request<http::string_body> to_http(OutgoingPost post, const UrlParts& url) {
  http::request<http::string_body> request(http::verb::post, url.target, 11);
  request.set(http::field::host, url.host_header);
  request.set(http::field::user_agent, "Parley");
  request.set(http::field::content_type, "application/json");
  for (const auto& [name, value] : post.headers) request.set(name, value);
  request.keep_alive(false);
  request.body() = std::move(post.body);
  request.prepare_payload();
  return request;
}

asio::awaitable<Status> over_tls(asio::ssl::context& tls, beast::tcp_stream stream, const UrlParts& url,
                                 http::request<http::string_body>& request) {
  beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), tls);
  secure.set_verify_callback(asio::ssl::host_name_verification(url.host));
  if (!SSL_set_tlsext_host_name(secure.native_handle(), url.host.c_str())) co_return std::unexpected("no memory");
  error_code error;
  co_await secure.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return std::unexpected("TLS failed: " + error.message());
  co_return co_await exchange(secure, request);
}

}  // namespace

std::expected<UrlParts, std::string> split_url(const std::string& url) {
  UrlParts out;
  out.secure = url.starts_with("https://");
  if (!out.secure && !url.starts_with("http://")) return std::unexpected("not an http URL");
  const std::string rest = url.substr(out.secure ? 8 : 7);
  const size_t end = rest.find_first_of("/?#");
  out.host_header = rest.substr(0, end);
  std::string target = end == std::string::npos ? "/" : rest.substr(end, rest.find('#', end) - end);
  out.target = target.starts_with('/') ? std::move(target) : "/" + target;
  const std::string& authority = out.host_header;
  const size_t bracket = authority.find(']');
  const size_t colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  out.host = authority.substr(0, colon);
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  out.port = colon == std::string::npos ? (out.secure ? "443" : "80") : authority.substr(colon + 1);
  const bool port_ok = !out.port.empty() && out.port.size() <= 5 &&
                       std::ranges::all_of(out.port, [](char c) { return c >= '0' && c <= '9'; });
  if (out.host.empty() || !port_ok) return std::unexpected("the URL has no valid host and port");
  return out;
}

asio::awaitable<Status> post(asio::ssl::context& tls, OutgoingPost request, bool allow_private) {
  const auto url = split_url(request.url);
  if (!url) co_return std::unexpected(url.error());
  const auto endpoints = co_await resolve(*url, allow_private);
  if (!endpoints) co_return std::unexpected(endpoints.error());
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(kTimeout);
  error_code error;
  co_await stream.async_connect(*endpoints, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return std::unexpected("connecting failed: " + error.message());
  auto message = to_http(std::move(request), *url);
  if (url->secure) co_return co_await over_tls(tls, std::move(stream), *url, message);
  co_return co_await exchange(stream, message);
}

}  // namespace parley::server
