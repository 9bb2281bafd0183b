#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <parley/egress.hpp>
#include <parley/error.hpp>
#include <parley/local_media.hpp>
#include <parley/media.hpp>
#include <parley/observer.hpp>
#include <parley/pending.hpp>
#include <parley/pubsub.hpp>
#include <parley/remote_media.hpp>
#include <parley/stats.hpp>
#include <parley/types.hpp>

namespace parley {

struct MeetingConfig {
  std::string serverUrl;      ///< "https://meet.example.org[:port][/path]"; http:// only without encryption
  std::string token;          ///< JWT for this meeting
  std::string meetingId;      ///< roomId or customRoomId
  std::string participantId;  ///< empty: the server chooses one
  std::string name;
  std::string metaDataJson;  ///< a JSON object that the others see, or empty
  Mode mode = Mode::SendAndRecv;
  Protocol preferredProtocol = Protocol::UdpOverTcp;
  /// False: streams are received only once `consume` asks for them. True: those that have handlers are.
  bool autoConsume = true;
  /// Places for remote participants to ask for at once; more are added when needed. Growing takes a round trip, so a
  /// recorder asks for as many as it shows.
  int initialSeats = 4;
  Delivery delivery = Delivery::Paced;  ///< of all received media
  /// Threads that decode received media; each stream stays on one.
  int decodeThreads = 1;
  /// PEM file of the authorities to trust instead of the system's; for servers with certificates of their own.
  std::string caFile;
  /// False: any certificate is taken. For tests only.
  bool verifyServer = true;
};

/// A participant in one meeting: everything that the browser SDK's meeting has, with media as frames.
///
/// Threads. Each Meeting has: one network thread (sockets, protocol, timers), one thread of events (observer, answers
/// of Pending::then, PubSub handlers), `decodeThreads` media threads (handlers of remote media), and an encoding thread
/// while pictures are published. All methods may be called from any thread, including callbacks; none blocks on the
/// network. The destructor leaves without waiting for the server, ends the threads and may not run on one of them; no
/// callback comes after it. One may still run during it: so let a `unique_ptr` through which callbacks reach the
/// meeting go out of scope, and do not `reset` it, which clears the pointer first.
class PARLEY_API Meeting {
 public:
  /// `observer`, if any, must outlive the meeting. A bad configuration shows at `join`.
  explicit Meeting(MeetingConfig config, MeetingObserver* observer = nullptr);
  ~Meeting();
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;

  // ---- life ------------------------------------------------------------------------------------------------------
  /// Answered when in the room; media follow within moments. Once a Meeting. Local media published before are on from
  /// the start.
  Pending<void> join();
  Pending<void> leave();
  /// Ends the meeting for everybody. Moderators only.
  Pending<void> end();
  Pending<void> changeMode(Mode mode);

  MeetingState state() const;
  std::string id() const;         ///< the roomId once joined
  std::string sessionId() const;  ///< empty before
  std::vector<std::string> permissions() const;

  // ---- the room, as it was last told -------------------------------------------------------------------------------
  Participant localParticipant() const;
  /// The others, in the order they joined.
  std::vector<Participant> participants() const;
  std::string activeSpeakerId() const;  ///< empty: silence
  std::string activePresenterId() const;
  std::string mainParticipantId() const;
  /// Those that have not stopped or failed.
  std::vector<Egress> egresses() const;

  // ---- own media -------------------------------------------------------------------------------------------------
  /// On from now (or from joining) until it is stopped. Fails when the source is on already or the mode forbids it; if
  /// the server refuses, `onError` tells and the source ends.
  Result<std::shared_ptr<LocalVideo>> publishCamera(const VideoOptions& options = {});
  Result<std::shared_ptr<LocalAudio>> publishMic(const AudioOptions& options = {});
  Result<std::shared_ptr<LocalVideo>> publishShare(const VideoOptions& options = {});
  Result<std::shared_ptr<LocalAudio>> publishShareAudio(const AudioOptions& options = {});

