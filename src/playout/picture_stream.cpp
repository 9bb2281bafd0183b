#include "playout/picture_stream.hpp"

#include <algorithm>
#include <utility>

namespace parley::playout {

void PictureStream::receive(const rtp::PacketView& packet, rtp::Codec codec, Timestamp now) {
  if (!packet.payload.empty()) clock_.receive_packet(packet.timestamp, now);
  assembler_.receive(packet, codec, now);
  collect(now);
}

// What is complete leaves the assembler at once: the moment tells how late pictures come.
void PictureStream::collect(Timestamp now) {
  while (auto picture = assembler_.next(now)) {
    lateness_.add(now - Timestamp::from_us(clock_.media_time(picture->rtp_timestamp).us()));
    waiting_bytes_ += picture->data.size();
    waiting_.push_back(std::move(*picture));
    if (waiting_.size() > kMaxWaiting || waiting_bytes_ > kMaxWaitingBytes) throw_away();
  }
}

// Nothing behind a picture that is left out can be decoded but from a key frame on.
void PictureStream::throw_away() {
  do {
    waiting_bytes_ -= waiting_.front().data.size();
    waiting_.pop_front();
    ++thrown_away_;
  } while (!waiting_.empty() && !waiting_.front().key);
  if (waiting_.empty()) assembler_.require_key_frame();
}

TimeDelta PictureStream::wanted_delay(const CaptureClock& clock) const {
  if (lateness_.empty()) return TimeDelta::zero();
  return std::clamp(lateness_.target() - clock_.offset(clock), TimeDelta::zero(), kMaxDelay);
}

std::optional<frame::EncodedPicture> PictureStream::next(const CaptureClock& clock, Timestamp now) {
  collect(now);
  if (waiting_.empty()) return std::nullopt;
  const Timestamp captured = clock_.captured_at(waiting_.front().rtp_timestamp, clock);
  if (delay_ && captured + *delay_ > now) return std::nullopt;
  frame::EncodedPicture picture = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= picture.data.size();
  picture.captured_at = captured;
  return picture;
}

Timestamp PictureStream::next_deadline(const CaptureClock& clock) const {
  Timestamp deadline = assembler_.next_deadline();
  if (assembler_.key_frame_wanted()) deadline = std::min(deadline, wish_not_before_);
  if (waiting_.empty()) return deadline;
  const Timestamp captured = clock_.captured_at(waiting_.front().rtp_timestamp, clock);
  return std::min(deadline, captured + delay_.value_or(TimeDelta::zero()));
}

bool PictureStream::take_key_frame_wish(Timestamp now) {
  if (!assembler_.key_frame_wanted() || now < wish_not_before_) return false;
  wish_not_before_ = now + options_.key_frame_interval;
  ++wishes_;
  return true;
}

void PictureStream::restart() {
  assembler_.restart();
  clock_.restart();
  lateness_.clear();
  waiting_.clear();
  waiting_bytes_ = 0;
}

PictureStream::Stats PictureStream::stats() const { return {assembler_.stats(), wishes_, thrown_away_}; }

}  // namespace parley::playout
