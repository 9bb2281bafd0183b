#pragma once

#include <string>
#include <vector>

#include "api/egress_options.hpp"
#include "api/file_links.hpp"
#include "api/message.hpp"
#include "auth/claims.hpp"
#include "auth/key_ring.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

namespace parley::api {

/// What every call may use.
struct Ports {
  store::Store& store;
  const auth::KeyRing& keys;
  Rng& rng;
  std::string webhook_public_key;  ///< PEM
  const FileLinks& links;
  EgressRules egress_rules;
};

/// A route: what the router goes by, and what the test of the OpenAPI document compares with.
struct RouteName {
  std::string method;
  std::string path;  ///< OpenAPI template: "/v2/rooms/{roomId}"
  friend auto operator<=>(const RouteName&, const RouteName&) = default;
};

/// The REST interface as a function from requests to responses: no sockets, no threads, no clock.
///
/// Bodies are JSON objects. Fields that are not known are ignored, as VideoSDK does, so that a client written for it
/// keeps working; known ones of a wrong type or value are refused with 400 and a message that names the field and says
/// why.
class Api {
 public:
  explicit Api(Ports ports) : ports_(ports) {}

  /// Any method and path; 404 for those that are not ours.
  Outcome handle(const Request& request, UtcTime now) const;

  static std::vector<RouteName> routes();

 private:
  Ports ports_;
};

}  // namespace parley::api
