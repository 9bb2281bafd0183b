#include "sdk/remote_stream.hpp"

#include <algorithm>
#include <utility>

namespace parley::sdk {
MediaTime to_media_time(Timestamp t) { return MediaTime(std::chrono::microseconds(t.us())); }

Timestamp from_media_time(MediaTime t) {
  return Timestamp::from_us(std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count());
}

VideoCodec to_public(rtp::Codec codec) {
  switch (codec) {
    case rtp::Codec::Vp9: return VideoCodec::Vp9;
    case rtp::Codec::H264: return VideoCodec::H264;
    case rtp::Codec::Av1: return VideoCodec::Av1;
    default: return VideoCodec::Vp8;
  }
}

rtp::Codec from_public(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::Vp9: return rtp::Codec::Vp9;
    case VideoCodec::H264: return rtp::Codec::H264;
    case VideoCodec::Av1: return rtp::Codec::Av1;
    case VideoCodec::Vp8: break;
  }
  return rtp::Codec::Vp8;
}

ColorSpace to_public(const frame::ColourSpace& colour) {
  return {static_cast<ColorMatrix>(colour.matrix), colour.range == frame::Range::Full};
}
frame::ColourSpace from_public(const ColorSpace& color) {
  return {static_cast<frame::Matrix>(color.matrix), color.fullRange ? frame::Range::Full : frame::Range::Limited};
}
static_assert(static_cast<int>(ColorMatrix::Bt2020) == static_cast<int>(frame::Matrix::Bt2020));

VideoFrame to_public(const frame::Picture& picture, const frame::EncodedPicture& from) {
  VideoFrame out{.width = picture.width(), .height = picture.height()};
  out.y = {picture.y().data, picture.y().stride};
  out.u = {picture.u().data, picture.u().stride};
  out.v = {picture.v().data, picture.v().stride};
  out.rotation = static_cast<int>(from.rotation);
  out.capturedAt = to_media_time(from.captured_at);
  out.color = to_public(from.colour.value_or(picture.colour()));
  out.owner = std::make_shared<frame::Picture>(picture);
  return out;
}

void RemoteStream::handle_video(VideoHandlers handlers) {
  const std::lock_guard lock(calling_);
  handled_ = handlers.onVideo || handlers.onEncoded;
  video_ = handled_ ? std::make_shared<const VideoHandlers>(std::move(handlers)) : nullptr;
}

void RemoteStream::handle_audio(AudioHandlers handlers) {
  const std::lock_guard lock(calling_);
  handled_ = handlers.onAudio || handlers.onEncoded;
  handlers.channels = handlers.channels == 1 ? 1 : 2;
  audio_ = handled_ ? std::make_shared<const AudioHandlers>(std::move(handlers)) : nullptr;
}

bool RemoteStream::take(Item item) {
  const std::lock_guard lock(calling_);
  if (std::holds_alternative<Restart>(item)) {
    decoder_.reset();
    decoder_codec_.reset();
    sound_decoder_.reset();
    last_picture_.reset();
    return false;
  }
  if (const auto* picture = std::get_if<frame::EncodedPicture>(&item)) {
    const auto handlers = video_;  // A handler may replace itself.
    return handlers && take_picture(*picture, *handlers);
  }
  if (const auto handlers = audio_) take_sound(std::get<playout::SoundPiece>(item), *handlers);
  return false;
}

// ---- pictures
// --------------------------------------------------------------------------------------------------------

bool RemoteStream::take_picture(const frame::EncodedPicture& picture, const VideoHandlers& handlers) {
  if (picture.key) ++counts_.key_frames;
  if (handlers.onEncoded) {
    EncodedVideoFrame out{.codec = to_public(picture.codec),
                          .key = picture.key,
                          .width = picture.size.width,
                          .height = picture.size.height,
                          .rotation = static_cast<int>(picture.rotation),
                          .rtpTimestamp = picture.rtp_timestamp,
                          .capturedAt = to_media_time(picture.captured_at),
                          .data = picture.data.share()};
    if (picture.colour) out.color = to_public(*picture.colour);
    handlers.onEncoded(out);
  }
  if (handlers.onVideo) return decode(picture, handlers);
  ++counts_.frames;
  if (picture.size.width > 0) {
    counts_.width = picture.size.width;
    counts_.height = picture.size.height;
  }
  watch_for_freezes(picture.captured_at);
  return false;
}

