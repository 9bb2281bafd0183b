#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "rtp/packet.hpp"
#include "rtp/payload/payloads.hpp"
#include "synthetic_media.hpp"
#include "transport/description.hpp"

namespace parley::sim {

/// A packet of a source before encryption.
struct SourcePacket {
  uint8_t layer = 0;
  bool marker = false;
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  std::vector<uint8_t> payload;
  std::optional<rtp::AudioLevel> audio_level;
};

/// What one m-line of a simulated client sends: Opus every 20 ms, or video in one or more simulcast layers with two
/// temporal layers where the codec has them. Keeps its packets for retransmission and makes key frames on demand.
class Source {
 public:
  struct Config {
    uint8_t number = 0;  ///< in the stamps
    rtp::Codec codec = rtp::Codec::Opus;
    uint8_t layers = 1;
    int fps = 30;
    std::vector<int> packets_per_frame{2, 4, 8};  ///< by layer
    size_t packet_size = 1000;
    size_t size_spread = 0;  ///< the later packets of a frame are larger by this much
    bool voice = true;
    /// Whole frames (synthetic_frame.hpp) through the packetizers, instead of payloads made one by one: of
    /// `packets_per_frame` times `packet_size` bytes, and four times that for a key frame.
    bool packetized = false;
  };
  static constexpr size_t kHistory = 2048;

  Source(const Config& config, Rng& rng);

  /// Appends what is due at `now`.
  void produce(Timestamp now, std::vector<SourcePacket>& out);
  void request_key_frame(uint8_t layer);
  const SourcePacket* find(uint8_t layer, uint16_t sequence_number) const;
  void set_paused(bool paused) { paused_ = paused; }

  const Config& config() const { return config_; }
  uint64_t key_frames(uint8_t layer) const { return layers_[layer].key_frames; }
  /// RTP time of a layer at `now`, for sender reports.
  uint32_t rtp_time(uint8_t layer, Timestamp now) const;
  uint32_t packet_count(uint8_t layer) const { return layers_[layer].packets; }

 private:
  struct Layer {
    uint16_t sequence_number = 0;
    uint32_t timestamp_base = 0;
    uint32_t frame = 0;
    uint32_t last_base_frame = 0;  // of temporal layer 0
    uint16_t picture_id = 0;
    uint8_t tl0_picture_index = 0;
    bool key_wanted = true;
    uint64_t key_frames = 0;
    uint32_t packets = 0;
    std::deque<SourcePacket> history;
  };
  void produce_audio(Timestamp now, std::vector<SourcePacket>& out);
  void produce_frame(uint8_t layer, Timestamp now, std::vector<SourcePacket>& out);
  void produce_payloads(uint8_t layer, Stamp stamp, Timestamp now, std::vector<SourcePacket>& out);
  void packetize(uint8_t layer, const Stamp& stamp, Timestamp now, std::vector<SourcePacket>& out);
  void emit(Layer& layer, SourcePacket packet, std::vector<SourcePacket>& out);

  Config config_;
  std::vector<Layer> layers_;
  bool paused_ = false;
  Timestamp next_;
  rtp::Payloads payloads_;
};

}  // namespace parley::sim
