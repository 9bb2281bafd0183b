#include "worker/room_receiver.hpp"

#include <algorithm>
#include <atomic>
#include <optional>

#include <fmt/format.h>

#include "media/ffmpeg/picture_decoder.hpp"
#include "worker/thread_cpu.hpp"

namespace parley::worker {
namespace {

Timestamp from_media_time(MediaTime time) {
  return Timestamp::from_us(std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

rtp::Codec from_sdk(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::Vp8: return rtp::Codec::Vp8;
    case VideoCodec::Vp9: return rtp::Codec::Vp9;
    case VideoCodec::H264: return rtp::Codec::H264;
    case VideoCodec::Av1: return rtp::Codec::Av1;
  }
  return rtp::Codec::Vp8;
}

frame::Rotation rotation(int degrees) {
  switch (degrees) {
    case 90: return frame::Rotation::Quarter;
    case 180: return frame::Rotation::Half;
    case 270: return frame::Rotation::ThreeQuarters;
    default: return frame::Rotation::None;
  }
}

std::optional<frame::ColourSpace> colour(const std::optional<ColorSpace>& in) {
  if (!in) return std::nullopt;
  const auto range = in->fullRange ? frame::Range::Full : frame::Range::Limited;
  switch (in->matrix) {
    case ColorMatrix::Bt601: break;
    case ColorMatrix::Bt709: return frame::ColourSpace{frame::Matrix::Bt709, range};
    case ColorMatrix::Bt2020: return frame::ColourSpace{frame::Matrix::Bt2020, range};
  }
  return frame::ColourSpace{frame::Matrix::Bt601, range};
}

frame::EncodedPicture from_sdk(const EncodedVideoFrame& in) {
  return {.codec = from_sdk(in.codec),
          .key = in.key,
          .size = {in.width, in.height},
          .rotation = rotation(in.rotation),
          .colour = colour(in.color),
          .rtp_timestamp = in.rtpTimestamp,
          .captured_at = from_media_time(in.capturedAt),
          .data = frame::Payload(in.data)};
}

frame::EncodedSound from_sdk(const EncodedAudioFrame& in) {
  return {.rtp_timestamp = in.rtpTimestamp,
          .captured_at = from_media_time(in.capturedAt),
          .duration = TimeDelta::micros(in.duration.count()),
          .data = frame::Payload(in.data)};
}

std::atomic<int64_t> decoding_us{0};

/// The SDK takes the server's address as people write it.
std::string server_url(const std::string& signal_url) {
  std::string url = signal_url.substr(0, signal_url.rfind("/v1/signal"));
  if (url.starts_with("ws")) url.replace(0, 2, "http");
  return url;
}

MeetingConfig meeting_config(const RoomReceiver::Config& config) {
  MeetingConfig out;
  out.serverUrl = server_url(config.signal_url);
  out.token = config.token;
  out.meetingId = config.room;
  out.name = "Recorder";
  out.mode = Mode::RecvOnly;
  out.initialSeats = config.seats;
  out.delivery = Delivery::AsSoonAsComplete;
  // The server is the one that started this process, on this machine; its certificate names another host.
  out.verifyServer = false;
  return out;
}

media::Source source_of(StreamKind kind) {
  return kind == StreamKind::Share ? media::Source::Share : media::Source::Camera;
}

}  // namespace

/// One camera or screen. Fed on one media thread; tuned from the worker's.
class RoomReceiver::PictureStream {
 public:
  PictureStream(StreamKey key, const Callbacks& callbacks) : key_(std::move(key)), callbacks_(callbacks) {}

  void receive(const EncodedVideoFrame& in) {
    const frame::EncodedPicture picture = from_sdk(in);
    {
      const std::lock_guard lock(mutex_);
      if (listener_.on_picture) listener_.on_picture(picture);
    }
    if (wanted_) decode(picture);
  }
  void set_listener(EncodedListener listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }
  bool listened() const {
    const std::lock_guard lock(mutex_);
    return listener_.on_picture != nullptr;
  }
  void want(bool wanted) { wanted_ = wanted; }

