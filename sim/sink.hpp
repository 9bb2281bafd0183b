#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/sequence.hpp"
#include "base/time.hpp"
#include "rtp/packet.hpp"
#include "rtp/payload/video_facts.hpp"
#include "synthetic_media.hpp"
#include "transport/nack_tracker.hpp"

namespace parley::sim {

/// What one Send line of the server brings to a simulated client: puts packets back in order, asks for what is missing,
/// puts frames together and "decodes" them, that is, checks that every frame comes whole after the one it depends on.
class Sink {
 public:
  explicit Sink(rtp::Codec codec) : codec_(codec) {}

  /// A packet of the media stream, `repaired` if it came by RTX.
  void receive(const rtp::PacketView& packet, bool repaired, Timestamp now);
  void on_tick(Timestamp now);
  transport::NackTracker& nack() { return nack_; }
  /// True when a PLI is to be sent: the picture has been broken for a while.
  bool take_key_frame_wish(Timestamp now);

  struct Stats {
    uint64_t packets = 0;
    uint64_t repaired = 0;
    uint64_t duplicates = 0;  ///< delivered twice by the server under one sequence number
    uint64_t skipped = 0;     ///< packets never seen
    uint64_t frames = 0;      ///< complete
    uint64_t decoded = 0;     ///< complete, and what they depend on was decoded
    uint64_t broken = 0;      ///< incomplete, or without what they depend on
    uint64_t key_frames = 0;
    uint64_t plis = 0;
    uint64_t source_changes = 0;
    uint64_t layer_changes = 0;
    uint64_t timestamp_jumps = 0;   ///< backwards, or by more than a second forwards
    uint64_t picture_id_jumps = 0;  ///< VP8: not the next one
    uint64_t malformed = 0;
    std::optional<Stamp> last;  ///< of the last decoded frame
    Timestamp first_decoded = Timestamp::never();
    Timestamp last_decoded;
    TimeDelta longest_freeze;  ///< between two decoded frames
  };
  const Stats& stats() const { return stats_; }

 private:
  struct Waiting {
    Stamp stamp;
    uint32_t timestamp;
    bool marker;
    bool empty;
    uint16_t picture_id;
  };
  /// Browsers wait for a retransmission about as long before they ask for a key frame.
  static constexpr TimeDelta kPatience = TimeDelta::millis(800);

  void deliver(const Waiting& packet, Timestamp now);
  void finish_frame(const Waiting& packet, Timestamp now);
  void lose_frame();

  rtp::Codec codec_;
  transport::NackTracker nack_;
  Unwrapper<uint16_t> unwrapper_;
  std::optional<int64_t> next_;
  std::map<int64_t, Waiting> waiting_;
  Timestamp stuck_since_ = Timestamp::never();
  std::optional<Stamp> frame_;  // being put together: its latest packet
  bool frame_intact_ = false;
  bool broken_ = true;  // needs a key frame
  Timestamp broken_since_;
  Timestamp wished_at_;
  std::map<uint32_t, bool> decoded_;  // frame numbers of this source and layer
  std::optional<uint32_t> last_timestamp_;
  std::optional<uint16_t> last_picture_id_;
  Stats stats_;
};

}  // namespace parley::sim
