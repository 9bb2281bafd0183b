#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "auth/claims.hpp"
#include "base/id.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "room/effect.hpp"
#include "room/entries.hpp"
#include "room/join_request.hpp"
#include "room/offered_media.hpp"
#include "room/pubsub.hpp"
#include "room/roster.hpp"
#include "room/seating.hpp"
#include "room/settings.hpp"
#include "room/snapshot.hpp"
#include "room/stage.hpp"
#include "room/turn.hpp"
#include "wire/parley.pb.h"

namespace parley::room {

/// One live room: who is in it, what each may see, hear and do. Commands and facts go in with the moment at which they
/// happen, effects come out for `server/` to carry out in order. Lives on the control thread; knows no sockets, SDP or
/// shards.
///
/// Each request gets exactly one reply (`reply_to` set) when its id is not 0. Requests of ids that are not in the room
/// (their client was dismissed meanwhile) are ignored.
class Room {
 public:
  Room(RoomSettings settings, Rng rng);

  // --- joining and leaving ----------------------------------------------------------------------------------------

  /// The client enters, or starts to knock (EntryPending, later Joined or Error). Returns the id that it goes by, for
  /// `handle` once `Joined` came; or the error to answer its Join with, in which case there are no effects.
  /// The offer must have been negotiated before (see OpenMedia).
  std::expected<ParticipantId, wire::Error> join(JoinRequest request, Moment at, Effects& effects);
  /// The socket of a client that knocks is gone, or it sent Leave. Nothing happens for other clients.
  void cancel_entry(ClientId client, Moment at, Effects& effects);
  /// The participant's socket is gone: it is held for the grace period. A new socket with the resume key came in time.
  void on_signalling_lost(const ParticipantId& participant, Moment at, Effects& effects);
  void on_signalling_resumed(const ParticipantId& participant, Moment at, Effects& effects);

  // --- requests of participants -------------------------------------------------------------------------------------

  /// Any ClientMessage of a participant but Join, Resume and Ping, which are signalling's. `media` is what the offer of
  /// a Renegotiate or ChangeMode contains after the server negotiated it; none for all others.
  void handle(const ParticipantId& from, const wire::ClientMessage& message, const OfferedMedia* media, Moment at,
              Effects& effects);

  // --- commands of REST and the server ------------------------------------------------------------------------------

  /// Everybody leaves with this reason (code::kEndedByApi …); guests who knock are turned away.
  void end(uint32_t reason, Moment at, Effects& effects);
  /// False when nobody has this id.
  bool remove(const ParticipantId& participant, uint32_t reason, Moment at, Effects& effects);
  /// The room was deactivated: ends the session with 1006 and refuses every later join with 4052.
  void close(Moment at, Effects& effects);

  /// What leaves the room has changed: told to everybody, and to who joins later until it stopped or failed.
  void set_egress(const wire::EgressState& egress, Moment at, Effects& effects);

  // --- facts from the data plane ------------------------------------------------------------------------------------

  void on_media_state(const ParticipantId& participant, wire::MediaState::State state, std::string_view reason,
                      Moment at, Effects& effects);
  /// The first packet of a source (or of its new codec) came. `codec` as in StreamInfo.
  void on_track_started(const ParticipantId& participant, wire::Source source, std::string_view codec,
                        Effects& effects);
  /// Who speaks now; none: silence.
  void on_speaker(const std::optional<ParticipantId>& participant, Moment at, Effects& effects);
  /// 1 (bad) to 5 (good).
  void on_connection_quality(const ParticipantId& participant, uint32_t quality, Effects& effects);
  /// What a receiver gets of a remote stream changed; `change` names the remote participant.
  void on_receive_changed(const ParticipantId& receiver, const wire::ReceiveChanged& change, Effects& effects);
  void on_layer_demand(const ParticipantId& participant, wire::Source source, int32_t max_layer, Effects& effects);

  // --- time ---------------------------------------------------------------------------------------------------------

  /// When `on_deadline` wants to be called next; never() when nothing is pending.
  Timestamp next_deadline() const;
  void on_deadline(Moment at, Effects& effects);

  // --- looking ------------------------------------------------------------------------------------------------------

