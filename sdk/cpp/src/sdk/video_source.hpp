#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "codec/simulcast_encoder.hpp"
#include "parley/local_media.hpp"
#include "sdk/local_media.hpp"
#include "sdk/shell/event_thread.hpp"
#include "sdk/shell/loop_gate.hpp"

namespace parley::sdk {

/// A published camera or screen: takes pictures from any thread, encodes them on its own, hands packets' frames to the
/// network thread.
class VideoSource final : public LocalVideo {
 public:
  VideoSource(StreamKind kind, VideoOptions options, std::shared_ptr<LoopGate> gate);
  /// Begins to send. Called once.
  void start();
  /// Somebody else ended it; network thread.
  void set_ended() { ended_ = true; }

  StreamKind kind() const override { return kind_; }
  Result<void> push(const VideoFrame& frame) override;
  Result<void> pushEncoded(const EncodedVideoFrame& frame, int layer) override;
  void onKeyFrameWanted(std::function<void(int layer)> handler) override;
  void pause() override { set_paused(true); }
  void resume() override { set_paused(false); }
  void stop() override;
  bool ended() const override { return ended_; }
  LocalVideoCounts counts() const override;

 private:
  struct Waiting {
    frame::Picture picture;
    Timestamp captured_at;
    frame::Rotation rotation = frame::Rotation::None;
  };
  void set_paused(bool paused);
  bool begins_or_follows(const EncodedVideoFrame& frame, size_t layer, Timestamp now);
  Publication publication() const;
  bool too_soon(Timestamp captured_at);
  void encode_waiting();
  void encode(const Waiting& waiting);
  bool prepare_encoder(frame::Size size);
  void follow_control();
  void send(std::vector<codec::LayerOutput> outputs, frame::Rotation rotation);

  const StreamKind kind_;
  const VideoOptions options_;
  const std::shared_ptr<LoopGate> gate_;
  const std::shared_ptr<EncoderControl> control_ = std::make_shared<EncoderControl>();
  std::atomic<bool> ended_ = false;
  std::atomic<bool> paused_ = false;
  std::atomic<uint64_t> pushed_ = 0, sent_ = 0, skipped_ = 0;
  std::mutex mutex_;
  std::optional<Waiting> waiting_;
  bool encoding_ = false;
  std::optional<Timestamp> last_pushed_;
  /// Of each layer that comes encoded: the frame before was sent, so that one that builds on it may follow.
  std::array<bool, kMaxLayers> unbroken_{};
  std::array<std::optional<Timestamp>, kMaxLayers> key_asked_{};
  // Of the encoding thread.
  std::optional<codec::SimulcastEncoder> encoder_;
  std::vector<codec::SimulcastLayer> layers_;
  std::array<int, kMaxLayers> rates_{};
  EventThread thread_;
};

}  // namespace parley::sdk
