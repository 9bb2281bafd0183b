#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"
#include "rtp/packet.hpp"

/// Speech scores and dominant speaker after I. Volfin and I. Cohen, "Dominant speaker identification for multipoint
/// videoconferencing", Computer Speech and Language 27 (2013) 895-910, with the RFC 6464 audio level in the place of
/// the paper's sub-band energies: nothing is decoded.
namespace parley::sfu {

/// How much a track sounded like speech over three times; each score is > 0, larger is more.
struct SpeechScores {
  static constexpr SpeechScores silence() { return {1e-10, 1e-10, 1e-10}; }
  double immediate = 0;  ///< about 20 ms
  double medium = 0;     ///< 100 ms
  double long_term = 0;  ///< 1 s
};

/// The evidence of speech in one audio track.
class SpeechActivity {
 public:
  SpeechActivity();

  /// For each packet of the track that carries a level. Packets that came late (out of order) may be given too.
  void on_level(rtp::AudioLevel level, Timestamp now);

  /// A track that sends nothing (DTX, muted) decays to silence.
  SpeechScores scores(Timestamp now);
  /// Mean level over the last second, -dBov: 0 loudest, 127 silence.
  uint8_t mean_level(Timestamp now);
  /// True if anything like speech was heard within the last second.
  bool voiced(Timestamp now);

  /// One step of the short scale: the usual Opus packet.
  static constexpr TimeDelta kTick = TimeDelta::millis(20);

 private:
  static constexpr size_t kMediumTicks = 5;  // N2: ticks in a medium block, 100 ms
  static constexpr size_t kLongBlocks = 10;  // N3: medium blocks in the long window, 1 s
  static constexpr size_t kTicks = kMediumTicks * kLongBlocks;

  void advance(Timestamp now);
  void push_tick(uint8_t loudness);
  uint8_t units(uint8_t loudness) const;
  size_t active_ticks(size_t block) const;
  size_t active_blocks() const;

  std::array<uint8_t, kTicks> loudness_{};  // ring, 127 - level; 0 silence
  std::array<uint8_t, kTicks> units_{};     // ring: how many of N1 sub-units the tick filled
  size_t head_ = 0;                         // next to write
  int64_t tick_ = 0;                        // number of the tick being collected
  uint8_t pending_ = 0;                     // loudest of that tick
  uint8_t last_ = 0;                        // loudness of the last packet,
  int64_t held_ = 0;                        // and for how many ticks it has stood in
  bool started_ = false;
  double floor_;  // loudness of the background
};

}  // namespace parley::sfu