  const RoomSettings& settings() const { return settings_; }
  /// None while nobody is in the room.
  std::optional<SessionSnapshot> snapshot() const;
  /// Nobody is in it and nobody knocks: the owner may drop it.
  bool idle() const { return roster_.empty() && entries_.empty(); }
  /// What a Resumed without replay carries: the room as this participant sees it, and its seats.
  wire::RoomState state_for(const ParticipantId& viewer) const;
  std::vector<wire::SeatAssignment> seats_of(const ParticipantId& receiver) const;

 private:
  using Outcome = std::expected<void, auth::Refusal>;
  struct Session {
    SessionId id;
    UtcTime started_at;
    Timestamp closes_at;
  };
  struct Front {
    std::optional<MemberNumber> speaker;
    std::optional<MemberNumber> presenter;
    std::optional<MemberNumber> main;
  };

  // room.cpp: who is in it
  Outcome place_for(bool hidden, const ParticipantId& id) const;
  void knock(JoinRequest request, ParticipantId id, Turn& turn);
  void enter(JoinRequest request, const ParticipantId& id, Turn& turn);
  void start_session(Turn& turn);
  Participant& add_member(JoinRequest request, const ParticipantId& id, Turn& turn);
  void tell_joined(Participant& joined, uint32_t reply_to, const Front& before, Turn& turn);
  wire::ServerMessage joined_message(const Participant& joined, uint32_t reply_to) const;
  void leave(Participant& leaver, uint32_t reason, Turn& turn);
  void remove_member(Participant& leaver, uint32_t reason, Turn& turn);
  void dismiss(const Participant& leaver, uint32_t reason, Turn& turn) const;
  void end_session(uint32_t reason, Turn& turn);
  void turn_away(const Entries::Entry& guest, const std::string& why, Turn& turn) const;
  void tell_entry(const ParticipantId& guest, bool allowed, const std::string& decided_by, Turn& turn) const;
  void end(uint32_t reason, Turn& turn);

  // room_media.cpp: what everybody sends and receives
  Outcome publish(const wire::Publish& publish, Request& request);
  Outcome receive(const wire::Receive& receive, Request& request);
  Outcome pause_all(const wire::PauseAll& pause, Request& request);
  Outcome renegotiate(const OfferedMedia* media, Request& request);
  Outcome change_mode(const wire::ChangeMode& change, const OfferedMedia* media, Request& request);
  static Outcome may_publish(const Participant& from, const wire::Publish& publish);
  void publish_from_start(Participant& joined, const wire::Join& join, Turn& turn);
  bool set_stream(Participant& of, wire::Source source, Stream next, Turn& turn);
  void switch_off_all(Participant& of, Turn& turn);
  void take_offer(Participant& from, const OfferedMedia& media, Request& request);
  void tell_updated(const Participant& changed, Turn& turn) const;
  Front front() const { return {stage_.speaker(), stage_.presenter(), stage_.main()}; }
  void tell_front(const Front& before, Turn& turn, const Participant* but = nullptr) const;
  void reseat(Turn& turn) { reseat(Seating(roster_, stage_), turn); }
  void reseat(const Seating& seating, Turn& turn);
  std::string id_of(std::optional<MemberNumber> member) const;

  // room_requests.cpp: moderation and messages
  Outcome dispatch(const wire::ClientMessage& message, const OfferedMedia* media, Request& request);
  Outcome leave_on_request(Request& request);
  Outcome respond_entry(const wire::RespondEntry& respond, Request& request);
  Outcome remote_media(const wire::RemoteMedia& remote, Request& request);
  Outcome respond_remote_media(const wire::RespondRemoteMedia& respond, Request& request);
  Outcome remove_participant(const wire::RemoveParticipant& remove, Request& request);
  Outcome end_meeting(Request& request);
  Outcome pin(const wire::Pin& pin, Request& request);
  Outcome pubsub_publish(const wire::PubSubPublish& publish, Request& request);
  Outcome pubsub_subscribe(const wire::PubSubSubscribe& subscribe, Request& request);
  Outcome pubsub_unsubscribe(const wire::PubSubUnsubscribe& unsubscribe, Request& request);
  Outcome send_data(const wire::SendData& send, Request& request);
  static Outcome ask_egress(const wire::ClientMessage& message, Request& request);

  RoomSettings settings_;
  Rng rng_;
  bool closed_ = false;
  uint32_t members_ = 0;  // that ever joined
  std::optional<Session> session_;
  Roster roster_;
  Stage stage_;
  Entries entries_;
  PubSub pubsub_;
  std::vector<wire::EgressState> egresses_;  // that have not stopped or failed
};

}  // namespace parley::room
