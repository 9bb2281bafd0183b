#include "playout/sound_stream.hpp"

#include <algorithm>
#include <utility>

#include "frame/sound.hpp"
#include "rtp/payload/opus.hpp"

namespace parley::playout {

void SoundStream::receive(const rtp::PacketView& packet, Timestamp now) {
  const std::optional<uint32_t> samples = rtp::opus_samples(packet.payload);
  if (!packet.payload.empty() && (!samples || packet.payload.size() > kMaxPacketSize)) {
    ++stats_.malformed;
    return;
  }
  const auto place = run_.place(packet.sequence_number);
  if (place && place->restarted) {
    packets_.clear();
    next_.reset();
    ++stats_.restarts;
  }
  if (!place || (next_ && place->number < *next_)) {
    ++stats_.late;
    return;
  }
  const auto [at, added] = packets_.try_emplace(place->number);
  if (!added) {
    ++stats_.duplicates;
    return;
  }
  at->second = {packet.timestamp, samples.value_or(0), now,
                frame::Payload({packet.payload.begin(), packet.payload.end()})};
  if (samples) {
    clock_.receive_packet(packet.timestamp, now);
    lateness_.add(now - Timestamp::from_us(clock_.media_time(packet.timestamp).us()));
  }
  if (packets_.size() > kMaxPackets) {
    ++stats_.overflows;
    if (!next_) next_timestamp_ = packets_.begin()->second.timestamp;
    next_ = packets_.begin()->first + 1;
    packets_.erase(packets_.begin());
  }
}

TimeDelta SoundStream::wanted_delay(const CaptureClock& clock) const {
  if (lateness_.empty()) return TimeDelta::zero();
  return std::clamp(lateness_.target() - clock_.offset(clock), TimeDelta::zero(), kMaxDelay);
}

std::optional<SoundPiece> SoundStream::next(const CaptureClock& clock, Timestamp now) {
  for (;;) {
    drop_empty_packets();
    if (packets_.empty() || now < due(clock)) return std::nullopt;
    if (auto filling = fill(clock)) return filling;
    if (packets_.begin()->second.samples > 0) return take_front(clock);
  }
}

Timestamp SoundStream::next_deadline(const CaptureClock& clock) const {
  return packets_.empty() ? Timestamp::never() : due(clock);
}

void SoundStream::restart() {
  *this = [this] {
    SoundStream fresh(options_);
    fresh.delay_ = delay_;
    fresh.stats_ = stats_;
    return fresh;
  }();
}

// Packets that hold no sound only take a number: padding, or what an SFU left out.
void SoundStream::drop_empty_packets() {
  while (!packets_.empty() && missing() == 0 && packets_.begin()->second.samples == 0) {
    if (next_) ++*next_;
    packets_.erase(packets_.begin());
  }
}

// When the first packet, or the lost one in front of it, is to be handed out.
Timestamp SoundStream::due(const CaptureClock& clock) const {
  const Packet& front = packets_.begin()->second;
  const bool waits = missing() > 0;
  // What a piece says of its capture cannot be taken back.
  const Timestamp by_order =
      std::max(waits ? front.arrival + options_.longest_wait : front.arrival, clock_.undecided_until());
  if (!delay_) return by_order;
  const Timestamp in_time = clock_.captured_at(waits ? next_timestamp_ : front.timestamp, clock) + *delay_;
  return waits ? std::min(by_order, in_time) : std::max(in_time, clock_.undecided_until());
}

// What stands between the last piece and the first packet, one piece a call. How long each lost packet was nobody
// knows: as long as the last one, and what is left over was a pause. That comes first, since where speech begins again
// a loss hurts more.
std::optional<SoundPiece> SoundStream::fill(const CaptureClock& clock) {
  const auto& [number, front] = *packets_.begin();
  if (!next_) return std::nullopt;
  const int64_t span = static_cast<int32_t>(front.timestamp - next_timestamp_);
  if (span <= 0 || (front.samples == 0 && missing() > 0)) {
    if (front.samples > 0) next_timestamp_ = front.timestamp;
    next_ = number;
    return std::nullopt;
  }
  constexpr int64_t kMaxConcealedSamples = kMaxConcealed.us() * frame::kSampleRate / 1'000'000;
  const int64_t concealed = std::min({missing() * last_samples_, kMaxConcealedSamples, span});
  if (span > concealed) {
    ++stats_.pauses;
    next_ = number - (concealed + last_samples_ - 1) / last_samples_;
    return piece(SoundPiece::Kind::Pause, static_cast<uint32_t>(span - concealed), clock, {});
  }
  ++stats_.lost;
  ++*next_;
  const bool right_before = missing() == 0;
  const auto samples = static_cast<uint32_t>(right_before ? span : std::min<int64_t>(last_samples_, span));
  return piece(SoundPiece::Kind::Lost, samples, clock, right_before ? front.data : frame::Payload());
}

SoundPiece SoundStream::take_front(const CaptureClock& clock) {
  const auto front = packets_.extract(packets_.begin());
  const Packet& packet = front.mapped();
  next_ = front.key() + 1;
  next_timestamp_ = packet.timestamp;
  last_samples_ = packet.samples;
  ++stats_.packets;
  return piece(SoundPiece::Kind::Packet, packet.samples, clock, packet.data);
}

SoundPiece SoundStream::piece(SoundPiece::Kind kind, uint32_t samples, const CaptureClock& clock, frame::Payload data) {
  const uint32_t timestamp = std::exchange(next_timestamp_, next_timestamp_ + samples);
  return {kind,
          {.rtp_timestamp = timestamp,
           .captured_at = clock_.captured_at(timestamp, clock),
           .duration = frame::duration_of(samples),
           .data = std::move(data)}};
}

}  // namespace parley::playout
