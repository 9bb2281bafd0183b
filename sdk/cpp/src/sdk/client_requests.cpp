#include <algorithm>
#include <utility>

#include "sdk/client.hpp"
#include "sdk/convert.hpp"

/// What a client asks of the server, and what the server tells.
namespace parley::sdk {
namespace {

using Body = wire::ServerMessage::BodyCase;

std::optional<Error> error_of(const std::expected<wire::ServerMessage, Error>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

}  // namespace

// ---- asking
// ----------------------------------------------------------------------------------------------------------

std::expected<void, Error> Client::ask(wire::ClientMessage message, Purpose purpose, Timestamp now) {
  if (!session_) {
    const bool back = rejoining_ && !leaving_;
    return std::unexpected(back ? Error{kReconnecting, "The connection is being restored."}
                                : Error{kNotJoined, "There is no connection with the meeting."});
  }
  SessionEvents events;
  const auto id = session_->request(std::move(message), now, events);
  if (!id) {
    const bool back = rejoining_ && id.error().code == kNotJoined;
    return std::unexpected(back ? Error{kReconnecting, "The connection is being restored."} : id.error());
  }
  purposes_[*id] = std::move(purpose);
  run_session(events, now);
  return {};
}

void Client::request(wire::ClientMessage message, uint64_t token, Timestamp now) {
  const auto asked = ask(std::move(message), {.kind = Purpose::Kind::Request, .token = token}, now);
  if (!asked) out_.told.emplace_back(Answered{token, std::unexpected(asked.error())});
}

void Client::send(wire::ClientMessage message, Timestamp now) {
  if (!session_) return;
  SessionEvents events;
  session_->send(message, events);
  run_session(events, now);
}

void Client::handle(Replied& event, Timestamp now) {
  const auto it = purposes_.find(event.id);
  if (it == purposes_.end()) return;
  const Purpose purpose = std::move(it->second);
  purposes_.erase(it);
  switch (purpose.kind) {
    case Purpose::Kind::Request: {
      // What was kept counts as seen: it also comes live if it was sent at the same moment.
      if (event.result && event.result->has_subscribed()) {
        for (const auto& message : event.result->subscribed().messages()) topics_.take(message);
      } else if (!event.result && !purpose.topic.empty()) {
        topics_.remove(purpose.topic);
      }
      out_.told.emplace_back(Answered{purpose.token, std::move(event.result)});
      return;
    }
    case Purpose::Kind::Offer: return reply_to_offer(event.result, now);
    case Purpose::Kind::Mode: return reply_to_mode(std::move(event.result), now);
    case Purpose::Kind::Announce: {
      const auto error = error_of(event.result);
      // What the network failed to bring is said again when it is back.
      if (!error || error->code == kReconnecting || error->code == kAborted) return;
      if (!publications_[static_cast<size_t>(purpose.source)]) return;
      publications_[static_cast<size_t>(purpose.source)].reset();
      sync_self();
      out_.told.emplace_back(SourceEnded{purpose.source, "", error});
      return;
    }
    case Purpose::Kind::Resubscribe:
      if (!event.result || !event.result->has_subscribed()) return;
      for (const auto& message : event.result->subscribed().messages()) {
        if (topics_.take(message)) out_.told.emplace_back(MessageArrived{from_wire(message)});
      }
      return;
  }
}

void Client::pause_all(const std::vector<StreamKind>& kinds, bool paused, uint64_t token, Timestamp now) {
  wire::ClientMessage message;
  message.mutable_pause_all()->set_paused(paused);
  for (const StreamKind kind : kinds) {
    message.mutable_pause_all()->add_sources(to_wire(kind));
    if (paused) {
      paused_kinds_.insert(kind);
    } else {
      paused_kinds_.erase(kind);
    }
  }
  request(std::move(message), token, now);
}

void Client::subscribe(const std::string& topic, uint32_t limit, uint64_t token, Timestamp now) {
  topics_.add(topic);
  wire::ClientMessage message;
  message.mutable_pubsub_subscribe()->set_topic(topic);
  message.mutable_pubsub_subscribe()->set_old_message_limit(limit);
  const auto asked = ask(std::move(message), {.kind = Purpose::Kind::Request, .token = token, .topic = topic}, now);
  if (asked) return;
  topics_.remove(topic);
  out_.told.emplace_back(Answered{token, std::unexpected(asked.error())});
}

void Client::unsubscribe(const std::string& topic, uint64_t token, Timestamp now) {
  topics_.remove(topic);
  wire::ClientMessage message;
  message.mutable_pubsub_unsubscribe()->set_topic(topic);
  request(std::move(message), token, now);
}

void Client::resubscribe(Timestamp now) {
  for (const std::string& topic : topics_.names()) {
    wire::ClientMessage message;
    message.mutable_pubsub_subscribe()->set_topic(topic);
    if (const auto asked = ask(std::move(message), {.kind = Purpose::Kind::Resubscribe, .topic = topic}, now); !asked) {
      out_.told.emplace_back(ErrorTold{asked.error()});
    }
  }
}

// ---- own sources
// -----------------------------------------------------------------------------------------------------

void Client::publish(StreamKind kind, Publication publication, Timestamp now) {
  publications_[static_cast<size_t>(kind)] = std::move(publication);
  sync_self();
  announce(kind, now);
}

void Client::unpublish(StreamKind kind, Timestamp now) {
  if (!publications_[static_cast<size_t>(kind)]) return;
  publications_[static_cast<size_t>(kind)].reset();
  sync_self();
  announce(kind, now);
}

/// Before the first join there is nothing to say: the Join says it. While the socket is lost `say_again` will.
void Client::announce(StreamKind kind, Timestamp now) {
  if (!session_ || !session_->connected()) return;
  const auto& publication = publications_[static_cast<size_t>(kind)];
  wire::ClientMessage message;
  wire::Publish* publish = message.mutable_publish();
  publish->set_source(to_wire(kind));
  publish->set_enabled(publication.has_value());
  if (publication) {
    publish->set_paused(publication->paused);
    publish->set_display_surface(publication->display_surface);
  }
  (void)ask(std::move(message), {.kind = Purpose::Kind::Announce, .source = kind}, now);
}

void Client::forced_off(StreamKind kind, const std::string& by) {
  if (!publications_[static_cast<size_t>(kind)]) return;
  publications_[static_cast<size_t>(kind)].reset();
  sync_self();
  out_.told.emplace_back(SourceEnded{kind, by, std::nullopt});
}

void Client::sync_self() {
  std::vector<Stream> streams;
  for (const StreamKind kind : kAllKinds) {
    const auto& publication = publications_[static_cast<size_t>(kind)];
    if (publication) {
      streams.push_back(
          {.kind = kind, .paused = publication->paused, .codec = {}, .displaySurface = publication->display_surface});
    }
  }
  room_.set_self_streams(std::move(streams));
}

/// A message may have been lost with the socket; a new session knows only what the Join said.
void Client::say_again(bool new_session, Timestamp now) {
  flush_wishes(now, true);
  if (!paused_kinds_.empty()) {
    wire::ClientMessage message;
    message.mutable_pause_all()->set_paused(true);
    for (const StreamKind kind : paused_kinds_) message.mutable_pause_all()->add_sources(to_wire(kind));
    send(std::move(message), now);
  }
  if (new_session) return resubscribe(now);
  if (room_.self().mode != Mode::SendAndRecv) return;
  for (const StreamKind kind : kAllKinds) announce(kind, now);
}

// ---- wishes
// ----------------------------------------------------------------------------------------------------------

void Client::consume(const StreamId& stream, bool wanted, Timestamp now) {
  if (wanted) {
    consumed_.insert(stream);
  } else {
    consumed_.erase(stream);
  }
  if (!config_.auto_consume) wishes_.set_handled(stream, wanted && handled_.contains(stream), now);
  flush_wishes(now, false);
}

void Client::set_handled(const StreamId& stream, bool handled, Timestamp now) {
  if (handled) {
    handled_.insert(stream);
  } else {
    handled_.erase(stream);
  }
  wishes_.set_handled(stream, handled && (config_.auto_consume || consumed_.contains(stream)), now);
  flush_wishes(now, false);
}

void Client::flush_wishes(Timestamp now, bool everything) {
  if (!session_ || !session_->connected()) return;
  std::vector<ReceiveWishes::Told> told;
  if (everything) {
    wishes_.resend_all(told);
  } else {
    wishes_.on_deadline(now, told);
  }
  for (const auto& [stream, wish] : told) {
    if (room_.find(stream.participant) == nullptr) continue;
    wire::ClientMessage message;
    wire::Receive* receive = message.mutable_receive();
    receive->set_participant_id(stream.participant);
    receive->set_source(to_wire(stream.kind));
    receive->set_quality(to_wire(wish.quality));
    receive->set_width(static_cast<uint32_t>(wish.width));
    receive->set_height(static_cast<uint32_t>(wish.height));
    receive->set_paused(wish.paused);
    send(std::move(message), now);
  }
}

// ---- what the server tells
// -------------------------------------------------------------------------------------------

void Client::handle(Received& event, Timestamp now) {
  const wire::ServerMessage& message = event.message;
  switch (message.body_case()) {
    case Body::kSeatsWanted:
      if (!media_) return;
      media_->want_seats(static_cast<int>(message.seats_wanted().main()),
                         static_cast<int>(message.seats_wanted().share()));
      return negotiate(now);
    case Body::kMediaState: return receive_media_state(message.media_state(), now);
    case Body::kLayersWanted:
      out_.told.emplace_back(
          LayerLimit{from_wire(message.layers_wanted().source()), message.layers_wanted().max_layer()});
      return;
    case Body::kPubsubMessages:
      for (const auto& arrived : message.pubsub_messages().messages()) {
        if (topics_.take(arrived)) out_.told.emplace_back(MessageArrived{from_wire(arrived)});
      }
      return;
    case Body::kRemoteMediaForced:
      return forced_off(from_wire(message.remote_media_forced().source()),
                        message.remote_media_forced().participant_id());
    case Body::kDataReceived:
    case Body::kEntryRequested:
    case Body::kEntryResponded:
    case Body::kRemoteMediaRequested:
    case Body::kRemoteMediaResponded:
    case Body::kReceiveChanged: out_.told.emplace_back(std::move(event.message)); return;
    default: {
      RoomEvents events;
      room_.apply(message, events);
      return tell_room(events, now);
    }
  }
}

void Client::tell_room(RoomEvents& events, Timestamp now) {
  for (RoomEvent& event : events) {
    if (const auto* enabled = std::get_if<StreamEnabled>(&event)) {
      if (!enabled->participant.local) wishes_.appeared({enabled->participant.id, enabled->stream.kind}, now);
    } else if (const auto* left = std::get_if<MemberLeft>(&event)) {
      wishes_.forget(left->participant.id);
      std::erase_if(consumed_, [&](const StreamId& id) { return id.participant == left->participant.id; });
      std::erase_if(handled_, [&](const StreamId& id) { return id.participant == left->participant.id; });
    }
    out_.told.emplace_back(std::move(event));
  }
}

}  // namespace parley::sdk
