#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "parley/meeting.hpp"
#include "sdk/audio_source.hpp"
#include "sdk/remote_stream.hpp"
#include "sdk/shell/event_thread.hpp"
#include "sdk/shell/loop.hpp"
#include "sdk/shell/loop_gate.hpp"
#include "sdk/video_source.hpp"

namespace parley {

/// Between the public interface and the network thread: turns calls into messages, and what is told into calls of the
/// observer on the thread of events.
class Meeting::Impl {
 public:
  Impl(MeetingConfig config, MeetingObserver* observer);
  ~Impl();

  /// What the getters show.
  struct Snapshot {
    MeetingState state = MeetingState::Idle;
    std::string id;
    std::string session_id;
    std::vector<std::string> permissions;
    Participant self;
    std::vector<Participant> others;
    std::string speaker, presenter, main;
    std::vector<Egress> egresses;
  };
  template <class Get>
  auto read(Get get) const {
    const std::lock_guard lock(mutex_);
    return get(snapshot_);
  }

  Pending<void> join();
  Pending<void> leave();
  Pending<void> change_mode(Mode mode);
  Pending<void> pause_all(std::vector<StreamKind> kinds, bool paused);
  Pending<std::vector<PubSubMessage>> subscribe(const std::string& topic, MessageHandler handler, uint32_t limit);
  Pending<void> unsubscribe(const std::string& topic);
  Pending<MeetingStats> stats();

  /// Sends a request; `convert` makes the answer of the server's reply.
  template <class T>
  Pending<T> ask(wire::ClientMessage message, std::function<Result<T>(const wire::ServerMessage&)> convert) {
    Pending<T> pending;
    gate_->post([this, pending, message = std::move(message), convert = std::move(convert)](sdk::Loop& loop,
                                                                                            Timestamp now) mutable {
      const uint64_t token = expect<T>(pending, std::move(convert));
      loop.client().request(std::move(message), token, now);
    });
    return pending;
  }
  Pending<void> ask_ok(wire::ClientMessage message);
  Pending<Egress> start_egress(EgressKind kind, const std::string& options_json);

  Result<std::shared_ptr<LocalVideo>> publish_video(StreamKind kind, const VideoOptions& options);
  Result<std::shared_ptr<LocalAudio>> publish_audio(StreamKind kind, const AudioOptions& options);
  void handle_video(const sdk::StreamId& stream, VideoHandlers handlers);
  void handle_audio(const sdk::StreamId& stream, AudioHandlers handlers);
  void post(sdk::Loop::Task task) { gate_->post(std::move(task)); }
  /// One that fails at once, as any other does: by the thread of events.
  template <class T>
  Pending<T> failed(Error error) {
    Pending<T> pending;
    answer(pending, Result<T>(std::move(error)));
    return pending;
  }

 private:
  using Answer = std::move_only_function<void(std::expected<wire::ServerMessage, Error>)>;

  template <class T>
  void answer(Pending<T> pending, Result<T> result) {
    events_.post([pending, result = std::move(result)]() mutable { pending.resolve(std::move(result)); });
  }
  /// On the network thread: the token under which the answer will be told.
  template <class T>
  uint64_t expect(Pending<T> pending, std::function<Result<T>(const wire::ServerMessage&)> convert) {
    const uint64_t token = ++last_token_;
    answers_[token] = [this, pending, convert = std::move(convert)](std::expected<wire::ServerMessage, Error> reply) {
      answer(pending, reply ? convert(*reply) : Result<T>(reply.error()));
    };
    return token;
  }
  std::optional<Error> fault() const;
  template <class Source>
  std::optional<Error> take_place(std::array<std::shared_ptr<Source>, 4>& places, StreamKind kind,
                                  std::shared_ptr<Source> source);
  sdk::Loop::Config loop_config() const;

  // On the network thread.
  void on_told(std::vector<sdk::Told>& told, sdk::Loop& loop);
  void take_snapshot(sdk::Loop& loop);
  Egress addressed(Egress egress) const;
  void tell(sdk::Told& told, sdk::Loop& loop);
  void tell(const sdk::RoomEvent& event);
  void tell(const wire::ServerMessage& message);
  void end_source(const sdk::SourceEnded& ended, sdk::Loop& loop);
  void end_sources();
  void tell_received(const wire::ReceiveChanged& change);
  MeetingStats collect_stats(sdk::Loop& loop, Timestamp now);
  /// Calls the observer, if there is one, on the thread of events.
  template <class Call>
  void emit(Call call) {
    if (observer_ == nullptr) return;
    events_.post([observer = observer_, call = std::move(call)] { call(*observer); });
  }

  MeetingConfig config_;
  MeetingObserver* const observer_;
  std::optional<Error> config_error_;
  sdk::ServerUrl url_;
  const std::shared_ptr<sdk::LoopGate> gate_ = std::make_shared<sdk::LoopGate>();
  sdk::RemoteStreams streams_;

  mutable std::mutex mutex_;  // of the following
  Snapshot snapshot_;
  std::array<std::shared_ptr<sdk::VideoSource>, 4> videos_;
  std::array<std::shared_ptr<sdk::AudioSource>, 4> audios_;

  // Of the network thread.
  uint64_t last_token_ = 0;
  std::map<uint64_t, Answer> answers_;
  std::optional<Pending<void>> joining_;
  std::vector<Pending<void>> leaving_;
  bool joined_once_ = false;
  struct Received {
    Quality quality = Quality::Auto;
    bool starved = false;
    int spatial = -1;
    int temporal = -1;
  };
  std::map<sdk::StreamId, Received> received_;
  struct Rates {
    Timestamp at;
    std::map<std::pair<int, bool>, std::pair<uint64_t, uint64_t>> bytes_and_frames;  // by line and direction
    uint64_t sent = 0, received = 0;
  };
  Rates rates_;
  // Of the thread of events.
  std::map<std::string, MessageHandler> topics_;

  sdk::EventThread events_{"parley-events"};
  std::unique_ptr<sdk::Loop> loop_;
};

}  // namespace parley
