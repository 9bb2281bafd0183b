#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "codec/opus_encoder.hpp"
#include "parley/local_media.hpp"
#include "sdk/local_media.hpp"
#include "sdk/shell/loop_gate.hpp"
#include "sdk/sound_clock.hpp"

namespace parley::sdk {

/// A published microphone or the sound of a screen. Encodes on the thread that pushes: 20 ms cost well under one.
class AudioSource final : public LocalAudio {
 public:
  AudioSource(StreamKind kind, AudioOptions options, std::shared_ptr<LoopGate> gate);
  void start();
  void set_ended() { ended_ = true; }

  StreamKind kind() const override { return kind_; }
  Result<void> push(const AudioFrame& frame) override;
  Result<void> pushEncoded(const EncodedAudioFrame& frame) override;
  void pause() override { set_paused(true); }
  void resume() override { set_paused(false); }
  void stop() override;
  bool ended() const override { return ended_; }

 private:
  static constexpr size_t kPacketFrames = 960;  // 20 ms
  /// Ten seconds in one call: more is a mistake.
  static constexpr size_t kMaxFrames = 480'000;

  void set_paused(bool paused);
  void append(const AudioFrame& frame);
  Result<void> encode_full_packets();
  void send(frame::EncodedSound sound, std::optional<rtp::AudioLevel> level);

  const StreamKind kind_;
  const AudioOptions options_;
  const std::shared_ptr<LoopGate> gate_;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> paused_ = false;
  std::mutex mutex_;
  std::optional<codec::OpusEncoder> encoder_;
  std::vector<int16_t> waiting_;  // interleaved, of the options' channels
  SoundClock clock_;
};

/// RFC 6464: how loud it is, in -dBov from 0 (loudest) to 127, and whether it might be a voice.
rtp::AudioLevel level_of(const std::vector<int16_t>& samples);

}  // namespace parley::sdk
