#include "server/http/tls.hpp"

#include <fstream>

#include <fmt/format.h>

namespace parley::server {

namespace ssl = boost::asio::ssl;

std::expected<ssl::context, std::string> make_server_tls(const std::string& cert_file, const std::string& key_file) {
  for (const std::string* file : {&cert_file, &key_file}) {
    if (!std::ifstream(*file)) return std::unexpected(fmt::format("The TLS file {} cannot be read.", *file));
  }
  ssl::context context(ssl::context::tls_server);
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                      ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  boost::system::error_code error;
  context.use_certificate_chain_file(cert_file, error);
  if (error) return std::unexpected(fmt::format("{} is no certificate chain in PEM format.", cert_file));
  context.use_private_key_file(key_file, ssl::context::pem, error);
  if (error)
    return std::unexpected(fmt::format("{} is not the private key of that certificate, in PEM format.", key_file));
  return context;
}

ssl::context make_client_tls() {
  ssl::context context(ssl::context::tls_client);
  context.set_default_verify_paths();
  context.set_verify_mode(ssl::verify_peer);
  return context;
}

}  // namespace parley::server
