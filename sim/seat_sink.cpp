#include "seat_sink.hpp"

#include <algorithm>

namespace parley::sim {

void SeatSink::Times::add(Timestamp claimed, Timestamp truth, Timestamp now) {
  least_error = std::min(least_error, claimed - truth);
  most_error = std::max(most_error, claimed - truth);
  most_delay = std::max(most_delay, now - truth);
}

void SeatSink::receive(const rtp::PacketView& packet, rtp::Codec codec, Timestamp now) {
  playout_.receive(packet, codec, now);
  on_tick(now);
}

void SeatSink::receive_report(rtp::MediaKind kind, const transport::SourceReport& report, Timestamp now) {
  playout_.receive_report(kind, report.ntp, report.rtp_timestamp, clock_, now);
}

void SeatSink::on_tick(Timestamp now) {
  while (const auto picture = playout_.next_picture(clock_, now)) take(*picture, now);
  while (const auto piece = playout_.next_sound(clock_, now)) take(*piece, now);
}

void SeatSink::take(const frame::EncodedPicture& picture, Timestamp now) {
  ++stats_.pictures;
  const std::optional<FrameStamp> stamp = read_frame(picture.data.view());
  if (!stamp || stamp->key != picture.key) {
    ++stats_.corrupt;
    return;
  }
  if (stamp->key) {
    ++stats_.key_frames;
    decoded_.clear();
  }
  if (stats_.last) {
    stats_.source_changes += stats_.last->source != stamp->source;
    stats_.layer_changes += stats_.last->source == stamp->source && stats_.last->layer != stamp->layer;
    stats_.longest_freeze = std::max(stats_.longest_freeze, now - last_picture_at_);
  }
  stats_.undecodable += !stamp->key && !decoded_.contains(stamp->depends);
  decoded_.insert(stamp->frame);
  stats_.last = stamp;
  last_picture_at_ = now;
  stats_.first_picture = std::min(stats_.first_picture, now);
  stats_.picture_times.add(picture.captured_at, stamp->captured_at, now);
}

void SeatSink::take(const playout::SoundPiece& piece, Timestamp now) {
  using Kind = playout::SoundPiece::Kind;
  stats_.sounds_lost += piece.kind == Kind::Lost;
  stats_.pauses += piece.kind == Kind::Pause;
  if (piece.kind != Kind::Packet) return;
  const std::optional<FrameStamp> stamp = read_frame(piece.sound.data.view());
  if (!stamp) {
    ++stats_.corrupt;
    return;
  }
  ++stats_.sounds;
  stats_.sound_times.add(piece.sound.captured_at, stamp->captured_at, now);
}

}  // namespace parley::sim
