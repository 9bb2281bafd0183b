#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley::storage {

struct Header {
  std::string name;  ///< lower case
  std::string value;
};

/// Bytes of a file that are sent without being held in memory.
struct FileRange {
  std::string path;
  uint64_t offset = 0;
  uint64_t size = 0;
};

struct HttpRequest {
  std::string method;
  std::string url;  ///< may hold a signature: never logged
  std::vector<Header> headers;
  std::variant<std::string, FileRange> body;
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;
  std::string body;

  /// Empty if there is no such header.
  std::string_view header(std::string_view name) const {
    for (const Header& each : headers) {
      if (each.name == name) return each.value;
    }
    return {};
  }
};

/// Sends one request and waits for the answer. The port to libcurl, and to tests.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  /// The error says in words why no answer came, without anything secret.
  virtual std::expected<HttpResponse, std::string> perform(const HttpRequest& request) = 0;
};

}  // namespace parley::storage
