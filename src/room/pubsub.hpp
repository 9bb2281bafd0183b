#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "auth/claims.hpp"
#include "base/id.hpp"
#include "room/member.hpp"
#include "wire/parley.pb.h"

namespace parley::room {

/// The topics of one session: who listens, and what late joiners may still read.
///
/// A message with recipients is for them and for its sender; that holds for the history too, by ParticipantId, so that
/// who comes back under its id finds its conversation.
class PubSub {
 public:
  static constexpr size_t kMaxTopics = 1000;  ///< some a participant in the largest rooms (RAISE_HAND, WB, one a peer)
  static constexpr size_t kMaxSubscriptions = 100;     ///< topics a member listens to
  static constexpr size_t kMaxTopicSize = 256;         ///< bytes
  static constexpr size_t kMaxMessageSize = 16 << 10;  ///< bytes; VideoSDK names no limit, its `send` has 15 KiB
  static constexpr size_t kMaxPayloadSize = 16 << 10;  ///< bytes
  static constexpr size_t kMaxRecipients = 100;
  static constexpr size_t kMaxHistoryBytes = 8 << 20;  ///< of a session; beyond it the oldest go, as beyond the count
  /// The newest that fit into one reply, which must fit the send queue of a socket.
  static constexpr size_t kMaxReplyBytes = 1 << 20;

  explicit PubSub(size_t max_kept_messages) : max_kept_messages_(max_kept_messages) {}
  PubSub(PubSub&&) = default;  // iterators of a map stay good when it is moved, but not when it is copied
  PubSub& operator=(PubSub&&) = default;

  /// Listens from now on; returns the kept messages that this participant may read, oldest first, at most `limit` (0:
  /// all).
  std::expected<std::vector<wire::PubSubMessage>, auth::Refusal> subscribe(MemberNumber member, const ParticipantId& id,
                                                                           const std::string& topic, uint32_t limit);
  /// False when it did not listen.
  bool unsubscribe(MemberNumber member, const std::string& topic);
  void forget(MemberNumber member);

  /// Whether `publish` would take it; 4087 if not.
  static std::expected<void, auth::Refusal> check(const wire::PubSubPublish& request);
  /// Keeps the message for late joiners. False when that would be one topic too many.
  bool keep(const wire::PubSubMessage& message, const std::vector<std::string>& send_only);
  /// The members that listen to a topic.
  const std::set<MemberNumber>& listeners(const std::string& topic) const;
  /// Whether a message of this sender with these recipients is for the participant.
  static bool is_for(const ParticipantId& reader, std::string_view sender, const std::vector<std::string>& send_only);

  size_t kept() const { return kept_order_.size(); }
  size_t topics() const { return topics_.size(); }

 private:
  struct Kept {
    wire::PubSubMessage message;
    std::vector<std::string> send_only;
    size_t bytes = 0;
  };
  struct Topic {
    std::set<MemberNumber> listeners;
    std::deque<Kept> history;
  };
  using Topics = std::map<std::string, Topic>;

  void drop_oldest();
  void drop_if_unused(Topics::iterator topic);

  size_t max_kept_messages_;
  size_t kept_bytes_ = 0;
  Topics topics_;
  std::deque<Topics::iterator> kept_order_;  // the topic of each kept message, oldest first
  std::map<MemberNumber, std::set<std::string>> subscriptions_;
};

}  // namespace parley::room
