#include <algorithm>
#include <utility>

#include "sdk/convert.hpp"
#include "sdk/meeting_impl.hpp"

/// What the network thread tells, as calls of the observer.
namespace parley {

using Body = wire::ServerMessage::BodyCase;

void Meeting::Impl::on_told(std::vector<sdk::Told>& told, sdk::Loop& loop) {
  take_snapshot(loop);  // Whoever hears of a change sees it.
  for (sdk::Told& one : told) tell(one, loop);
}

void Meeting::Impl::take_snapshot(sdk::Loop& loop) {
  const sdk::Client& client = loop.client();
  const sdk::RoomState& room = client.room();
  Snapshot next{.state = client.state(),
                .id = client.meeting_id(),
                .session_id = client.session_id(),
                .permissions = client.permissions(),
                .self = room.self(),
                .others = room.others(),
                .speaker = room.speaker(),
                .presenter = room.presenter(),
                .main = room.main(),
                .egresses = room.egresses()};
  for (Egress& egress : next.egresses) egress = addressed(std::move(egress));
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(next);
}

Egress Meeting::Impl::addressed(Egress egress) const {
  egress.playbackHlsUrl = url_.absolute(egress.playbackHlsUrl);
  egress.livestreamUrl = url_.absolute(egress.livestreamUrl);
  return egress;
}

void Meeting::Impl::tell(sdk::Told& told, sdk::Loop& loop) {
  if (const auto* state = std::get_if<sdk::StateTold>(&told)) {
    emit([s = state->state](MeetingObserver& o) { o.onStateChanged(s); });
  } else if (const auto* finished = std::get_if<sdk::JoinFinished>(&told)) {
    if (!joining_) return;
    answer(*joining_, finished->result ? Result<void>() : Result<void>(finished->result.error()));
  } else if (const auto* entered = std::get_if<sdk::RoomEntered>(&told)) {
    joined_once_ = true;
    if (!entered->again) emit([](MeetingObserver& o) { o.onJoined(); });
  } else if (const auto* over = std::get_if<sdk::MeetingOver>(&told)) {
    end_sources();
    if (joined_once_) emit([r = over->reason](MeetingObserver& o) { o.onLeft(r); });
    for (const Pending<void>& pending : std::exchange(leaving_, {})) answer(pending, Result<void>());
  } else if (const auto* error = std::get_if<sdk::ErrorTold>(&told)) {
    emit([e = error->error](MeetingObserver& o) { o.onError(e); });
  } else if (auto* answered = std::get_if<sdk::Answered>(&told)) {
    if (auto node = answers_.extract(answered->token)) node.mapped()(std::move(answered->result));
  } else if (const auto* ended = std::get_if<sdk::SourceEnded>(&told)) {
    end_source(*ended, loop);
  } else if (const auto* message = std::get_if<sdk::MessageArrived>(&told)) {
    events_.post([this, m = message->message] {
      const auto it = topics_.find(m.topic);
      if (it == topics_.end() || !it->second) return;
      const MessageHandler handler = it->second;  // It may unsubscribe.
      handler(m);
    });
  } else if (std::holds_alternative<sdk::EntryPending>(told)) {
    emit([](MeetingObserver& o) { o.onEntryPending(); });
  } else if (const auto* event = std::get_if<sdk::RoomEvent>(&told)) {
    tell(*event);
  } else if (const auto* from_server = std::get_if<wire::ServerMessage>(&told)) {
    tell(*from_server);
  }
}

void Meeting::Impl::tell(const sdk::RoomEvent& event) {
  struct Visitor {
    Impl& self;
    void operator()(const sdk::MemberJoined& e) {
      self.emit([p = e.participant](MeetingObserver& o) { o.onParticipantJoined(p); });
    }
    void operator()(const sdk::MemberLeft& e) {
      std::erase_if(self.received_, [&](const auto& entry) { return entry.first.participant == e.participant.id; });
      self.emit([p = e.participant, r = e.reason](MeetingObserver& o) { o.onParticipantLeft(p, r); });
      self.events_.post([&s = self.streams_, id = e.participant.id] { s.forget(id); });
    }
    void operator()(const sdk::MemberModeChanged& e) {
      self.emit([p = e.participant](MeetingObserver& o) { o.onModeChanged(p); });
    }
    void operator()(const sdk::StreamEnabled& e) {
      if (e.participant.local) return;
      self.emit([p = e.participant, s = e.stream](MeetingObserver& o) { o.onStreamEnabled(p, s); });
    }
    void operator()(const sdk::StreamDisabled& e) {
      if (e.participant.local) return;
      self.emit([p = e.participant, k = e.kind](MeetingObserver& o) { o.onStreamDisabled(p, k); });
    }
    void operator()(const sdk::StreamPauseChanged& e) {
      self.emit([e](MeetingObserver& o) {
        if (e.paused) {
          o.onStreamPaused(e.id, e.kind, PauseReason::Publisher);
        } else {
          o.onStreamResumed(e.id, e.kind, PauseReason::Publisher);
        }
      });
    }
    void operator()(const sdk::PinChanged& e) {
      self.emit([e](MeetingObserver& o) { o.onPinStateChanged(e.id, e.state, e.by); });
    }
    void operator()(const sdk::ConnectionQualityChanged& e) {
      self.emit([e](MeetingObserver& o) { o.onConnectionQualityChanged(e.id, e.quality); });
    }
    void operator()(const sdk::ReconnectingChanged& e) {
      self.emit([e](MeetingObserver& o) { o.onReconnectingChanged(e.id, e.reconnecting); });
    }
    void operator()(const sdk::SeatsMoved&) {}
    void operator()(const sdk::SpeakerChanged& e) {
      self.emit([e](MeetingObserver& o) { o.onSpeakerChanged(e.id); });
    }
    void operator()(const sdk::PresenterChanged& e) {
      self.emit([e](MeetingObserver& o) { o.onPresenterChanged(e.id); });
    }
    void operator()(const sdk::MainChanged& e) {
      self.emit([e](MeetingObserver& o) { o.onMainParticipantChanged(e.id); });
    }
    void operator()(const sdk::EgressChanged& e) {
      self.emit([egress = self.addressed(e.egress)](MeetingObserver& o) { o.onEgressChanged(egress); });
    }
  };
  std::visit(Visitor{*this}, event);
}

void Meeting::Impl::tell(const wire::ServerMessage& message) {
  switch (message.body_case()) {
    case Body::kDataReceived:
      return emit([d = sdk::from_wire(message.data_received())](MeetingObserver& o) { o.onData(d); });
    case Body::kEntryRequested:
      return emit([id = message.entry_requested().participant_id(), name = message.entry_requested().display_name()](
                      MeetingObserver& o) { o.onEntryRequested(id, name); });
    case Body::kEntryResponded:
      return emit([id = message.entry_responded().participant_id(), allowed = message.entry_responded().allowed()](
                      MeetingObserver& o) { o.onEntryResponded(id, allowed); });
    case Body::kRemoteMediaRequested: {
      const bool mic = message.remote_media_requested().source() == wire::AUDIO;
      return emit([mic, id = message.remote_media_requested().participant_id()](MeetingObserver& o) {
        if (mic) {
          o.onMicRequested(id);
        } else {
          o.onWebcamRequested(id);
        }
      });
    }
    case Body::kRemoteMediaResponded: {
      const wire::RemoteMediaResponded& answered = message.remote_media_responded();
      return emit(
          [id = answered.participant_id(), kind = sdk::from_wire(answered.source()),
           accepted = answered.accepted()](MeetingObserver& o) { o.onMediaRequestResponded(id, kind, accepted); });
    }
    case Body::kReceiveChanged: return tell_received(message.receive_changed());
    default: return;
  }
}

void Meeting::Impl::tell_received(const wire::ReceiveChanged& change) {
  const sdk::StreamId stream{change.participant_id(), sdk::from_wire(change.source())};
  Received& known = received_[stream];
  known.spatial = change.spatial_layer();
  known.temporal = change.temporal_layer();
  const bool starved = change.pause() == wire::ReceiveChanged::BY_BANDWIDTH;
  if (std::exchange(known.starved, starved) != starved) {
    emit([stream, starved](MeetingObserver& o) {
      if (starved) {
        o.onStreamPaused(stream.participant, stream.kind, PauseReason::Bandwidth);
      } else {
        o.onStreamResumed(stream.participant, stream.kind, PauseReason::Bandwidth);
      }
    });
  }
  const Quality quality = sdk::from_wire(change.quality());
  if (quality == Quality::Auto || std::exchange(known.quality, quality) == quality) return;
  emit([stream, quality](MeetingObserver& o) { o.onVideoQualityChanged(stream.participant, stream.kind, quality); });
}

void Meeting::Impl::end_source(const sdk::SourceEnded& ended, sdk::Loop& loop) {
  {
    const std::lock_guard lock(mutex_);
    const auto kind = static_cast<size_t>(ended.kind);
    if (videos_[kind]) videos_[kind]->set_ended();
    if (audios_[kind]) audios_[kind]->set_ended();
  }
  loop.local().set_encoder(ended.kind, nullptr);
  if (ended.error) {
    emit([e = *ended.error](MeetingObserver& o) { o.onError(e); });
  } else {
    emit([kind = ended.kind, by = ended.by](MeetingObserver& o) { o.onForcedOff(kind, by); });
  }
}

void Meeting::Impl::end_sources() {
  const std::lock_guard lock(mutex_);
  for (const auto& video : videos_) {
    if (video) video->set_ended();
  }
  for (const auto& audio : audios_) {
    if (audio) audio->set_ended();
  }
}

}  // namespace parley
