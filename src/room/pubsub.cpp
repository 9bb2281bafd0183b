#include "room/pubsub.hpp"

#include <algorithm>
#include <utility>

#include "room/codes.hpp"
#include "room/json_object.hpp"

namespace parley::room {
namespace {

std::unexpected<auth::Refusal> refuse(uint32_t code, std::string message) {
  return std::unexpected(auth::Refusal{code, std::move(message)});
}

bool is_topic(const std::string& topic) { return !topic.empty() && topic.size() <= PubSub::kMaxTopicSize; }

}  // namespace

std::expected<std::vector<wire::PubSubMessage>, auth::Refusal> PubSub::subscribe(MemberNumber member,
                                                                                 const ParticipantId& id,
                                                                                 const std::string& topic,
                                                                                 uint32_t limit) {
  if (!is_topic(topic)) return refuse(code::kPubSubSubscribe, "a topic must have 1 to 256 bytes");
  std::set<std::string>& own = subscriptions_[member];
  if (own.size() >= kMaxSubscriptions && !own.contains(topic)) {
    return refuse(code::kPubSubSubscribe, "too many subscriptions");
  }
  if (topics_.size() >= kMaxTopics && !topics_.contains(topic)) {
    return refuse(code::kPubSubSubscribe, "the room has too many topics");
  }
  own.insert(topic);
  Topic& entry = topics_[topic];
  entry.listeners.insert(member);

  std::vector<wire::PubSubMessage> old;
  size_t bytes = 0;
  for (auto kept = entry.history.rbegin(); kept != entry.history.rend(); ++kept) {
    if (!is_for(id, kept->message.sender_id(), kept->send_only)) continue;
    bytes += kept->bytes;
    if (bytes > kMaxReplyBytes || (limit > 0 && old.size() >= limit)) break;
    old.push_back(kept->message);
  }
  std::ranges::reverse(old);
  return old;
}

bool PubSub::unsubscribe(MemberNumber member, const std::string& topic) {
  const auto own = subscriptions_.find(member);
  if (own == subscriptions_.end() || own->second.erase(topic) == 0) return false;
  if (own->second.empty()) subscriptions_.erase(own);
  const auto entry = topics_.find(topic);
  entry->second.listeners.erase(member);
  drop_if_unused(entry);
  return true;
}

void PubSub::forget(MemberNumber member) {
  const auto own = subscriptions_.find(member);
  if (own == subscriptions_.end()) return;
  const std::set<std::string> listened = std::move(own->second);
  subscriptions_.erase(own);
  for (const std::string& topic : listened) {
    const auto entry = topics_.find(topic);
    entry->second.listeners.erase(member);
    drop_if_unused(entry);
  }
}

std::expected<void, auth::Refusal> PubSub::check(const wire::PubSubPublish& request) {
  if (!is_topic(request.topic())) return refuse(code::kPubSubPublish, "a topic must have 1 to 256 bytes");
  if (request.message().size() > kMaxMessageSize) return refuse(code::kPubSubPublish, "the message is over 16 KiB");
  if (request.payload_json().size() > kMaxPayloadSize)
    return refuse(code::kPubSubPublish, "the payload is over 16 KiB");
  if (!request.payload_json().empty() && !is_json_object(request.payload_json())) {
    return refuse(code::kPubSubPublish, "the payload is not a JSON object");
  }
  if (static_cast<size_t>(request.send_only_size()) > kMaxRecipients) {
    return refuse(code::kPubSubPublish, "more than 100 recipients in sendOnly");
  }
  return {};
}

bool PubSub::keep(const wire::PubSubMessage& message, const std::vector<std::string>& send_only) {
  if (topics_.size() >= kMaxTopics && !topics_.contains(message.topic())) return false;
  if (max_kept_messages_ == 0) return true;
  Kept kept{message, send_only, message.ByteSizeLong()};
  for (const std::string& id : send_only) kept.bytes += id.size();
  const auto topic = topics_.try_emplace(message.topic()).first;
  kept_bytes_ += kept.bytes;
  kept_order_.push_back(topic);
  topic->second.history.push_back(std::move(kept));
  while (kept_order_.size() > max_kept_messages_ || kept_bytes_ > kMaxHistoryBytes) drop_oldest();
  return true;
}

void PubSub::drop_oldest() {
  const Topics::iterator topic = kept_order_.front();
  kept_order_.pop_front();
  kept_bytes_ -= topic->second.history.front().bytes;
  topic->second.history.pop_front();
  drop_if_unused(topic);
}

void PubSub::drop_if_unused(Topics::iterator topic) {
  if (topic->second.listeners.empty() && topic->second.history.empty()) topics_.erase(topic);
}

const std::set<MemberNumber>& PubSub::listeners(const std::string& topic) const {
  static const std::set<MemberNumber> kNone;
  const auto it = topics_.find(topic);
  return it == topics_.end() ? kNone : it->second.listeners;
}

bool PubSub::is_for(const ParticipantId& reader, std::string_view sender, const std::vector<std::string>& send_only) {
  return send_only.empty() || reader.value() == sender ||
         std::ranges::find(send_only, reader.value()) != send_only.end();
}

}  // namespace parley::room