 private:
  void decode(const frame::EncodedPicture& picture) {
    const TimeDelta before = thread_cpu();
    if (!decoder_ || codec_ != picture.codec) {
      if (!picture.key) return;  // nothing can be made of it
      decoder_.emplace(picture.codec);
      codec_ = picture.codec;
    }
    // A broken picture is skipped: the decoder goes on at the next key picture, which the receiver asks for by itself.
    auto decoded = decoder_->decode(picture);
    decoding_us += (thread_cpu() - before).us();
    if (!decoded || !*decoded) return;
    callbacks_.on_feed(PictureArrived{
        {key_.participant, source_of(key_.kind)}, std::move(**decoded), picture.rotation, picture.captured_at});
  }

  const StreamKey key_;
  const Callbacks& callbacks_;
  std::atomic<bool> wanted_{true};
  std::optional<media::PictureDecoder> decoder_;
  rtp::Codec codec_ = rtp::Codec::Vp8;
  mutable std::mutex mutex_;
  EncodedListener listener_;
};

/// One microphone or screen's sound; the SDK decodes it.
class RoomReceiver::SoundStream {
 public:
  SoundStream(StreamKey key, const Callbacks& callbacks) : key_(std::move(key)), callbacks_(callbacks) {}

  void receive(const AudioFrame& in) {
    frame::Sound sound{in.channels, {in.samples, in.samples + in.frames * static_cast<size_t>(in.channels)}};
    callbacks_.on_feed(SoundArrived{key_.participant, key_.kind == StreamKind::ShareAudio, std::move(sound),
                                    from_media_time(in.capturedAt)});
  }
  void receive(const EncodedAudioFrame& in) {
    const std::lock_guard lock(mutex_);
    if (listener_.on_sound) listener_.on_sound(from_sdk(in));
  }
  void set_listener(EncodedListener listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }

