#pragma once

#include <expected>
#include <optional>
#include <string>

#include <boost/asio/ssl/context.hpp>

namespace parley::server {

/// TLS for the web server from PEM files: 1.2 and up. The error is a sentence that names the file.
std::expected<boost::asio::ssl::context, std::string> make_server_tls(const std::string& cert_file,
                                                                      const std::string& key_file);
/// TLS for webhook deliveries: the system's certificate authorities.
boost::asio::ssl::context make_client_tls();

}  // namespace parley::server