  // ---- remote media ----------------------------------------------------------------------------------------------
  /// Handles this stream from now on, whether it is on at the moment or not, over reconnects, until other handlers (or
  /// empty ones) take their place or the participant leaves. A stream that nobody handles is not received. When this
  /// returns no call of the old handlers is under way, unless it is the caller itself.
  void handleVideo(const std::string& participantId, StreamKind kind, VideoHandlers handlers);
  void handleAudio(const std::string& participantId, StreamKind kind, AudioHandlers handlers);
  /// Only with `autoConsume` false: receive it, or stop.
  void consume(const std::string& participantId, StreamKind kind, bool wanted);
  void setQuality(const std::string& participantId, StreamKind kind, Quality quality);
  /// How large it is drawn, in pixels; the server sends no more than that. 0 x 0: not known.
  void setViewport(const std::string& participantId, StreamKind kind, int width, int height);
  /// For who passes encoded frames on; decoding asks by itself.
  void requestKeyFrame(const std::string& participantId, StreamKind kind);
  void pause(const std::string& participantId, StreamKind kind);
  void resume(const std::string& participantId, StreamKind kind);
  /// All streams of these kinds (none named: all), also those that come later.
  Pending<void> pauseAll(std::vector<StreamKind> kinds = {});
  Pending<void> resumeAll(std::vector<StreamKind> kinds = {});

  // ---- messages ----------------------------------------------------------------------------------------------------
  using MessageHandler = std::function<void(const PubSubMessage&)>;
  Pending<void> publish(const std::string& topic, const std::string& message, PublishOptions options = {});
  /// The answer holds the kept messages, oldest first; `handler` gets those that come later, on the thread of events.
  /// One handler a topic; it outlives reconnects.
  Pending<std::vector<PubSubMessage>> subscribe(const std::string& topic, MessageHandler handler,
                                                SubscribeOptions options = {});
  Pending<void> unsubscribe(const std::string& topic);
  /// To everybody in SEND_AND_RECV mode, at most 15 KiB.
  Pending<void> sendText(const std::string& text, bool reliable = true);
  Pending<void> sendData(std::vector<uint8_t> payload, bool reliable = true);

  // ---- moderation ------------------------------------------------------------------------------------------------
  Pending<void> remove(const std::string& participantId);
  /// Off at once; on is a request to them. `kind`: Audio or Video.
  Pending<void> switchRemote(const std::string& participantId, StreamKind kind, bool on);
  /// The answer to `onMicRequested` and `onWebcamRequested`; on accepting, publish as well.
  Pending<void> respondMediaRequest(const std::string& requestedBy, StreamKind kind, bool accept);
  Pending<void> respondEntry(const std::string& participantId, bool allow);
  Pending<void> pin(const std::string& participantId, PinTarget target = PinTarget::ShareAndCam);
  Pending<void> unpin(const std::string& participantId, PinTarget target = PinTarget::ShareAndCam);

  // ---- recording and broadcasting ----------------------------------------------------------------------------------
  /// `optionsJson`: the body of the REST call that does the same, without roomId; empty: defaults.
  Pending<Egress> startRecording(const std::string& optionsJson = {});
  /// `egressId` empty: the only one of its kind. So for all of these.
  Pending<void> stopRecording(const std::string& egressId = {});
  Pending<Egress> startLivestream(const std::vector<LivestreamOutput>& outputs, const std::string& configJson = {});
  Pending<void> stopLivestream(const std::string& egressId = {});
  Pending<Egress> startHls(const std::string& optionsJson = {});
  Pending<void> stopHls(const std::string& egressId = {});
  /// Changes one that runs: layout, outputs, pause and resume, as the REST call of the same name.
  Pending<void> updateEgress(EgressKind kind, const std::string& optionsJson, const std::string& egressId = {});

  // ---- what goes on ------------------------------------------------------------------------------------------------
  Pending<MeetingStats> stats() const;

  /// The network may have changed (an interface came or went): the path is checked at once.
  void networkChanged();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley
