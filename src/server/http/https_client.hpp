#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>

namespace parley::server {

struct OutgoingPost {
  std::string url;  ///< http:// or https://
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Sends the request on a connection of its own and returns the status of the answer; the answer's body is dropped.
/// Redirects are not followed. The error says what went wrong, for people.
///
/// `allow_private`: whether the host may be this machine or in a private network (RFC 1918, RFC 4193, link-local).
/// Every address that the name resolves to is checked, and the one that was checked is the one that is connected to.
boost::asio::awaitable<std::expected<int, std::string>> post(boost::asio::ssl::context& tls, OutgoingPost request,
                                                             bool allow_private);

/// This machine, or a network that only its neighbours see.
bool is_private(const boost::asio::ip::address& address);

/// The parts of a URL that a client needs.
struct UrlParts {
  bool secure = false;
  std::string host;  ///< without the brackets of an IPv6 address
  std::string port;
  std::string target;  ///< "/path?query"
  std::string host_header;
};
std::expected<UrlParts, std::string> split_url(const std::string& url);

}  // namespace parley::server
