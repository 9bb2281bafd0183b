#include "sdk/remote_media.hpp"

#include <algorithm>

namespace parley::sdk {
namespace {

playout::SeatPlayout::Options playout_options(Delivery delivery) {
  playout::SeatPlayout::Options options;
  options.delivery = delivery == Delivery::Paced ? playout::Delivery::Paced : playout::Delivery::AsSoonAsComplete;
  return options;
}

}  // namespace

StreamId RemoteMedia::Seat::stream(rtp::MediaKind kind) const {
  const bool audio = kind == rtp::MediaKind::Audio;
  if (share) return {participant, audio ? StreamKind::ShareAudio : StreamKind::Share};
  return {participant, audio ? StreamKind::Audio : StreamKind::Video};
}

RemoteMedia::RemoteMedia(Client& client, RemoteStreams& streams, Delivery delivery, int threads)
    : client_(client), streams_(streams), options_(playout_options(delivery)) {
  for (int i = 0; i < std::clamp(threads, 1, 64); ++i) {
    threads_.push_back(std::make_unique<EventThread>("parley-media", EventThread::AtEnd::DropWaiting));
  }
}

RemoteMedia::~RemoteMedia() = default;

void RemoteMedia::reset() {
  for (const auto& [number, seat] : seats_) restart_streams(seat);
  seats_.clear();
  clock_ = {};
}

void RemoteMedia::on_seats_moved() {
  const RoomState::Seats& now = client_.room().seats();
  for (auto it = seats_.begin(); it != seats_.end();) {
    const auto sits = now.find(it->first);
    if (sits != now.end() && sits->second == it->second.participant) {
      ++it;
      continue;
    }
    restart_streams(it->second);
    it = seats_.erase(it);
  }
}

/// What is decoded next belongs to another connection or seat.
void RemoteMedia::restart_streams(const Seat& seat) {
  for (const auto kind : {rtp::MediaKind::Audio, rtp::MediaKind::Video}) {
    if (const auto stream = streams_.find(seat.stream(kind))) post(stream, RemoteStream::Restart{});
  }
}

/// Of somebody; null for an empty seat. A seat begins with its first packet.
RemoteMedia::Seat* RemoteMedia::seat_of(uint8_t line) {
  if (client_.media() == nullptr) return nullptr;
  const auto half = client_.media()->seat_of(line);
  if (!half) return nullptr;
  auto it = seats_.find(half->seat);
  if (it == seats_.end()) {
    const auto stream = client_.stream_of(line);
    if (!stream) return nullptr;
    Seat seat{.participant = stream->participant, .share = half->share, .playout = playout::SeatPlayout(options_)};
    it = seats_.emplace(half->seat, std::move(seat)).first;
  }
  (half->audio ? it->second.audio_line : it->second.video_line) = line;
  return &it->second;
}

void RemoteMedia::receive(const transport::ReceivedPacket& packet, Timestamp now) {
  Seat* seat = seat_of(packet.line);
  if (seat == nullptr || packet.binding == nullptr) return;
  seat->playout.receive(packet.packet, packet.binding->codec, now);
  drain(*seat, now);
}

void RemoteMedia::receive_report(const transport::SourceReport& report, Timestamp now) {
  Seat* seat = seat_of(report.line);
  if (seat == nullptr) return;
  const bool audio = seat->audio_line == report.line;
  seat->playout.receive_report(audio ? rtp::MediaKind::Audio : rtp::MediaKind::Video, report.ntp, report.rtp_timestamp,
                               clock_, now);
}

void RemoteMedia::drain(Seat& seat, Timestamp now) {
  while (auto picture = seat.playout.next_picture(clock_, now)) hand_over(seat, std::move(*picture), now);
  while (auto piece = seat.playout.next_sound(clock_, now)) hand_over(seat, std::move(*piece));
  if (seat.playout.take_key_frame_wish(now)) wish(seat, now);
}

void RemoteMedia::hand_over(Seat& seat, frame::EncodedPicture picture, Timestamp now) {
  const auto stream = streams_.find(seat.stream(rtp::MediaKind::Video));
  if (!stream || !stream->handled()) return;
  if (seat.skipping && picture.key && stream->queued < kMaxQueuedPictures / 4) seat.skipping = false;
  if (!seat.skipping && stream->queued >= kMaxQueuedPictures) seat.skipping = true;
  if (!seat.skipping) return post(stream, std::move(picture));
  ++stream->counts().dropped;
  wish(seat, now);
}

void RemoteMedia::hand_over(Seat& seat, playout::SoundPiece piece) {
  const auto stream = streams_.find(seat.stream(rtp::MediaKind::Audio));
  if (!stream || !stream->handled()) return;
  if (stream->queued >= kMaxQueuedSounds) {
    ++stream->counts().dropped;
    return;
  }
  post(stream, std::move(piece));
}

void RemoteMedia::post(const std::shared_ptr<RemoteStream>& stream, RemoteStream::Item item) {
  if (threads_.empty()) return;
  ++stream->queued;
  const size_t thread = std::hash<std::string>{}(stream->id().participant) % threads_.size();
  threads_[thread]->post([this, stream, item = std::move(item)]() mutable {
    const bool wanted = stream->take(std::move(item));
    --stream->queued;
    if (wanted && request_key_frame_) request_key_frame_(stream->id());
  });
}

void RemoteMedia::wish(Seat& seat, Timestamp now) {
  if (!seat.video_line || now < seat.wish_not_before) return;
  seat.wish_not_before = now + kWishInterval;
  const auto stream = streams_.find(seat.stream(rtp::MediaKind::Video));
  if (stream && stream->handled()) wishes_.push_back(*seat.video_line);
}

void RemoteMedia::want_key_frame(const StreamId& stream, Timestamp now) {
  for (auto& [number, seat] : seats_) {
    if (seat.stream(rtp::MediaKind::Video) == stream) wish(seat, now);
  }
}

void RemoteMedia::on_deadline(Timestamp now) {
  for (auto& [number, seat] : seats_) {
    if (seat.playout.next_deadline(clock_) <= now) drain(seat, now);
  }
}

Timestamp RemoteMedia::next_deadline() const {
  Timestamp next = Timestamp::never();
  for (const auto& [number, seat] : seats_) next = std::min(next, seat.playout.next_deadline(clock_));
  return next;
}

}  // namespace parley::sdk
