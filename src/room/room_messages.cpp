// The part of Room that carries messages between participants: PubSub and SendData.
#include <utility>

#include "room/codes.hpp"
#include "room/room.hpp"

namespace parley::room {
namespace {

constexpr size_t kMaxDataSize = 15 << 10;  // VideoSDK's limit of `send`
constexpr size_t kMessageIdSize = 20;      // 119 bits: unique without asking the store

std::unexpected<auth::Refusal> refuse(uint32_t code, std::string message) {
  return std::unexpected(auth::Refusal{code, std::move(message)});
}

}  // namespace

Room::Outcome Room::pubsub_publish(const wire::PubSubPublish& publish, Request& request) {
  Participant& from = request.from();
  Turn& turn = request.turn();
  if (auto sound = PubSub::check(publish); !sound) return sound;
  if (!from.messages.take(1, turn.now())) return refuse(code::kPubSubPublish, "too many messages a second");

  wire::PubSubMessage message;
  message.set_id(rng_.text(kMessageIdSize));
  message.set_topic(publish.topic());
  message.set_message(publish.message());
  message.set_payload_json(publish.payload_json());
  message.set_sender_id(from.id.value());
  message.set_sender_name(from.display_name);
  message.set_timestamp_ms(turn.utc().ms());
  const std::vector<std::string> send_only(publish.send_only().begin(), publish.send_only().end());
  if (publish.persist() && !pubsub_.keep(message, send_only)) {
    return refuse(code::kPubSubPublish, "the room has too many topics");
  }
  request.ok();
  if (publish.persist()) turn.add(MessagePersisted{session_->id, message, send_only});
  wire::ServerMessage delivery;
  *delivery.mutable_pubsub_messages()->add_messages() = std::move(message);
  for (const MemberNumber member : pubsub_.listeners(publish.topic())) {
    const Participant& listener = *roster_.find(member);
    if (PubSub::is_for(listener.id, from.id.value(), send_only)) turn.send(listener, delivery);
  }
  return {};
}

Room::Outcome Room::pubsub_subscribe(const wire::PubSubSubscribe& subscribe, Request& request) {
  const Participant& from = request.from();
  auto old = pubsub_.subscribe(from.number, from.id, subscribe.topic(), subscribe.old_message_limit());
  if (!old) return std::unexpected(old.error());
  wire::ServerMessage message;
  message.mutable_subscribed();
  for (wire::PubSubMessage& kept : *old) *message.mutable_subscribed()->add_messages() = std::move(kept);
  request.reply(std::move(message));
  return {};
}

Room::Outcome Room::pubsub_unsubscribe(const wire::PubSubUnsubscribe& unsubscribe, Request& request) {
  if (!pubsub_.unsubscribe(request.from().number, unsubscribe.topic())) {
    return refuse(code::kPubSubUnsubscribe, "there is no such subscription");
  }
  request.ok();
  return {};
}

Room::Outcome Room::send_data(const wire::SendData& send, Request& request) {
  Participant& from = request.from();
  Turn& turn = request.turn();
  if (from.mode != wire::SEND_AND_RECV) return refuse(code::kNotInThisMode, "only SEND_AND_RECV may send data");
  if (send.payload().size() > kMaxDataSize) return refuse(code::kPayloadTooLarge, "the payload is over 15 KiB");
  if (!from.messages.take(1, turn.now())) return refuse(code::kSendFailed, "too many messages a second");
  request.ok();
  wire::ServerMessage message;
  wire::DataReceived& data = *message.mutable_data_received();
  data.set_from(from.id.value());
  data.set_payload(send.payload());
  data.set_is_text(send.is_text());
  data.set_unreliable(send.unreliable());
  data.set_timestamp_ms(turn.utc().ms());
  for (const Participant& to : roster_.all()) {
    if (&to != &from && to.mode == wire::SEND_AND_RECV) turn.send(to, message);
  }
  return {};
}

}  // namespace parley::room
