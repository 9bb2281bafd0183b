#pragma once

#include <string>

namespace parley::ice {

/// One side's a=ice-ufrag and a=ice-pwd (RFC 8839 section 5.4).
struct Credentials {
  std::string ufrag;
  std::string pwd;
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

}  // namespace parley::ice
