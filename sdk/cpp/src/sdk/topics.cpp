#include "sdk/topics.hpp"

namespace parley::sdk {

std::vector<std::string> Topics::names() const {
  std::vector<std::string> out;
  for (const auto& [name, seen] : topics_) out.push_back(name);
  return out;
}

bool Topics::take(const wire::PubSubMessage& message) {
  const auto it = topics_.find(message.topic());
  if (it == topics_.end()) return false;
  Seen& seen = it->second;
  if (!seen.ids.insert(message.id()).second) return false;
  seen.order.push_back(message.id());
  if (seen.order.size() > kRememberedIds) {
    seen.ids.erase(seen.order.front());
    seen.order.pop_front();
  }
  return true;
}

}  // namespace parley::sdk
