#include "sdk/media_session.hpp"

#include <algorithm>

namespace parley::sdk {
namespace {

using transport::CodecOffer;

/// What is sent in: constrained baseline with packetization mode 1 is the H.264 that every receiver has.
std::vector<CodecOffer> sendable_codecs() {
  std::vector<CodecOffer> out;
  for (const CodecOffer& codec : transport::receivable_codecs(rtp::MediaKind::Video)) {
    const bool other_h264 =
        codec.codec == rtp::Codec::H264 && (codec.parameters.find("packetization-mode=1") == std::string::npos ||
                                            codec.parameters.find("profile-level-id=42e0") == std::string::npos);
    if (!other_h264) out.push_back(codec);
  }
  return out;
}

transport::Offerer make_offerer(const MediaSession::Config& config) {
  const auto& fingerprint = config.identity->fingerprint();
  return transport::Offerer({.fingerprint = {fingerprint.algorithm, fingerprint.digest}, .candidates = {}});
}

}  // namespace

MediaSession::MediaSession(const Config& config, Rng& rng)
    : config_(config),
      rng_(rng),
      offerer_(make_offerer(config)),
      wanted_main_(std::clamp(config.main_seats, 0, kMaxMainSeats)),
      wanted_share_(std::clamp(config.share_seats, 0, kMaxShareSeats)) {
  add_send_lines();
  grow(wire::SeatLine::MAIN, wanted_main_);
  grow(wire::SeatLine::SHARE, wanted_share_);
}

/// In the order of `StreamKind`, so that a source's line is its number. All are there from the first offer: switching a
/// source on needs no negotiation.
void MediaSession::add_send_lines() {
  const auto audio = transport::receivable_codecs(rtp::MediaKind::Audio);
  offerer_.add_send_line({.kind = rtp::MediaKind::Audio, .codecs = audio, .stream = "main"});
  offerer_.add_send_line(
      {.kind = rtp::MediaKind::Video, .codecs = sendable_codecs(), .rids = {"q", "h", "f"}, .stream = "main"});
  offerer_.add_send_line(
      {.kind = rtp::MediaKind::Video, .codecs = sendable_codecs(), .rids = {"q", "h"}, .stream = "share"});
  offerer_.add_send_line({.kind = rtp::MediaKind::Audio, .codecs = audio, .stream = "share"});
}

void MediaSession::grow(wire::SeatLine::Kind kind, int by) {
  for (int i = 0; i < by; ++i) {
    Seat seat{.kind = kind};
    seat.audio_line =
        offerer_.add_receive_line(rtp::MediaKind::Audio, transport::receivable_codecs(rtp::MediaKind::Audio));
    seat.video_line =
        offerer_.add_receive_line(rtp::MediaKind::Video, transport::receivable_codecs(rtp::MediaKind::Video));
    seats_.push_back(seat);
    ++(kind == wire::SeatLine::SHARE ? share_seats_ : main_seats_);
  }
}

// ---- negotiation
// -----------------------------------------------------------------------------------------------------

void MediaSession::want_seats(int main, int share) {
  wanted_main_ = std::clamp(main, wanted_main_, kMaxMainSeats);
  wanted_share_ = std::clamp(share, wanted_share_, kMaxShareSeats);
  due_ = due_ || wanted_main_ > main_seats_ || wanted_share_ > share_seats_;
}

void MediaSession::restart_ice() {
  offerer_.restart_ice();
  due_ = true;
}

void MediaSession::grow_wanted() {
  const int main = wanted_main_ - main_seats_;
  if (main > 0) grow(wire::SeatLine::MAIN, std::min(std::max(main, kMinGrowth), kMaxMainSeats - main_seats_));
  grow(wire::SeatLine::SHARE, wanted_share_ - share_seats_);
}

std::optional<wire::Offer> MediaSession::take_offer() {
  if (!due_ || under_way_) return std::nullopt;
  grow_wanted();
  due_ = false;
  under_way_ = true;
  wire::Offer offer;
  offer.set_sdp(offerer_.offer());
  describe(offer);
  return offer;
}

void MediaSession::describe(wire::Offer& offer) const {
  for (const StreamKind kind : {StreamKind::Audio, StreamKind::Video, StreamKind::Share, StreamKind::ShareAudio}) {
    wire::SendLine* line = offer.add_sends();
    line->set_mid(offerer_.mid(send_line(kind)).value());
    line->set_source(static_cast<wire::Source>(kind));
  }
  for (size_t i = 0; i < seats_.size(); ++i) {
    wire::SeatLine* seat = offer.add_seats();
    seat->set_seat(static_cast<uint32_t>(i + 1));
    seat->set_kind(seats_[i].kind);
    seat->set_audio_mid(offerer_.mid(seats_[i].audio_line).value());
    seat->set_video_mid(offerer_.mid(seats_[i].video_line).value());
  }
}

std::expected<void, Error> MediaSession::accept(std::string_view answer_sdp, Timestamp now) {
  under_way_ = false;
  auto description = offerer_.accept(answer_sdp);
  if (!description) {
    due_ = true;
    return std::unexpected(
        Error{kMediaConnectionFailed, "The server's answer is no use: " + description.error().message});
  }
  filter_candidates(*description);
  if (connection_) {
    connection_->update(std::move(*description));
  } else {
    transport::Connection::Config config{.identity = config_.identity, .half = transport::Half::Client};
    config.hosts = config_.hosts;
    connection_ = std::make_unique<transport::Connection>(config, std::move(*description), rng_);
  }
  (void)now;
  return {};
}

void MediaSession::filter_candidates(transport::Description& description) const {
  if (config_.protocol == Protocol::UdpOverTcp) return;
  const auto unwanted = config_.protocol == Protocol::UdpOnly ? Path::Protocol::Tcp : Path::Protocol::Udp;
  std::erase_if(description.remote_candidates, [&](const auto& c) { return c.protocol == unwanted; });
}

void MediaSession::offer_failed() {
  under_way_ = false;
  due_ = true;
}

// ---- media
// -----------------------------------------------------------------------------------------------------------

std::optional<SeatHalf> MediaSession::seat_of(uint8_t line) const {
  // Seats follow the four lines that send, two lines each.
  constexpr size_t kSendLines = 4;
  if (line < kSendLines) return std::nullopt;
  const size_t index = (line - kSendLines) / 2;
  if (index >= seats_.size()) return std::nullopt;
  const Seat& seat = seats_[index];
  return SeatHalf{.seat = static_cast<uint32_t>(index + 1),
                  .share = seat.kind == wire::SeatLine::SHARE,
                  .audio = line == seat.audio_line};
}

const transport::CodecBinding* MediaSession::binding(StreamKind kind, rtp::Codec codec) const {
  if (!connection_) return nullptr;
  const transport::Line& line = connection_->description().lines.at(send_line(kind));
  if (line.direction != transport::Direction::Send) return nullptr;
  const auto it = std::ranges::find(line.codecs, codec, &transport::CodecBinding::codec);
  return it == line.codecs.end() ? nullptr : &*it;
}

size_t MediaSession::layers(StreamKind kind) const {
  if (!connection_) return 1;
  return std::max<size_t>(1, connection_->description().lines.at(send_line(kind)).rids.size());
}

}  // namespace parley::sdk
