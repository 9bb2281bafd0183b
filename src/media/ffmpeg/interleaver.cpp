#include "media/ffmpeg/interleaver.hpp"

#include <algorithm>

namespace parley::media {

void Interleaver::push(EncodedPacket packet) {
  const bool video = packet.kind == rtp::MediaKind::Video;
  Stream& stream = video ? video_ : audio_;
  if (!(video ? has_video_ : has_audio_) || (!stream.started && !packet.key) ||
      (stream.last_dts && packet.dts <= *stream.last_dts) ||
      (zero_ && packet.pts + (video ? TimeDelta::zero() : priming_) < *zero_)) {
    ++dropped_;
    return;
  }
  stream.started = true;
  stream.last_dts = packet.dts;
  stream.queue.push_back(std::move(packet));
}

TimeDelta Interleaver::queued_until() const {
  TimeDelta until = TimeDelta::micros(INT64_MIN);
  for (const Stream* stream : {&video_, &audio_}) {
    if (!stream->queue.empty()) until = std::max(until, stream->queue.back().dts);
  }
  return until;
}

// Finds where the output begins; false while that is open.
bool Interleaver::begin() {
  if (zero_) return true;
  if (has_video_ && !video_.queue.empty()) {
    zero_ = video_.queue.front().pts;
    while (!audio_.queue.empty() && audio_.queue.front().pts + priming_ < *zero_) {
      audio_.queue.pop_front();
      ++dropped_;
    }
    return true;
  }
  if (audio_.queue.empty()) return false;
  const TimeDelta first = audio_.queue.front().pts;
  if (has_video_ && !finished_ && audio_.queue.back().pts - first < kPatience) return false;
  zero_ = first + priming_;
  return true;
}

bool Interleaver::must_wait_for(bool expected, const Stream& stream) const {
  return expected && !finished_ && stream.queue.empty();
}

std::optional<EncodedPacket> Interleaver::take(Stream& stream) {
  EncodedPacket packet = std::move(stream.queue.front());
  stream.queue.pop_front();
  packet.pts = packet.pts - *zero_;
  packet.dts = packet.dts - *zero_;
  return packet;
}

std::optional<EncodedPacket> Interleaver::pop() {
  if (!begin()) return std::nullopt;
  if (video_.queue.empty() && audio_.queue.empty()) return std::nullopt;
  const bool video_first =
      !video_.queue.empty() && (audio_.queue.empty() || video_.queue.front().dts <= audio_.queue.front().dts);
  Stream& first = video_first ? video_ : audio_;
  const bool waits = video_first ? must_wait_for(has_audio_, audio_) : must_wait_for(has_video_, video_);
  if (waits && queued_until() - first.queue.front().dts < kPatience) return std::nullopt;
  return take(first);
}

}  // namespace parley::media
