#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "parley/pubsub.hpp"
#include "wire/parley.pb.h"

namespace parley::sdk {

/// The topics that are subscribed, and which of their messages came already: some come twice, by history and live at
/// once or again after a new join. A core.
class Topics {
 public:
  /// Against the few that come twice.
  static constexpr size_t kRememberedIds = 2000;

  void add(const std::string& topic) { topics_.try_emplace(topic); }
  void remove(const std::string& topic) { topics_.erase(topic); }
  bool has(const std::string& topic) const { return topics_.contains(topic); }
  std::vector<std::string> names() const;

  /// True for a message of a subscribed topic that has not come yet; from now on it has.
  bool take(const wire::PubSubMessage& message);
  void clear() { topics_.clear(); }

 private:
  struct Seen {
    std::set<std::string> ids;
    std::deque<std::string> order;  // oldest first
  };
  std::map<std::string, Seen> topics_;
};

}  // namespace parley::sdk
