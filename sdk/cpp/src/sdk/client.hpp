#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/datagram_batch.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "parley/error.hpp"
#include "parley/pubsub.hpp"
#include "sdk/media_session.hpp"
#include "sdk/receive_wishes.hpp"
#include "sdk/room_state.hpp"
#include "sdk/signal_session.hpp"
#include "sdk/topics.hpp"

namespace parley::sdk {

inline constexpr std::array kAllKinds = {StreamKind::Audio, StreamKind::Video, StreamKind::Share,
                                         StreamKind::ShareAudio};

// ---- what a client tells, beside the changes of the room
// -------------------------------------------------------------
struct StateTold {
  MeetingState state = MeetingState::Idle;
};
/// The answer to `join`.
struct JoinFinished {
  std::expected<void, Error> result;
};
/// In the room; `again`: after a reconnect that made a new session.
struct RoomEntered {
  bool again = false;
};
struct MeetingOver {
  LeaveInfo reason;
};
struct ErrorTold {
  Error error;
};
/// Answers a request that was made with this token.
struct Answered {
  uint64_t token = 0;
  std::expected<wire::ServerMessage, Error> result;
};
/// A source of ours went off without our doing: by a moderator (`by`), a change of mode, or because the server refused.
struct SourceEnded {
  StreamKind kind = StreamKind::Audio;
  std::string by;
  std::optional<Error> error;
};
/// Encode no more than this layer, -1: nobody watches.
struct LayerLimit {
  StreamKind kind = StreamKind::Video;
  int max_layer = 0;
};
struct MessageArrived {
  PubSubMessage message;
};
/// The media connection is a new one, or none: what was known of its streams is void.
struct MediaReplaced {};
using Told = std::variant<StateTold, JoinFinished, RoomEntered, MeetingOver, ErrorTold, Answered, SourceEnded,
                          LayerLimit, MessageArrived, MediaReplaced, EntryPending, RoomEvent, wire::ServerMessage>;

/// What a client wants of its shell. The shell carries it out and empties it.
struct ClientOutput {
  SessionEvents sockets;  ///< only OpenSocket, CloseSocket, SendFrame
  DatagramBatch datagrams;
  std::vector<transport::Fact> facts;  ///< of the media connection, those that concern single streams
  std::vector<ice::StreamRequest> streams;
  std::vector<Told> told;
};

/// What is published as a source at the moment.
struct Publication {
  bool paused = false;
  std::string display_surface;
};

/// One participant in its room: signalling and media together, from `join` until it leaves or is made to. A lost socket
/// is resumed, a broken path gets an ICE restart, and where neither helps it joins again with the same participant id.
/// A core: facts of sockets and time in, `ClientOutput` out.
class Client {
 public:
  /// A path that stumbles often comes back by itself within this time; and when the server ends a connection because it
  /// ends the meeting, its word for it arrives by then.
  static constexpr TimeDelta kDisconnected = TimeDelta::seconds(1);
  /// ICE and DTLS over a bad link, with TCP after UDP has failed.
  static constexpr TimeDelta kConnectTimeout = TimeDelta::seconds(15);
  /// A server that is being updated is back by then.
  static constexpr TimeDelta kRejoinFor = TimeDelta::seconds(120);
  /// New joins in a row without media flowing: the path to the media ports is closed, joining does not help.
  static constexpr int kMaxFruitlessRejoins = 3;

  struct Config {
    std::string token;
    std::string meeting_id;
    Participant self;  ///< id, name, metadata and mode as wished
    MediaSession::Config media;
    bool auto_consume = true;
    std::string platform;
  };
  Client(Config config, Rng& rng, ClientOutput& out);

  // ---- wishes of the application
  void join(Timestamp now);
  /// `MeetingOver` follows, at the latest after a second.
  void leave(Timestamp now);
  /// As `leave`, without waiting for anybody.
  void abandon(Timestamp now);
  /// `Answered` follows with this token, at once if it cannot be sent.
  void request(wire::ClientMessage message, uint64_t token, Timestamp now);
  void change_mode(Mode mode, uint64_t token, Timestamp now);
  void publish(StreamKind kind, Publication publication, Timestamp now);
  void unpublish(StreamKind kind, Timestamp now);
  void pause_all(const std::vector<StreamKind>& kinds, bool paused, uint64_t token, Timestamp now);
  /// `Answered` brings `Subscribed`.
  void subscribe(const std::string& topic, uint32_t limit, uint64_t token, Timestamp now);
  void unsubscribe(const std::string& topic, uint64_t token, Timestamp now);
  void consume(const StreamId& stream, bool wanted, Timestamp now);
  void set_handled(const StreamId& stream, bool handled, Timestamp now);
  ReceiveWishes& wishes() { return wishes_; }
  void network_changed(Timestamp now);

