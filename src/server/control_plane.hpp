#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "auth/key_ring.hpp"
#include "base/rng.hpp"
#include "server/client.hpp"
#include "server/egress_note.hpp"
#include "server/live_room.hpp"
#include "server/placement.hpp"
#include "server/ports.hpp"
#include "signalling/resume_keys.hpp"

namespace parley::server {

/// Joins everything that is not media: sockets to clients, clients to rooms, rooms to shards and to the store. All of
/// it runs on the control thread; it has no I/O and no clock of its own, so that tests drive it with fake sockets and
/// shards.
class ControlPlane {
 public:
  struct Config {
    size_t room_shard_limit = 100;
    size_t max_participants = 1000;
    TimeDelta grace_period = TimeDelta::seconds(30);
    TimeDelta max_session = TimeDelta::seconds(480 * 60);  ///< of rooms that say nothing else
    TimeDelta ping_interval = TimeDelta::seconds(5);
    /// An address of this machine that reaches the media ports, for our own recorders: the announced ones may lead
    /// through a router that does not turn packets round. "" if there is none.
    std::string own_media_address;
  };
  struct Stats {
    size_t sockets = 0;
    size_t rooms = 0;
    size_t participants = 0;
    size_t guests = 0;  ///< who knock
    uint64_t joins = 0;
    uint64_t refused_joins = 0;
    uint64_t resumes = 0;
    signalling::InboundStats inbound;
  };

  ControlPlane(Config config, const auth::KeyRing& keys, MediaPlane& media, Records& records, Rng rng);

  // --- sockets ------------------------------------------------------------------------------------------------------
  /// `socket` must live until `on_socket_closed`.
  void on_socket_open(SocketId id, SignalSocket& socket, room::Moment at);
  void on_frame(SocketId id, Bytes frame, bool binary, room::Moment at);
  void on_socket_closed(SocketId id, room::Moment at);

  // --- media --------------------------------------------------------------------------------------------------------
  void on_media_events(ShardIndex shard, const std::vector<engine::Event>& events, room::Moment at);

  // --- REST ---------------------------------------------------------------------------------------------------------
  /// Everybody leaves with 1009. `session`: only if it is this one that runs.
  void end_session(const RoomId& room, const std::optional<SessionId>& session, room::Moment at);
  void remove_participant(const RoomId& room, const ParticipantId& participant, room::Moment at);
  void close_room(const RoomId& room, room::Moment at);

  // --- what leaves the rooms ----------------------------------------------------------------------------------------
  /// What has happened since the last call that egresses depend on. The shell hands it to them after each call here.
  EgressNotes take_egress_notes() { return std::exchange(egress_notes_, {}); }
  /// Tells the room, if it lives, what one of its egresses has come to.
  void announce_egress(const RoomId& room, const wire::EgressState& egress, room::Moment at);
  /// The reply to a Requested note; nothing if its client is gone.
  void reply(room::ClientId client, wire::ServerMessage message);
  /// Who is in the room and may be shown.
  bool has_participant(const RoomId& room, const ParticipantId& participant) const;

  // --- time and end -------------------------------------------------------------------------------------------------
  Timestamp next_deadline() const;
  void on_deadline(room::Moment at);
  /// Tells every client that the server stops, and closes the sockets.
  void shut_down(TimeDelta retry_after);

  Stats stats() const;

 private:
  struct Socket {
    SignalSocket* handle;
    signalling::Inbound inbound;
    std::optional<room::ClientId> client;
    Timestamp watched_until = Timestamp::never();  // as entered in `unjoined_`
  };
  struct PendingJoin {
    SocketId socket;
    wire::ClientMessage message;
    auth::Claims claims;
  };

  // sockets (control_plane.cpp)
  void on_request(SocketId id, wire::ClientMessage message, room::Moment at);
  void watch(SocketId id);
  void unwatch(SocketId id);

