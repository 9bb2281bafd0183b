#include "sdk/client.hpp"

#include <algorithm>
#include <utility>

#include "parley/version.hpp"
#include "sdk/backoff.hpp"
#include "sdk/convert.hpp"

namespace parley::sdk {
namespace {

/// What the server says about the token, the room or the person stays true; what the network says does not.
bool is_final(const Error& error) { return error.code >= 4000 && error.code < 5000; }

}  // namespace

Client::Client(Config config, Rng& rng, ClientOutput& out)
    : config_(std::move(config)), rng_(rng), out_(out), room_(config_.self) {}

// ---- joining and leaving
// ---------------------------------------------------------------------------------------------

void Client::join(Timestamp now) {
  if (state_ != MeetingState::Idle) {
    out_.told.emplace_back(JoinFinished{std::unexpected(Error{kAlreadyInState, "join() was called before."})});
    return;
  }
  join_pending_ = true;
  set_state(MeetingState::Connecting);
  establish(now);
}

void Client::leave(Timestamp now) {
  if (over() || leaving_) return;
  leaving_ = true;
  rejoin_at_ = media_deadline_ = Timestamp::never();
  if (!session_) return finish(MeetingState::Disconnected, {kLeftByOwnWish, "left"});
  SessionEvents events;
  session_->leave(now, events);
  run_session(events, now);
}

void Client::abandon(Timestamp) {
  leaving_ = true;
  finish(MeetingState::Disconnected, {kLeftByOwnWish, "left"});
}

void Client::establish(Timestamp now) {
  if (room_.self().mode != Mode::SignallingOnly) create_media();
  session_ = std::make_unique<SignalSession>(rng_, next_socket_);
  SessionEvents events;
  session_->start(make_join(), now, events);
  run_session(events, now);
}

wire::Join Client::make_join() {
  wire::Join join;
  join.set_token(config_.token);
  join.set_room_id(config_.meeting_id);
  join.set_participant_id(room_.self().id);
  join.set_display_name(config_.self.displayName);
  join.set_meta_data_json(config_.self.metaDataJson);
  join.set_mode(to_wire(room_.self().mode));
  if (media_) {
    if (auto offer = media_->take_offer()) *join.mutable_offer() = std::move(*offer);
  }
  for (const StreamKind kind : kAllKinds) {
    const auto& publication = publications_[static_cast<size_t>(kind)];
    if (!publication) continue;
    wire::Publish* publish = join.add_publishes();
    publish->set_source(to_wire(kind));
    publish->set_enabled(true);
    publish->set_paused(publication->paused);
    publish->set_display_surface(publication->display_surface);
  }
  join.mutable_device()->set_sdk_type("cpp");
  join.mutable_device()->set_sdk_version(sdkVersion());
  join.mutable_device()->set_platform(config_.platform);
  return join;
}

void Client::handle(JoinAnswered& event, Timestamp now) {
  if (!event.result) return join_failed(std::move(event.result.error()), now);
  enter(*event.result, now);
}

void Client::enter(const wire::Joined& joined, Timestamp now) {
  config_.meeting_id = joined.room_id();
  session_id_ = joined.session_id();
  permissions_.assign(joined.permissions().begin(), joined.permissions().end());
  const bool again = std::exchange(joined_once_, true);
  room_.set_self_id(joined.participant_id());
  RoomEvents events;
  room_.take_over(joined.room(), joined.seats(), events);
  if (media_) {
    if (auto taken = media_->accept(joined.answer_sdp(), now); !taken) return join_failed(taken.error(), now);
    media_deadline_ = now + kConnectTimeout;
    remedy_ = Remedy::JoinAgain;
  }
  rejoining_ = false;
  if (std::exchange(join_pending_, false)) out_.told.emplace_back(JoinFinished{});
  out_.told.emplace_back(RoomEntered{again});
  tell_room(events, now);
  update_state();
  if (again) say_again(true, now);
  negotiate(now);
}

void Client::join_failed(Error error, Timestamp now) {
  if (leaving_) return finish(MeetingState::Disconnected, {kLeftByOwnWish, "left"});
  if (!rejoining_) {
    if (std::exchange(join_pending_, false)) out_.told.emplace_back(JoinFinished{std::unexpected(error)});
    return finish(MeetingState::Failed, {kLeftJoinFailed, error.message});
  }
  --fruitless_rejoins_;
  // Who knocked and was not let in does not knock again and again.
  if (is_final(error) || state_ == MeetingState::Waiting) {
    out_.told.emplace_back(ErrorTold{error});
    return finish(MeetingState::Failed, {kLeftJoinFailed, error.message});
  }
  tear_down();
  rejoin_at_ = now + backoff(rejoin_attempt_++, rng_);
}

// ---- joining again
// ---------------------------------------------------------------------------------------------------

void Client::rejoin(std::string_view why, Timestamp now) {
  if (rejoining_ || leaving_ || over()) return;
  (void)why;
  rejoining_ = true;
  rejoin_attempt_ = 0;
  rejoin_until_ = now + kRejoinFor;
  update_state();
  try_rejoin(now);
}

void Client::try_rejoin(Timestamp now) {
  rejoin_at_ = Timestamp::never();
  if (now > rejoin_until_ || fruitless_rejoins_ >= kMaxFruitlessRejoins) return give_up();
  tear_down();
  ++fruitless_rejoins_;  // until media flow
  establish(now);
}

void Client::give_up() {
  const std::string message = "The connection could not be restored.";
  out_.told.emplace_back(ErrorTold{{kMediaConnectionFailed, message}});
  finish(MeetingState::Failed, {kLeftReconnectAttemptsUsedUp, message});
}

// ---- state
// -----------------------------------------------------------------------------------------------------------

void Client::set_state(MeetingState state) {
  if (state_ == state) return;
  state_ = state;
  out_.told.emplace_back(StateTold{state});
}

void Client::update_state() {
  if (over() || leaving_ || state_ == MeetingState::Idle) return;
  const bool well = !rejoining_ && !media_trouble_ && !unheard_ && session_ && session_->connected();
  if (well) return set_state(MeetingState::Connected);
  // What goes wrong with a first join is the join's own failure.
  const bool first = state_ == MeetingState::Connecting || state_ == MeetingState::Waiting;
  if (!first) set_state(MeetingState::Reconnecting);
}

void Client::finish(MeetingState state, LeaveInfo reason) {
  if (over()) return;
  rejoin_at_ = media_deadline_ = Timestamp::never();
  set_state(state);
  tear_down();
  if (std::exchange(join_pending_, false)) {
    out_.told.emplace_back(JoinFinished{std::unexpected(Error{kAborted, "The meeting was left."})});
  }
  room_.clear();
  topics_.clear();
  for (auto& publication : publications_) publication.reset();
  sync_self();
  out_.told.emplace_back(MeetingOver{std::move(reason)});
}

void Client::tear_down() {
  if (session_) {
    SessionEvents events;
    session_->close(events);
    next_socket_ = session_->next_socket();
    session_.reset();
    run_session(events, Timestamp());
  }
  for (const auto& [id, purpose] : std::exchange(purposes_, {})) {
    if (purpose.kind != Purpose::Kind::Request) continue;
    out_.told.emplace_back(Answered{purpose.token, std::unexpected(Error{kAborted, "The meeting was left."})});
  }
  if (mode_change_) reply_to_mode(std::unexpected(Error{kAborted, "The meeting was left."}), Timestamp());
  drop_media();
}

// ---- signalling
// ------------------------------------------------------------------------------------------------------

void Client::run_session(SessionEvents& events, Timestamp now) {
  for (SessionEvent& event : events) {
    if (std::holds_alternative<OpenSocket>(event) || std::holds_alternative<CloseSocket>(event) ||
        std::holds_alternative<SendFrame>(event)) {
      out_.sockets.push_back(std::move(event));
    } else if (auto* answered = std::get_if<JoinAnswered>(&event)) {
      handle(*answered, now);
    } else if (std::holds_alternative<EntryPending>(event)) {
      set_state(MeetingState::Waiting);
      out_.told.emplace_back(EntryPending{});
    } else if (auto* replied = std::get_if<Replied>(&event)) {
      handle(*replied, now);
    } else if (auto* received = std::get_if<Received>(&event)) {
      handle(*received, now);
    } else if (std::holds_alternative<SocketLost>(event)) {
      update_state();
    } else if (auto* resumed = std::get_if<SessionResumed>(&event)) {
      handle(*resumed, now);
    } else if (auto* expired = std::get_if<SessionExpired>(&event)) {
      handle(*expired, now);
    } else if (auto* left = std::get_if<LeftRoom>(&event)) {
      handle(*left, now);
    } else if (std::holds_alternative<LeaveDone>(event)) {
      finish(MeetingState::Disconnected, {kLeftByOwnWish, "left"});
    }
  }
}

void Client::handle(SessionResumed& event, Timestamp now) {
  if (!event.resumed.replayed()) {
    unheard_ = false;  // Its end may be among what was not replayed.
    RoomEvents events;
    room_.take_over(event.resumed.room(), event.resumed.seats(), events);
    tell_room(events, now);
  }
  say_again(false, now);
  // What media needed meanwhile could not be negotiated.
  if (media_ && media_trouble_ && !restarted_) restart_media(now);
  negotiate(now);
  update_state();
}

void Client::handle(SessionExpired& event, Timestamp now) { rejoin(event.error.message, now); }

void Client::handle(LeftRoom& event, Timestamp) {
  finish(MeetingState::Disconnected, {event.reason.code, event.reason.message});
}

void Client::on_socket_open(uint32_t socket, Timestamp now) {
  if (!session_) return;
  SessionEvents events;
  session_->on_open(socket, now, events);
  run_session(events, now);
}

void Client::on_socket_frame(uint32_t socket, Bytes frame, Timestamp now) {
  if (!session_) return;
  SessionEvents events;
  session_->on_frame(socket, frame, now, events);
  run_session(events, now);
}

void Client::on_socket_closed(uint32_t socket, std::string_view why, Timestamp now) {
  if (!session_) return;
  SessionEvents events;
  session_->on_closed(socket, why, now, events);
  run_session(events, now);
}

void Client::network_changed(Timestamp now) {
  if (over() || leaving_) return;
  if (!rejoin_at_.is_never()) return try_rejoin(now);
  if (session_) {
    SessionEvents events;
    session_->probe(now, events);
    run_session(events, now);
  }
  if (media_ && media_->connection()) {
    media_->restart_ice();
    negotiate(now);
  }
}

// ---- time
// ------------------------------------------------------------------------------------------------------------

void Client::on_deadline(Timestamp now) {
  if (session_ && session_->next_deadline() <= now) {
    SessionEvents events;
    session_->on_deadline(now, events);
    run_session(events, now);
  }
  if (rejoin_at_ <= now) try_rejoin(now);
  if (media_deadline_ <= now) {
    media_deadline_ = Timestamp::never();
    if (remedy_ == Remedy::RestartIce) {
      restart_media(now);
    } else {
      media_trouble_ = true;
      update_state();
      if (session_ && session_->connected()) rejoin("There is no media connection.", now);
    }
  }
  if (media_ && media_->connection() && media_->connection()->next_deadline() <= now) {
    transport::Output output{out_.datagrams, out_.facts};
    media_->connection()->on_deadline(now, output);
    follow_media(now);
  }
  flush_wishes(now, false);
}

Timestamp Client::next_deadline() const {
  Timestamp next = std::min(rejoin_at_, media_deadline_);
  // Without a connection nobody can be told of wishes; they are said when there is one.
  if (session_ && session_->connected()) next = std::min(next, wishes_.next_deadline());
  if (session_) next = std::min(next, session_->next_deadline());
  if (media_ && media_->connection()) next = std::min(next, media_->connection()->next_deadline());
  return next;
}

}  // namespace parley::sdk
