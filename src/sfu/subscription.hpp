#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "rtp/codec.hpp"
#include "rtp/rtcp/rtcp.hpp"
#include "sfu/forwarded_packet.hpp"
#include "sfu/layer.hpp"
#include "sfu/layer_selector.hpp"
#include "sfu/media_packet.hpp"
#include "sfu/sequence_rewriter.hpp"
#include "sfu/timestamp_rewriter.hpp"
#include "sfu/track.hpp"
#include "sfu/vp8_rewriter.hpp"

namespace parley::sfu {

/// One Send line of a receiver: it keeps its SSRC, and one run of sequence numbers, timestamps, picture ids and frame
/// numbers, through layer switches and through every track that is put on it. Chooses layers, rewrites, answers NACKs.
/// It never changes a shared packet and holds no reference to a track: the caller passes the bound one.
///
/// Use: `bind` when a track is put on the line; for each packet that Track::accept returns, `forward`; after `bind`,
/// `set_target`, and each `forward`, pass `wanted_keyframe` on to the track. Video starts paused (no target); audio
/// starts with everything.
class Subscription {
 public:
  struct Config {
    rtp::MediaKind kind = rtp::MediaKind::Audio;
    uint16_t first_sequence = 0;   ///< random (RFC 3550 section 5.1); below 2^15 keeps the first SRTP rollover certain
    uint32_t first_timestamp = 0;  ///< random
  };
  explicit Subscription(const Config& config);

  /// Another track takes the line (or the same one anew). Nothing of it is sent before a key frame (video).
  void bind(const Track& track);
  void unbind();
  bool bound() const { return bound_; }

  /// What may be sent at most, from `allocate`. None stops at once; more than now is taken up where the stream allows
  /// it.
  void set_target(const Track& track, LayerPoint target, Timestamp now);

  /// The packet as this receiver gets it, or nothing. `track` is the bound one, `packet` what it has just accepted.
  std::optional<ForwardedPacket> forward(const Track& track, const MediaPacket& packet, Timestamp now);

  /// Asks for the cache lines that `forward` touches: of the object itself, and, when these are there, of its numbers.
  void prefetch() const;
  void prefetch_numbers() const { numbers_.prefetch(); }

  /// Answers a NACK for `sequence`: the very packet that was sent, or that would have been had it not come late.
  /// Nothing if it is unknown or gone, or was repeated less than an RTT ago.
  std::optional<ForwardedPacket> retransmit(const Track& track, uint16_t sequence, TimeDelta rtt, Timestamp now);

  /// The stream of the track that has to send a key frame before this line can go on (or go where it is told to).
  std::optional<uint8_t> wanted_keyframe() const { return selector_.wanted_keyframe(); }

  /// What is being sent; none before the first packet and while paused.
  LayerPoint current(const Track& track) const { return selector_.current(track); }

  /// The fields of a sender report for this line. NTP is on the server's clock (`now` counted from its own epoch: the
  /// engine adds the same constant to all of them). Nothing while no packet was sent or the publisher has not reported
  /// yet: a guessed mapping would break lip sync.
  struct SenderReport {
    Timestamp captured;          ///< the instant, to be converted to NTP
    uint32_t rtp_timestamp = 0;  ///< the same instant on this line
    uint32_t packet_count = 0;
    uint32_t octet_count = 0;
  };
  std::optional<SenderReport> sender_report(const Track& track, Timestamp now) const;

  struct Stats {
    uint64_t packets = 0;  ///< sent, without retransmissions
    uint64_t payload_bytes = 0;
    uint64_t retransmitted = 0;
    uint64_t retransmitted_bytes = 0;
    uint64_t layer_switches = 0;
    struct Drops {
      uint64_t not_selected = 0;   ///< not of the chosen layers, or nothing is chosen
      uint64_t late = 0;           ///< from before the stream began or switched
      uint64_t nack_unknown = 0;   ///< never sent, or sent too long ago to know
      uint64_t nack_gone = 0;      ///< no longer in the track's cache
      uint64_t nack_repeated = 0;  ///< asked for again within an RTT
    } drops;
  };
  const Stats& stats() const { return stats_; }

 private:
  /// What packets of one run (same source, same stream) have in common, kept for retransmission.
  struct Run {
    uint8_t id = 0;
    uint8_t layer = 0;
    int64_t timestamp_offset = 0;
    uint16_t frame_offset = 0;  ///< of dependency descriptor frame numbers
    bool live = false;          ///< its source is still on the line
  };
  /// Runs that retransmissions can reach back to; a receiver that switches layers more often within a second is lost.
  static constexpr size_t kRuns = 4;

  Run& run(uint8_t id) { return runs_[id % kRuns]; }
  uint32_t clock_rate() const { return config_.kind == rtp::MediaKind::Audio ? 48000 : 90000; }
  void begin_run(const Track& track, const MediaPacket& packet, Timestamp now);
  std::optional<ForwardedPacket> send(const MediaPacket& packet, bool marker, Timestamp now);
  std::optional<ForwardedPacket> leave_out(const MediaPacket& packet);
  bool repeated_lately(const SequenceRewriter::Entry& entry, TimeDelta rtt, Timestamp now) const;
  std::optional<ForwardedPacket> repeat(const Track& track, const SequenceRewriter::Entry& entry, Timestamp now);
  ForwardedPacket assemble(const MediaPacket& packet, const SequenceRewriter::Entry& entry);
  ForwardedPacket assemble_empty(const MediaPacket& packet, const SequenceRewriter::Entry& entry);
  void write_descriptor(Bytes descriptor, const Run& of, ForwardedPacket& out);
  void write_vp8_prefix(const MediaPacket& packet, const SequenceRewriter::Entry& entry, ForwardedPacket& out);

  Config config_;
  bool bound_ = false;
  LayerSelector selector_;
  SequenceRewriter numbers_;
  TimestampRewriter timestamps_;
  Vp8Rewriter vp8_;
  std::array<Run, kRuns> runs_{};
  uint8_t run_id_ = 0;
  bool source_is_new_ = true;
  uint16_t newest_frame_ = 0;                  // output frame number
  std::optional<int64_t> left_out_timestamp_;  // of the newest packet, if it was left out
  Stats stats_;
};

}  // namespace parley::sfu
