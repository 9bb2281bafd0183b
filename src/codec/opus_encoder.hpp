#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

#include "base/time.hpp"
#include "base/units.hpp"
#include "codec/video_encoder.hpp"
#include "frame/encoded.hpp"
#include "frame/sound.hpp"

namespace parley::codec {

struct OpusEncoderConfig {
  int channels = 1;  ///< 1 or 2
  DataRate bitrate = DataRate::kbps(32);
  bool music = false;              ///< tuned for any sound rather than for speech
  bool dtx = false;                ///< silence is not sent
  bool fec = true;                 ///< each packet also holds a coarse copy of the one before
  int expected_loss_percent = 10;  ///< how much is spent on that copy
};

/// Opus at 48 kHz. Not thread-safe.
class OpusEncoder {
 public:
  static std::expected<OpusEncoder, EncodeError> make(const OpusEncoderConfig& config);

  /// Encodes one packet: `sound` lasts 10, 20, 40 or 60 ms. Nothing comes out while DTX is silent.
  /// The result's rtp_timestamp counts samples and starts at zero; it leaps over a gap in `captured_at` of more than
  /// kGap. The sender adds its random offset.
  std::expected<std::optional<frame::EncodedSound>, EncodeError> encode(const frame::Sound& sound,
                                                                        Timestamp captured_at);
  void set_bitrate(DataRate bitrate);
  void set_expected_loss(int percent);

  /// Below it a late callback of a sound card, above it a pause: three packets.
  static constexpr TimeDelta kGap = TimeDelta::millis(60);

 private:
  struct Library;  ///< libopus's part
  struct Destroy {
    void operator()(Library* library) const;
  };
  OpusEncoder() = default;
  void advance_clock(Timestamp captured_at);

  std::unique_ptr<Library, Destroy> library_;
  int channels_ = 1;
  uint32_t rtp_timestamp_ = 0;  ///< of the next sound
  std::optional<Timestamp> expected_at_;
  bool silent_ = false;  ///< the last packet was one that DTX need not send
};

}  // namespace parley::codec