  // joining (control_plane_join.cpp)
  void start_join(SocketId id, wire::ClientMessage message, room::Moment at);
  void finish_join(PendingJoin join, store::Result<std::optional<store::RoomRecord>> found, room::Moment at);
  void enter(PendingJoin join, LiveRoom& live, room::Moment at);
  void refuse_join(SocketId id, uint32_t request_id, uint32_t code, const std::string& message, Timestamp now);
  void resume(SocketId id, const wire::ClientMessage& message, room::Moment at);
  LiveRoom* find_live(const std::string& name);
  LiveRoom& open_room(const store::RoomRecord& record);

  // requests that carry an offer (control_plane_media.cpp)
  std::expected<ClientMedia, wire::Error> negotiate_first(const RoomId& room, bool hidden, const wire::Offer& offer);
  std::vector<transport::LocalCandidate> candidates(ShardIndex shard, bool hidden) const;
  std::expected<void, wire::Error> negotiate_again(Client& client, LiveRoom& live, const wire::Offer& offer);
  std::expected<std::optional<room::OfferedMedia>, wire::Error> prepare_media(Client& client, LiveRoom& live,
                                                                              const wire::ClientMessage& message);
  void release(Client& client);
  void send(Commands& commands);

  // effects (control_plane_effects.cpp)
  void run(LiveRoom& live, room::Effects& effects, room::Moment at);
  void execute(LiveRoom& live, room::SendMessage& effect);
  void execute(LiveRoom& live, const room::Dismiss& effect);
  void execute(LiveRoom& live, const room::AssignSeat& effect);
  void execute(LiveRoom& live, const room::SetReceive& effect);
  void execute(LiveRoom& live, const room::EnableSource& effect);
  void execute(LiveRoom& live, const room::OpenMedia& effect);
  void execute(LiveRoom& live, const room::CloseMedia& effect);
  void execute(LiveRoom& live, const room::SessionStarted& effect);
  void execute(LiveRoom& live, const room::SessionEnded& effect);
  void execute(LiveRoom& live, const room::ParticipantEntered& effect);
  void execute(LiveRoom& live, const room::ParticipantExited& effect);
  void execute(LiveRoom& live, const room::ParticipantActivity& effect);
  void execute(LiveRoom& live, const room::MessagePersisted& effect);
  void execute(LiveRoom& live, room::EgressRequested& effect);
  void transmit(Client& client, wire::ServerMessage message);
  void forget(room::ClientId id, const signalling::Close& close);
  Client* find(room::ClientId id);
  Client* in_room(LiveRoom& live, const ParticipantId& participant);
  void settle(const RoomId& room, room::Moment at);

  // media events (control_plane_media.cpp)
  struct Place {
    Client* client;
    LiveRoom* live;
  };
  std::optional<Place> place_of(ConnectionId connection);
  void handle(const engine::ConnectionStateChanged& event, room::Moment at);
  void handle(const engine::TrackStarted& event, room::Moment at);
  void handle(const engine::LayerDemand& event, room::Moment at);
  void handle(const engine::SubscriptionChanged& event, room::Moment at);
  void handle(const engine::ConnectionReport& event, room::Moment at);
  void handle_speech(ShardIndex shard, const engine::SpeechReport& event, room::Moment at);
  void update_speaker(LiveRoom& live, room::Moment at);

  Config config_;
  const auth::KeyRing& keys_;
  MediaPlane& media_;
  Records& records_;
  Rng rng_;
  Placement placement_;
  signalling::ResumeKeys resume_keys_;
  std::unordered_map<SocketId, Socket> sockets_;
  std::set<std::pair<Timestamp, SocketId>> unjoined_;  // by join deadline
  std::unordered_map<room::ClientId, std::unique_ptr<Client>> clients_;
  std::unordered_map<RoomId, std::unique_ptr<LiveRoom>> rooms_;
  std::unordered_map<std::string, RoomId> custom_names_;  // of live rooms
  std::unordered_map<ConnectionId, room::ClientId> connections_;
  std::set<std::pair<Timestamp, RoomId>> schedule_;
  uint64_t last_client_ = 0;
  uint64_t last_connection_ = 0;
  EgressNotes egress_notes_;
  bool shut_down_ = false;
  Stats totals_;  // what has ended: counters, and the inbound statistics of closed sockets
};

}  // namespace parley::server
