#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>

#include "codec/opus_decoder.hpp"
#include "codec/video_decoder.hpp"
#include "parley/remote_media.hpp"
#include "playout/sound_stream.hpp"
#include "sdk/receive_wishes.hpp"

namespace parley::sdk {

MediaTime to_media_time(Timestamp t);
Timestamp from_media_time(MediaTime t);
VideoCodec to_public(rtp::Codec codec);
rtp::Codec from_public(VideoCodec codec);
ColorSpace to_public(const frame::ColourSpace& colour);
frame::ColourSpace from_public(const ColorSpace& color);
VideoFrame to_public(const frame::Picture& picture, const frame::EncodedPicture& from);

/// What became of what arrived on a stream. Written by its media thread, read by anybody.
struct RemoteCounts {
  std::atomic<uint64_t> frames = 0;  ///< decoded, or handed out encoded if nobody decodes
  std::atomic<uint64_t> key_frames = 0;
  std::atomic<uint64_t> dropped = 0;
  std::atomic<uint64_t> undecodable = 0;
  std::atomic<uint64_t> key_frames_wanted = 0;
  std::atomic<int> width = 0;
  std::atomic<int> height = 0;
  std::atomic<uint64_t> freezes = 0;
  std::atomic<int64_t> frozen_us = 0;
  std::atomic<uint64_t> samples = 0;
  std::atomic<uint64_t> samples_concealed = 0;
};

/// One remote stream from its encoded frames to the application's handlers. `take` runs on the stream's media thread;
/// handlers are set on any thread.
class RemoteStream {
 public:
  /// The stream begins anew: with another sender or after a break.
  struct Restart {};
  using Item = std::variant<frame::EncodedPicture, playout::SoundPiece, Restart>;

  explicit RemoteStream(StreamId id) : id_(std::move(id)) {}

  const StreamId& id() const { return id_; }
  void handle_video(VideoHandlers handlers);
  void handle_audio(AudioHandlers handlers);
  bool handled() const { return handled_; }
  /// True if the sender should be asked for a key frame.
  bool take(Item item);

  RemoteCounts& counts() { return counts_; }
  /// Items on their way to `take`.
  std::atomic<int> queued = 0;

 private:
  bool take_picture(const frame::EncodedPicture& picture, const VideoHandlers& handlers);
  bool decode(const frame::EncodedPicture& picture, const VideoHandlers& handlers);
  void take_sound(const playout::SoundPiece& piece, const AudioHandlers& handlers);
  void give_sound(frame::Sound sound, Timestamp captured_at, bool concealed, const AudioHandlers& handlers);
  void watch_for_freezes(Timestamp captured_at);

  const StreamId id_;
  std::atomic<bool> handled_ = false;
  /// Held while handlers run, so that replacing them waits; recursive, as a handler may replace itself.
  std::recursive_mutex calling_;
  std::shared_ptr<const VideoHandlers> video_;
  std::shared_ptr<const AudioHandlers> audio_;
  // Of the media thread.
  std::unique_ptr<codec::VideoDecoder> decoder_;
  std::optional<rtp::Codec> decoder_codec_;
  std::unique_ptr<codec::OpusDecoder> sound_decoder_;
  int sound_channels_ = 0;
  std::optional<Timestamp> last_picture_;
  TimeDelta mean_interval_ = TimeDelta::zero();
  RemoteCounts counts_;
};

/// The streams that have handlers or arrive. Any thread.
class RemoteStreams {
 public:
  std::shared_ptr<RemoteStream> get(const StreamId& id);
  std::shared_ptr<RemoteStream> find(const StreamId& id) const;
  void forget(const std::string& participant);
  void clear();

 private:
  mutable std::mutex mutex_;
  std::map<StreamId, std::shared_ptr<RemoteStream>> streams_;
};

}  // namespace parley::sdk