  // ---- facts
  void on_socket_open(uint32_t socket, Timestamp now);
  void on_socket_frame(uint32_t socket, Bytes frame, Timestamp now);
  void on_socket_closed(uint32_t socket, std::string_view why, Timestamp now);
  /// Decrypted media, if it is such; valid as long as the datagram.
  std::optional<transport::ReceivedPacket> on_datagram(const Datagram& datagram, Timestamp now);
  void on_stream_opened(const Path& path, Timestamp now);
  void on_stream_gone(const Path& path, Timestamp now);
  void on_deadline(Timestamp now);
  Timestamp next_deadline() const;

  // ---- what is
  const RoomState& room() const { return room_; }
  MeetingState state() const { return state_; }
  const std::string& meeting_id() const { return config_.meeting_id; }
  const std::string& session_id() const { return session_id_; }
  const std::vector<std::string>& permissions() const { return permissions_; }
  MediaSession* media() { return media_.get(); }
  bool media_up() const { return media_up_; }
  bool over() const { return state_ == MeetingState::Disconnected || state_ == MeetingState::Failed; }
  /// Whose stream arrives on this line; empty: nobody's.
  std::optional<StreamId> stream_of(uint8_t line) const;
  bool publishes(StreamKind kind) const { return publications_[static_cast<size_t>(kind)].has_value(); }

 private:
  void establish(Timestamp now);
  wire::Join make_join();
  void create_media();
  void drop_media();
  void tear_down();
  void rejoin(std::string_view why, Timestamp now);
  void try_rejoin(Timestamp now);
  void give_up();
  void finish(MeetingState state, LeaveInfo reason);
  void set_state(MeetingState state);
  void update_state();

  void run_session(SessionEvents& events, Timestamp now);
  void handle(JoinAnswered& event, Timestamp now);
  void handle(Replied& event, Timestamp now);
  void handle(Received& event, Timestamp now);
  void handle(SessionResumed& event, Timestamp now);
  void handle(SessionExpired& event, Timestamp now);
  void handle(LeftRoom& event, Timestamp now);
  void enter(const wire::Joined& joined, Timestamp now);
  void join_failed(Error error, Timestamp now);
  void say_again(bool new_session, Timestamp now);
  void send(wire::ClientMessage message, Timestamp now);
  void announce(StreamKind kind, Timestamp now);
  void tell_room(RoomEvents& events, Timestamp now);
  void sync_self();

  void receive_media_state(const wire::MediaState& state, Timestamp now);
  void forced_off(StreamKind kind, const std::string& by);
  void resubscribe(Timestamp now);
  void reply_to_mode(std::expected<wire::ServerMessage, Error> result, Timestamp now);
  void negotiate(Timestamp now);
  void reply_to_offer(std::expected<wire::ServerMessage, Error>& result, Timestamp now);
  void follow_media(Timestamp now);
  void on_media_state(transport::ConnectionState state, Timestamp now);
  void restart_media(Timestamp now);
  void flush_wishes(Timestamp now, bool everything);

  /// What a reply is for: requests of the application have tokens from 1.
  struct Purpose {
    enum class Kind { Request, Offer, Mode, Announce, Resubscribe } kind = Kind::Request;
    uint64_t token = 0;
    StreamKind source = StreamKind::Audio;
    std::string topic;
  };
  std::expected<void, Error> ask(wire::ClientMessage message, Purpose purpose, Timestamp now);

  Config config_;
  Rng& rng_;
  ClientOutput& out_;
  RoomState room_;
  ReceiveWishes wishes_;
  Topics topics_;
  std::unique_ptr<SignalSession> session_;
  std::unique_ptr<MediaSession> media_;
  std::map<uint32_t, Purpose> purposes_;
  std::array<std::optional<Publication>, 4> publications_;
  std::set<StreamKind> paused_kinds_;
  std::set<StreamId> consumed_, handled_;
  std::string session_id_;
  std::vector<std::string> permissions_;
  MeetingState state_ = MeetingState::Idle;
  uint32_t next_socket_ = 1;
  bool join_pending_ = false;
  bool joined_once_ = false;
  bool leaving_ = false;
  bool media_up_ = false;
  bool media_trouble_ = false;
  bool unheard_ = false;    // the server hears nothing of us
  bool restarted_ = false;  // ICE, since it was last connected
  Timestamp media_deadline_ = Timestamp::never();
  enum class Remedy { RestartIce, JoinAgain } remedy_ = Remedy::JoinAgain;  // at the deadline
  bool rejoining_ = false;
  int rejoin_attempt_ = 0;
  int fruitless_rejoins_ = 0;
  Timestamp rejoin_at_ = Timestamp::never();
  Timestamp rejoin_until_ = Timestamp::never();
  std::optional<Purpose> mode_change_;
  Mode wanted_mode_ = Mode::SendAndRecv;
};

}  // namespace parley::sdk
