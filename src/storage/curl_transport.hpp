#pragma once

#include <memory>
#include <string>

#include "storage/http.hpp"

namespace parley::storage {

/// HTTP by libcurl, one connection that is kept open from request to request. Certificates are checked; redirects are
/// not followed (S3's name another region, for which the signature would be wrong).
class CurlTransport final : public HttpTransport {
 public:
  /// `ca_file`: certificates to trust in place of the system's, for a server of one's own; may be empty.
  explicit CurlTransport(const std::string& ca_file = {});
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  std::expected<HttpResponse, std::string> perform(const HttpRequest& request) override;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
  std::string ca_file_;
};

}  // namespace parley::storage
