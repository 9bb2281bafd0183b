#pragma once

#include <string>
#include <vector>

#include <parley/egress.hpp>
#include <parley/error.hpp>
#include <parley/pubsub.hpp>
#include <parley/types.hpp>

namespace parley {

/// What happens in a meeting. Override what is of interest. One thread of the meeting (the thread of events) makes all
/// these calls, one after another, never the caller of a `Meeting` method; the meeting's own methods may be called from
/// here, but not waited for (`Pending::get`).
class PARLEY_API MeetingObserver {
 public:
  virtual ~MeetingObserver() = default;

  // Life.
  virtual void onStateChanged(MeetingState) {}
  /// In the room, for the first time; `participants()` are there already, and each has its `onParticipantJoined` next.
  virtual void onJoined() {}
  virtual void onLeft(const LeaveInfo&) {}
  /// Something went wrong that no call's answer tells.
  virtual void onError(const Error&) {}

  // Participants and their streams. `onStreamEnabled` is the place to attach handlers.
  virtual void onParticipantJoined(const Participant&) {}
  virtual void onParticipantLeft(const Participant&, const LeaveInfo&) {}
  virtual void onModeChanged(const Participant&) {}
  virtual void onStreamEnabled(const Participant&, const Stream&) {}
  virtual void onStreamDisabled(const Participant&, StreamKind) {}
  virtual void onStreamPaused(const std::string& /*participantId*/, StreamKind, PauseReason) {}
  virtual void onStreamResumed(const std::string& /*participantId*/, StreamKind, PauseReason) {}
  /// What the server sends of a remote video has become better or worse.
  virtual void onVideoQualityChanged(const std::string& /*participantId*/, StreamKind, Quality) {}
  virtual void onConnectionQualityChanged(const std::string& /*participantId*/, int /*1 to 5*/) {}
  virtual void onReconnectingChanged(const std::string& /*participantId*/, bool) {}

  // Who is in focus; an empty id is nobody.
  virtual void onSpeakerChanged(const std::string& /*participantId*/) {}
  virtual void onPresenterChanged(const std::string& /*participantId*/) {}
  virtual void onMainParticipantChanged(const std::string& /*participantId*/) {}
  virtual void onPinStateChanged(const std::string& /*participantId*/, PinState, const std::string& /*pinnedBy*/) {}

  // Knocking: answer with `respondEntry`.
  /// This participant knocks and waits for an answer.
  virtual void onEntryPending() {}
  virtual void onEntryRequested(const std::string& /*participantId*/, const std::string& /*name*/) {}
  virtual void onEntryResponded(const std::string& /*participantId*/, bool /*allowed*/) {}

  // Moderation: answer a request with `respondMediaRequest`.
  virtual void onMicRequested(const std::string& /*participantId*/) {}
  virtual void onWebcamRequested(const std::string& /*participantId*/) {}
  virtual void onMediaRequestResponded(const std::string& /*participantId*/, StreamKind, bool /*accepted*/) {}
  /// A moderator switched an own source off; its LocalVideo or LocalAudio has ended.
  virtual void onForcedOff(StreamKind, const std::string& /*moderatorId*/) {}

  virtual void onData(const DataMessage&) {}
  /// A recording, livestream or HLS of the room changed its state (or is told for the first time).
  virtual void onEgressChanged(const Egress&) {}
};

}  // namespace parley
