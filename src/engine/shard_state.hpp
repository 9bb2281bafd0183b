#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/deadline_queue.hpp"
#include "engine/peer_table.hpp"
#include "engine/publication.hpp"
#include "engine/relay_outbox.hpp"
#include "engine/shard.hpp"

namespace parley::engine {

/// The inside of a shard. Its functions lie by subject: the packet path in shard.cpp, commands in shard_commands.cpp,
/// relaying in shard_relay.cpp, timers, bandwidth and reports in shard_timers.cpp.
struct Shard::State {
  /// Publications that nobody has used for so long are forgotten: commands and requests for them were late or early.
  static constexpr TimeDelta kUnusedLifetime = TimeDelta::seconds(30);
  /// Shares the estimate anew; measured rates and estimates change about as fast.
  static constexpr TimeDelta kAllocationInterval = TimeDelta::millis(200);
  static constexpr TimeDelta kSpeechInterval = TimeDelta::millis(200);
  static constexpr TimeDelta kSweepInterval = TimeDelta::seconds(10);
  /// A request for a remote track is repeated this often and holds three times as long, so that two may get lost.
  static constexpr TimeDelta kRelayRenewal = TimeDelta::seconds(2);
  static constexpr TimeDelta kRelayLifetime = TimeDelta::seconds(6);
  /// Deadlines that a core gives are moved at least so far: whatever its state, it cannot stop the loop.
  static constexpr TimeDelta kMinDelay = TimeDelta::millis(1);

  explicit State(Config c) : config(std::move(c)) {}

  // The packet path.
  void on_datagrams(std::span<Datagram> batch, Timestamp now, Output& out);
  void queue(Peer& peer, const transport::ReceivedPacket& packet);
  void forward_pending(Publication& publication, Timestamp now, Output& out);
  bool accept(Publication& publication, const transport::ReceivedPacket& packet, Timestamp now, Output& out);
  void forward_run(Publication& publication, Timestamp now, Output& out);
  void forward_to(SendLine& line, Publication& publication, Timestamp now, Output& out);
  void begin_flow(Publication& publication, const transport::ReceivedPacket& packet, Timestamp now, Output& out);
  void change_codec(Publication& publication, const transport::CodecBinding& binding, Timestamp now, Output& out);
  void end_flow(Publication& publication);

  // Facts of a connection.
  void act(Peer& peer, Timestamp now, Output& out);
  void act(Peer& peer, const transport::StateChanged& fact, Timestamp now, Output& out);
  void act(Peer& peer, const transport::LossReported& fact, Timestamp now, Output& out);
  void act(Peer& peer, const transport::KeyFrameWanted& fact, Timestamp now, Output& out);
  void act(Peer& peer, const transport::LayerBroken& fact, Timestamp now, Output& out);
  void act(Peer& peer, const transport::SourceReport& fact, Timestamp now, Output& out);
  void request_key_frames(Publication& publication, Timestamp now, Output& out);
  void count(transport::Drop drop);

  // Commands.
  void execute(const OpenConnection& command, Timestamp now, Output& out);
  void execute(const UpdateConnection& command, Timestamp now, Output& out);
  void execute(const CloseConnection& command, Timestamp now, Output& out);
  void execute(const EnableTrack& command, Timestamp now, Output& out);
  void execute(const Subscribe& command, Timestamp now, Output& out);
  void execute(const Unsubscribe& command, Timestamp now, Output& out);
  void execute(const SetPreference& command, Timestamp now, Output& out);
  void follow_description(Peer& peer, Timestamp now, Output& out);
  void publish(Peer& peer, uint8_t line, const transport::Line& description, Timestamp now);
  void unpublish(Publication& publication, Timestamp now, Output& out);
  SendLine* open_line(Peer& peer, uint8_t line);
  SendLine* find_line(ConnectionId receiver, uint8_t line);
  void leave(SendLine& line, Timestamp now, Output& out);
  void close_line(Peer& peer, uint8_t line, Timestamp now, Output& out);

  // Relaying.
  void receive(ShardIndex from, const RelayRequest& message, Timestamp now, Output& out);
  void receive(ShardIndex from, const RelayKeyFrameRequest& message, Timestamp now, Output& out);
  void receive(ShardIndex from, const RelaySenderReport& message, Timestamp now, Output& out);
  void receive(ShardIndex from, const RelayEnd& message, Timestamp now, Output& out);
  void receive(ShardIndex from, const std::shared_ptr<const RelayBatch>& batch, Timestamp now, Output& out);
  void receive_run(Publication& replica, const RelayBatch& batch, const RelayBatch::Run& run, size_t first_packet,
                   Timestamp now, Output& out);
  void request_relay(Publication& replica, Timestamp now, Output& out);
  void drop_relay(Publication& replica, Output& out);
  void tell_end(Publication& publication, Output& out);

  // Time.
  Timestamp next_deadline() const;
  void run_due(Timestamp now, Output& out);
  void on_deadline(Peer& peer, Timestamp now, Output& out);
  void on_deadline(Publication& publication, Timestamp now, Output& out);
  void set_deadline(Peer& peer, Timestamp not_before = Timestamp());
  void set_deadline(Publication& publication, Timestamp not_before = Timestamp());
  void finish(Timestamp now, Output& out);
  void allocate(Peer& peer, Timestamp now, Output& out);
  void update_demand(Publication& publication, Timestamp now, Output& out);
  void report(Peer& peer, Timestamp now, Output& out);
  void report_speech(Timestamp now, Output& out);
  void sweep(Timestamp now);

  // The tables.
  Publication* find_publication(TrackId track);
  /// Null only when the shard is full.
  Publication* open_publication(TrackId track, ShardIndex home, Timestamp now);
  uint32_t take_slot();
  void touch(Peer& peer);

  struct Slot {
    Peer* peer = nullptr;
    Publication* publication = nullptr;
  };

  Config config;
  ShardStats stats;
  std::unordered_map<TrackId, std::unique_ptr<Publication>> publications;  // outlives the lines on them
  PeerTable peers;
  DeadlineQueue deadlines;
  std::vector<Slot> slots;
  std::vector<uint32_t> free_slots;
  RelayOutbox relay;
  Timestamp speech_at = Timestamp::never();
  bool speech_was_reported = false;
  Timestamp sweep_at = Timestamp::never();

  // Of the current call; kept for their storage.
  std::vector<transport::Fact> facts;
  std::vector<Peer*> touched;
  std::vector<Publication*> busy;
  std::vector<sfu::AllocationItem> allocation_items;
  std::vector<SendLine*> allocation_lines;
  std::vector<transport::LineStats> line_stats;
  transport::CodecBinding relay_binding;
};

}  // namespace parley::engine
