#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "engine/command.hpp"
#include "room/effect.hpp"
#include "server/media_lines.hpp"

namespace parley::server {

/// A command and the shard that it is for.
using Commands = std::vector<std::pair<ShardIndex, engine::Command>>;

/// Translates what a room wants of media (participants, seats, sources) into what shards understand (connections,
/// lines, tracks), and back. One for each live room. A core: no threads, no time.
///
/// A wish for a stream stays until its seat is given to somebody else: if the sender's line is missing for the moment
/// (it has not opened its media yet, or comes back with a new connection), the subscription follows when the line is
/// there.
class Switchboard {
 public:
  struct Endpoint {
    ConnectionId connection;
    ShardIndex shard;
  };
  struct Stream {
    ParticipantId participant;
    wire::Source source = wire::AUDIO;
    uint8_t layers = 1;  ///< simulcast encodings of its publisher
  };

  /// The participant's media opened. It must have none.
  void attach(const ParticipantId& participant, Endpoint endpoint, MediaLines lines, Commands& out);
  /// Its offer was renegotiated.
  void update(const ParticipantId& participant, MediaLines lines, Commands& out);
  /// Its media closes (the shard forgets the connection's tracks and subscriptions by itself).
  void detach(const ParticipantId& participant);

  void enable_source(const room::EnableSource& effect, Commands& out);
  void assign_seat(const room::AssignSeat& effect, Commands& out);
  void set_receive(const room::SetReceive& effect, Commands& out);

  /// Whose track it is.
  std::optional<Stream> published(TrackId track) const;
  /// What a receiver's line shows.
  std::optional<Stream> shown(const ParticipantId& receiver, uint8_t line) const;
  std::optional<ParticipantId> owner_of(ConnectionId connection) const;

 private:
  struct Wish {
    ParticipantId participant;
    wire::Source source = wire::AUDIO;
    engine::Preference preference;
    std::optional<TrackId> subscribed;
  };
  struct Party {
    Endpoint endpoint;
    MediaLines lines;
    std::array<bool, kSourceCount> enabled{};
    std::map<uint32_t, ParticipantId> seats;  // by seat number
    std::map<uint8_t, Wish> wishes;           // by line
  };

  const MediaLines::Seat* seat_showing(const Party& party, const ParticipantId& participant,
                                       wire::SeatLine::Kind kind) const;
  void connect(Party& receiver, uint8_t line, Commands& out);
  void connect_all_to(const ParticipantId& publisher, Commands& out);
  void clear_line(Party& receiver, std::optional<uint8_t> line, Commands& out);

  std::unordered_map<ParticipantId, Party> parties_;
  std::unordered_map<ConnectionId, ParticipantId> owners_;
};

}  // namespace parley::server
