#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "room/member.hpp"
#include "wire/parley.pb.h"

namespace parley::room {

/// The moderators' requests to one participant to switch its microphone or camera on, until it answers.
class MediaRequests {
 public:
  /// Each is a question on that participant's screen: more only bury it.
  static constexpr size_t kMax = 16;

  /// Asking again before the answer is one request. False when there are too many.
  bool add(MemberNumber by, wire::Source source) {
    if (std::ranges::find(open_, Request{by, source}) != open_.end()) return true;
    if (open_.size() >= kMax) return false;
    open_.push_back({by, source});
    return true;
  }
  /// True when that request was open; it no longer is.
  bool take(MemberNumber by, wire::Source source) { return std::erase(open_, Request{by, source}) > 0; }
  void forget(MemberNumber by) {
    std::erase_if(open_, [&](const Request& request) { return request.by == by; });
  }

 private:
  struct Request {
    MemberNumber by;
    wire::Source source;
    friend bool operator==(const Request&, const Request&) = default;
  };
  std::vector<Request> open_;
};

}  // namespace parley::room
