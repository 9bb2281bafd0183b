#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <parley/meeting.hpp>

#include "frame/encoded.hpp"
#include "worker/feed.hpp"

namespace parley::worker {

/// Names one stream of a participant.
struct StreamKey {
  ParticipantId participant;
  StreamKind kind = StreamKind::Audio;
  friend auto operator<=>(const StreamKey&, const StreamKey&) = default;
};

/// What somebody who copies a stream gets of it, in order: one of the two by the stream's kind.
struct EncodedListener {
  std::function<void(const frame::EncodedPicture&)> on_picture;
  std::function<void(const frame::EncodedSound&)> on_sound;
};

/// The worker's hidden place in the room: knows who is there, decodes what is shown, once for all compositions, and
/// hands it on. Methods: one thread (the worker's).
class RoomReceiver final : private MeetingObserver {
 public:
  struct Config {
    std::string signal_url;  ///< "ws://host:port/v1/signal"
    std::string token;
    std::string room;
    int seats = 9;  ///< to begin with; more are asked for when more people come
  };
  /// All on threads of the SDK; return at once.
  struct Callbacks {
    std::function<void()> on_joined;
    std::function<void(Feed)> on_feed;
    std::function<void(const StreamKey&, bool on)> on_stream;  ///< a stream began or ended
    std::function<void(std::string reason)> on_left;           ///< for good
  };
  RoomReceiver(const Config& config, Callbacks callbacks);
  ~RoomReceiver() override;

  void join();
  void leave();

  /// How large each picture is shown by anybody, the largest of all; those not named are not received. Sound always is.
  void show(const std::map<media::TileKey, frame::Size>& sizes);
  /// Hands out the stream as it comes, in its best quality, until `unlisten`.
  void listen(const StreamKey& stream, EncodedListener listener);
  void unlisten(const StreamKey& stream);

  /// CPU time that decoding took so far.
  TimeDelta decoding_time() const;

 private:
  class PictureStream;
  class SoundStream;

  void onJoined() override;
  void onLeft(const LeaveInfo& info) override;
  void onParticipantJoined(const Participant& participant) override;
  void onParticipantLeft(const Participant& participant, const LeaveInfo& info) override;
  void onModeChanged(const Participant&) override { tell_room(); }
  void onStreamEnabled(const Participant& participant, const Stream& stream) override;
  void onStreamDisabled(const Participant& participant, StreamKind kind) override;
  void onStreamPaused(const std::string&, StreamKind, PauseReason reason) override;
  void onStreamResumed(const std::string&, StreamKind, PauseReason reason) override;
  void onSpeakerChanged(const std::string&) override { tell_room(); }
  void onPresenterChanged(const std::string&) override { tell_room(); }
  void onPinStateChanged(const std::string&, PinState, const std::string&) override { tell_room(); }

  void tell_room();
  void attach(const std::string& participant);
  std::shared_ptr<PictureStream> picture_stream(const StreamKey& key);
  std::shared_ptr<SoundStream> sound_stream(const StreamKey& key);
  void tune(const StreamKey& key, PictureStream& stream);
  void apply_size(const StreamKey& key, frame::Size size, bool listened);

  Callbacks callbacks_;
  mutable std::mutex mutex_;  // guards the maps: the SDK's threads add streams, the worker's thread tunes them
  std::map<StreamKey, std::shared_ptr<PictureStream>> pictures_;
  std::map<StreamKey, std::shared_ptr<SoundStream>> sounds_;
  std::optional<std::map<media::TileKey, frame::Size>> shown_;  // nothing: nobody has said yet
  Meeting meeting_;                                             // last: its threads use what is above
};

}  // namespace parley::worker
