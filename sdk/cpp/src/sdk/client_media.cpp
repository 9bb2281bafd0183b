#include <algorithm>
#include <utility>

#include "sdk/client.hpp"
#include "sdk/convert.hpp"

/// The media half of a client: negotiation, and what to do when the path breaks.
namespace parley::sdk {

void Client::create_media() {
  drop_media();
  media_ = std::make_unique<MediaSession>(config_.media, rng_);
  restarted_ = false;
  out_.told.emplace_back(MediaReplaced{});
}

void Client::drop_media() {
  if (!media_) return;
  if (media_->connection()) media_->connection()->close(Timestamp(), out_.datagrams);
  // The next connection begins with as many seats as this one came to need.
  config_.media.main_seats = std::max(config_.media.main_seats, media_->seats(false));
  config_.media.share_seats = std::max(config_.media.share_seats, media_->seats(true));
  media_.reset();
  media_up_ = media_trouble_ = unheard_ = restarted_ = false;
  media_deadline_ = Timestamp::never();
  out_.told.emplace_back(MediaReplaced{});
}

// ---- negotiation
// -----------------------------------------------------------------------------------------------------

void Client::negotiate(Timestamp now) {
  if (!media_ || !media_->connection() || !session_ || !session_->connected()) return;
  auto offer = media_->take_offer();
  if (!offer) return;
  wire::ClientMessage message;
  *message.mutable_renegotiate()->mutable_offer() = std::move(*offer);
  const auto asked = ask(std::move(message), {.kind = Purpose::Kind::Offer}, now);
  if (!asked) media_->offer_failed();
}

void Client::reply_to_offer(std::expected<wire::ServerMessage, Error>& result, Timestamp now) {
  if (!media_) return;
  if (result && result->has_negotiated()) {
    const auto taken = media_->accept(result->negotiated().answer_sdp(), now);
    RoomEvents events;
    room_.apply(*result, events);
    tell_room(events, now);
    if (!taken) return rejoin(taken.error().message, now);
    follow_media(now);
    return negotiate(now);
  }
  media_->offer_failed();
  const int code = result ? 0 : result.error().code;
  // Those say nothing about the offer: it goes again when the connection is back.
  if (code == kReconnecting || code == kAborted || code == kNotJoined) return;
  rejoin("The server refused an offer.", now);
}

// ---- modes
// -----------------------------------------------------------------------------------------------------------

void Client::change_mode(Mode mode, uint64_t token, Timestamp now) {
  const auto fail = [&](Error error) { out_.told.emplace_back(Answered{token, std::unexpected(std::move(error))}); };
  if (mode_change_) return fail({kInProgress, "Another change of mode is under way."});
  if (!session_ || !session_->connected()) {
    return fail(rejoining_ || joined_once_ ? Error{kReconnecting, "The connection is being restored."}
                                           : Error{kNotJoined, "The meeting is not joined."});
  }
  if (mode == room_.self().mode) {
    out_.told.emplace_back(Answered{token, wire::ServerMessage()});
    return;
  }
  if (mode != Mode::SendAndRecv) {
    for (const StreamKind kind : kAllKinds) forced_off(kind, "");
  }
  wire::ClientMessage message;
  message.mutable_change_mode()->set_mode(to_wire(mode));
  if (mode != Mode::SignallingOnly && !media_) {
    create_media();
    *message.mutable_change_mode()->mutable_offer() = *media_->take_offer();
  }
  wanted_mode_ = mode;
  mode_change_ = Purpose{.kind = Purpose::Kind::Mode, .token = token};
  const auto asked = ask(std::move(message), *mode_change_, now);
  if (!asked) reply_to_mode(std::unexpected(asked.error()), now);
}

void Client::reply_to_mode(std::expected<wire::ServerMessage, Error> result, Timestamp now) {
  if (!mode_change_) return;
  const uint64_t token = std::exchange(mode_change_, std::nullopt)->token;
  const bool first_media = media_ && !media_->connection();
  if (result && first_media) {
    const auto taken = result->has_negotiated()
                           ? media_->accept(result->negotiated().answer_sdp(), now)
                           : std::unexpected(Error{kMediaConnectionFailed, "The server did not answer the offer."});
    if (taken) {
      media_deadline_ = now + kConnectTimeout;
      remedy_ = Remedy::JoinAgain;
    } else {
      result = std::unexpected(taken.error());
    }
  }
  if (!result) {
    if (first_media) drop_media();
    out_.told.emplace_back(Answered{token, std::move(result)});
    return;
  }
  room_.set_self_mode(wanted_mode_);
  if (wanted_mode_ == Mode::SignallingOnly) drop_media();
  RoomEvents events;
  room_.apply(*result, events);
  events.emplace_back(MemberModeChanged{room_.self()});
  out_.told.emplace_back(Answered{token, std::move(result)});
  tell_room(events, now);
  update_state();
}

// ---- the path
// --------------------------------------------------------------------------------------------------------

std::optional<StreamId> Client::stream_of(uint8_t line) const {
  if (!media_) return std::nullopt;
  const auto seat = media_->seat_of(line);
  if (!seat) return std::nullopt;
  const auto it = room_.seats().find(seat->seat);
  if (it == room_.seats().end()) return std::nullopt;
  return StreamId{it->second, seat->kind()};
}

std::optional<transport::ReceivedPacket> Client::on_datagram(const Datagram& datagram, Timestamp now) {
  if (!media_ || !media_->connection()) return std::nullopt;
  transport::Output output{out_.datagrams, out_.facts};
  const MediaSession* session = media_.get();
  auto received = media_->connection()->receive(datagram.data, datagram.path, now, output);
  follow_media(now);
  // A packet points into its connection's description, which may just have gone.
  if (media_.get() != session || !received || !*received) return std::nullopt;
  return **received;
}

void Client::on_stream_opened(const Path& path, Timestamp now) {
  if (media_ && media_->connection()) media_->connection()->on_stream_opened(path, now);
}

void Client::on_stream_gone(const Path& path, Timestamp now) {
  if (!media_ || !media_->connection()) return;
  media_->connection()->forget(path);
  follow_media(now);
}

/// Acts on what the connection said, and leaves what concerns single streams in `out_.facts`.
void Client::follow_media(Timestamp now) {
  if (!media_ || !media_->connection()) return;
  for (auto& request : media_->connection()->take_stream_requests()) out_.streams.push_back(request);
  std::optional<transport::ConnectionState> state;
  std::erase_if(out_.facts, [&](const transport::Fact& fact) {
    const auto* changed = std::get_if<transport::StateChanged>(&fact);
    if (changed) state = changed->state;
    return changed != nullptr;
  });
  if (state) on_media_state(*state, now);
}

void Client::on_media_state(transport::ConnectionState state, Timestamp now) {
  using transport::ConnectionState;
  if (state == ConnectionState::Checking) return;
  media_up_ = state == ConnectionState::Connected;
  media_trouble_ = !media_up_;
  media_deadline_ = Timestamp::never();
  if (media_up_) {
    unheard_ = restarted_ = false;
    fruitless_rejoins_ = 0;
  } else if (state == ConnectionState::Disconnected) {
    media_deadline_ = now + kDisconnected;
    remedy_ = Remedy::RestartIce;
  } else {
    // A connection that has failed stays so.
    media_deadline_ = now + kDisconnected;
    remedy_ = Remedy::JoinAgain;
  }
  update_state();
}

/// Once an outage; if that does not help, a new connection is made.
void Client::restart_media(Timestamp now) {
  if (!media_ || !media_->connection()) return;
  if (media_->connection()->state() == transport::ConnectionState::Failed) {
    return rejoin("There is no media connection.", now);
  }
  restarted_ = true;
  media_->restart_ice();
  media_deadline_ = now + kConnectTimeout;
  remedy_ = Remedy::JoinAgain;
  negotiate(now);
}

/// The server often notices before we do.
void Client::receive_media_state(const wire::MediaState& state, Timestamp now) {
  unheard_ = state.state() == wire::MediaState::DISCONNECTED;
  if (unheard_ && media_ && media_->connection()) {
    media_->restart_ice();
    negotiate(now);
  }
  update_state();
  if (state.state() == wire::MediaState::FAILED) rejoin("The server lost the media connection.", now);
}

}  // namespace parley::sdk