bool RemoteStream::decode(const frame::EncodedPicture& picture, const VideoHandlers& handlers) {
  if (decoder_codec_ != picture.codec) {
    decoder_ = codec::make_video_decoder(picture.codec);
    decoder_codec_ = picture.codec;
  }
  const auto decoded = decoder_->decode(picture);
  if (!decoded) {
    ++counts_.undecodable;
    ++counts_.key_frames_wanted;
    return true;
  }
  if (!*decoded) return false;
  ++counts_.frames;
  counts_.width = (*decoded)->width();
  counts_.height = (*decoded)->height();
  watch_for_freezes(picture.captured_at);
  handlers.onVideo(to_public(**decoded, picture));
  return false;
}

/// As WebRTC's statistics count them: a pause of three usual intervals, and at least 150 ms longer than usual.
void RemoteStream::watch_for_freezes(Timestamp captured_at) {
  if (last_picture_) {
    const TimeDelta interval = captured_at - *last_picture_;
    const TimeDelta limit = std::max(mean_interval_ * 3, mean_interval_ + TimeDelta::millis(150));
    if (mean_interval_ > TimeDelta::zero() && interval > limit) {
      ++counts_.freezes;
      counts_.frozen_us += interval.us();
    } else {
      const bool first = mean_interval_ == TimeDelta::zero();
      mean_interval_ = first ? interval : (mean_interval_ * 29 + interval) / 30;
    }
  }
  last_picture_ = captured_at;
}

// ---- sound
// -----------------------------------------------------------------------------------------------------------

void RemoteStream::take_sound(const playout::SoundPiece& piece, const AudioHandlers& handlers) {
  using Kind = playout::SoundPiece::Kind;
  if (piece.kind == Kind::Packet && handlers.onEncoded) {
    EncodedAudioFrame out{.rtpTimestamp = piece.sound.rtp_timestamp,
                          .capturedAt = to_media_time(piece.sound.captured_at),
                          .duration = std::chrono::microseconds(piece.sound.duration.us()),
                          .data = piece.sound.data.share()};
    handlers.onEncoded(out);
  }
  if (!handlers.onAudio) return;
  if (!sound_decoder_ || sound_channels_ != handlers.channels) {
    sound_channels_ = handlers.channels;
    sound_decoder_ = std::make_unique<codec::OpusDecoder>(sound_channels_);
  }
  if (piece.kind == Kind::Packet) {
    auto sound = sound_decoder_->decode(piece.sound);
    if (sound) return give_sound(std::move(*sound), piece.sound.captured_at, false, handlers);
    ++counts_.undecodable;
    give_sound(sound_decoder_->lost(piece.sound.duration), piece.sound.captured_at, true, handlers);
  } else if (piece.kind == Kind::Lost) {
    const bool next_is_there = piece.sound.data.size() > 0;
    auto sound = sound_decoder_->lost(piece.sound.duration, next_is_there ? &piece.sound : nullptr);
    give_sound(std::move(sound), piece.sound.captured_at, true, handlers);
  }
}

void RemoteStream::give_sound(frame::Sound sound, Timestamp captured_at, bool concealed,
                              const AudioHandlers& handlers) {
  if (sound.samples.empty()) return;
  const auto owner = std::make_shared<const frame::Sound>(std::move(sound));
  AudioFrame out{.samples = owner->samples.data(), .frames = owner->frames(), .channels = owner->channels};
  out.capturedAt = to_media_time(captured_at);
  out.owner = owner;
  out.concealed = concealed;
  counts_.samples += out.frames;
  if (concealed) counts_.samples_concealed += out.frames;
  handlers.onAudio(out);
}

// ---- all of them
// -----------------------------------------------------------------------------------------------------

std::shared_ptr<RemoteStream> RemoteStreams::get(const StreamId& id) {
  const std::lock_guard lock(mutex_);
  auto& stream = streams_[id];
  if (!stream) stream = std::make_shared<RemoteStream>(id);
  return stream;
}

std::shared_ptr<RemoteStream> RemoteStreams::find(const StreamId& id) const {
  const std::lock_guard lock(mutex_);
  const auto it = streams_.find(id);
  return it == streams_.end() ? nullptr : it->second;
}

void RemoteStreams::forget(const std::string& participant) {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [&](const auto& entry) { return entry.first.participant == participant; });
}

void RemoteStreams::clear() {
  const std::lock_guard lock(mutex_);
  streams_.clear();
}

}  // namespace parley::sdk
