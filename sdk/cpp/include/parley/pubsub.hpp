#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace parley {

struct PubSubMessage {
  std::string id;
  std::string topic;
  std::string message;
  std::string payloadJson;  ///< a JSON object, or empty
  std::string senderId;
  std::string senderName;
  int64_t timestampMs = 0;  ///< UTC
};

struct PublishOptions {
  bool persist = false;               ///< keep it for those who subscribe later in this session
  std::vector<std::string> sendOnly;  ///< to these participants only (and the sender)
  std::string payloadJson;            ///< a JSON object
};

struct SubscribeOptions {
  uint32_t oldMessageLimit = 0;  ///< so many of the kept messages; 0: all
};

/// Data of another participant, outside any topic.
struct DataMessage {
  std::string from;
  std::vector<uint8_t> payload;
  bool text = false;
  bool reliable = true;
  int64_t timestampMs = 0;
};

}  // namespace parley