 private:
  const StreamKey key_;
  const Callbacks& callbacks_;
  std::mutex mutex_;
  EncodedListener listener_;
};

RoomReceiver::RoomReceiver(const Config& config, Callbacks callbacks)
    : callbacks_(std::move(callbacks)), meeting_(meeting_config(config), this) {}

RoomReceiver::~RoomReceiver() = default;

void RoomReceiver::join() {
  meeting_.join().then([this](const parley::Result<void>& joined) {
    if (!joined) callbacks_.on_left(joined.error().message);
  });
}

void RoomReceiver::leave() { meeting_.leave(); }

void RoomReceiver::onJoined() {
  tell_room();
  callbacks_.on_joined();
}

void RoomReceiver::onLeft(const LeaveInfo& info) {
  callbacks_.on_left(info.message.empty() ? fmt::format("the meeting was left ({})", info.code) : info.message);
}

void RoomReceiver::onParticipantJoined(const Participant& participant) {
  attach(participant.id);
  tell_room();
}

void RoomReceiver::onParticipantLeft(const Participant& participant, const LeaveInfo&) {
  {
    const std::lock_guard lock(mutex_);
    const auto is_theirs = [&](const auto& item) { return item.first.participant.value() == participant.id; };
    std::erase_if(pictures_, is_theirs);
    std::erase_if(sounds_, is_theirs);
  }
  tell_room();
}

void RoomReceiver::onStreamEnabled(const Participant& participant, const Stream& stream) {
  tell_room();
  callbacks_.on_stream({ParticipantId(participant.id), stream.kind}, true);
}

void RoomReceiver::onStreamDisabled(const Participant& participant, StreamKind kind) {
  tell_room();
  callbacks_.on_stream({ParticipantId(participant.id), kind}, false);
}

void RoomReceiver::onStreamPaused(const std::string&, StreamKind, PauseReason reason) {
  if (reason == PauseReason::Publisher) tell_room();
}

void RoomReceiver::onStreamResumed(const std::string&, StreamKind, PauseReason reason) {
  if (reason == PauseReason::Publisher) tell_room();
}

void RoomReceiver::tell_room() {
  auto room = std::make_shared<Room>();
  for (const Participant& participant : meeting_.participants()) {
    const auto on = [&](StreamKind kind) {
      return std::any_of(participant.streams.begin(), participant.streams.end(),
                         [&](const Stream& stream) { return stream.kind == kind && !stream.paused; });
    };
    room->guests.push_back({.id = ParticipantId(participant.id),
                            .name = participant.displayName,
                            .camera_on = on(StreamKind::Video),
                            .microphone_on = on(StreamKind::Audio),
                            .sharing = on(StreamKind::Share),
                            .camera_pinned = participant.pin.cam,
                            .share_pinned = participant.pin.share});
  }
  room->speaker = ParticipantId(meeting_.activeSpeakerId());
  room->presenter = ParticipantId(meeting_.activePresenterId());
  callbacks_.on_feed(RoomChanged{std::move(room)});
}

std::shared_ptr<RoomReceiver::PictureStream> RoomReceiver::picture_stream(const StreamKey& key) {
  const std::lock_guard lock(mutex_);
  auto& stream = pictures_[key];
  if (!stream) stream = std::make_shared<PictureStream>(key, callbacks_);
  return stream;
}

std::shared_ptr<RoomReceiver::SoundStream> RoomReceiver::sound_stream(const StreamKey& key) {
  const std::lock_guard lock(mutex_);
  auto& stream = sounds_[key];
  if (!stream) stream = std::make_shared<SoundStream>(key, callbacks_);
  return stream;
}

void RoomReceiver::attach(const std::string& participant) {
  for (const StreamKind kind : {StreamKind::Video, StreamKind::Share}) {
    VideoHandlers handlers;
    handlers.onEncoded = [stream = picture_stream({ParticipantId(participant), kind})](const EncodedVideoFrame& in) {
      stream->receive(in);
    };
    meeting_.handleVideo(participant, kind, std::move(handlers));
    // Who comes may be shown already: the room tells of people before it hands over their streams. Who is not shown is
    // not received, and above all not in the size that a stream has before anybody says how large it is drawn.
    const std::lock_guard lock(mutex_);
    if (const auto stream = pictures_.find({ParticipantId(participant), kind}); stream != pictures_.end())
      tune(stream->first, *stream->second);
  }
  for (const StreamKind kind : {StreamKind::Audio, StreamKind::ShareAudio}) {
    const auto stream = sound_stream({ParticipantId(participant), kind});
    AudioHandlers handlers;
    handlers.onAudio = [stream](const AudioFrame& in) { stream->receive(in); };
    handlers.onEncoded = [stream](const EncodedAudioFrame& in) { stream->receive(in); };
    meeting_.handleAudio(participant, kind, std::move(handlers));
  }
}

void RoomReceiver::show(const std::map<media::TileKey, frame::Size>& sizes) {
  const std::lock_guard lock(mutex_);
  shown_ = sizes;
  for (const auto& [key, stream] : pictures_) tune(key, *stream);
}

/// Under the lock: of two that tune a stream the later one has to know the later sizes.
void RoomReceiver::tune(const StreamKey& key, PictureStream& stream) {
  if (!shown_) return;
  const auto shown = shown_->find({key.participant, source_of(key.kind)});
  stream.want(shown != shown_->end());
  apply_size(key, shown == shown_->end() ? frame::Size{} : shown->second, stream.listened());
}

void RoomReceiver::apply_size(const StreamKey& key, frame::Size size, bool listened) {
  const std::string& participant = key.participant.value();
  if (listened) size = {};  // copied streams come in their best quality
  if (size == frame::Size{} && !listened) return meeting_.pause(participant, key.kind);
  meeting_.setViewport(participant, key.kind, size.width, size.height);
  meeting_.resume(participant, key.kind);
}

void RoomReceiver::listen(const StreamKey& key, EncodedListener listener) {
  if (isAudio(key.kind)) return sound_stream(key)->set_listener(std::move(listener));
  picture_stream(key)->set_listener(std::move(listener));
  apply_size(key, {}, true);
}

void RoomReceiver::unlisten(const StreamKey& key) {
  if (isAudio(key.kind)) return sound_stream(key)->set_listener({});
  const auto stream = picture_stream(key);
  stream->set_listener({});
  const std::lock_guard lock(mutex_);
  if (!shown_) return apply_size(key, {}, false);
  tune(key, *stream);
}

TimeDelta RoomReceiver::decoding_time() const { return TimeDelta::micros(decoding_us); }

}  // namespace parley::worker
