#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/rng.hpp"
#include "codec/video_encoder.hpp"
#include "frame/encoded.hpp"
#include "parley/types.hpp"
#include "rtp/payload/payloads.hpp"
#include "sdk/client.hpp"
#include "sdk/pacer.hpp"
#include "sdk/sent_packets.hpp"
#include "transport/media.hpp"

namespace parley::sdk {

inline constexpr size_t kMaxLayers = 3;

/// What the network thread tells the encoder of a video source, which reads it before each picture.
struct EncoderControl {
  std::atomic<bool> connected = false;  ///< else nothing need be encoded
  std::atomic<int> max_layer = kMaxLayers - 1;
  std::atomic<uint32_t> keys_wanted = 0;                    ///< a bit a layer
  std::array<std::atomic<int>, kMaxLayers> wished_kbps{};   ///< by the encoder: what each layer is worth, 0 unused
  std::array<std::atomic<int>, kMaxLayers> allowed_kbps{};  ///< by the path: 0 is off
  /// For sources that come encoded. Set before the source is published; network thread.
  std::function<void(int layer)> on_key_wanted;
  std::atomic<uint32_t> pushed_layers = 1;  ///< a bit a layer that has come encoded

  void want_key(int layer);
  /// Of all layers: what comes next is the first for a while.
  void want_keys();
};

/// What is sent: frames of own sources become packets, those the peer misses are sent again, and the path's bandwidth
/// is divided. On the network thread.
class LocalMedia {
 public:
  /// Payload, headers, extensions and SRTP's tag stay within the 1200 bytes that every path takes, also as RTX.
  static constexpr size_t kMaxPayload = 1100;
  static constexpr TimeDelta kAllocateInterval = TimeDelta::millis(500);
  /// A layer that would get less than this of what it is worth is left out for the one below it.
  static constexpr double kWorthwhile = 0.5;
  /// Plain pictures take far less than they are given. Then the next layer will, too; but not less than this of it.
  static constexpr double kLeastAppetite = 0.1;

  struct SentCounts {
    uint64_t frames = 0;
    uint64_t key_frames = 0;
    uint64_t keys_wanted = 0;
    int width = 0;
    int height = 0;
  };

  LocalMedia(Client& client, Rng& rng);

  /// From now on this source is sent; null: not any more.
  void set_encoder(StreamKind kind, std::shared_ptr<EncoderControl> control);
  void send_picture(StreamKind kind, uint8_t layer, const codec::EncoderOutput& output, Timestamp now,
                    DatagramBatch& out);
  void send_sound(StreamKind kind, const frame::EncodedSound& sound, std::optional<rtp::AudioLevel> level,
                  Timestamp now, DatagramBatch& out);

  // ---- what the connection says
  /// It is another one, or none.
  void reset();
  void retransmit(const transport::LossReported& loss, Timestamp now, DatagramBatch& out);
  void want_key_frame(uint8_t line, uint8_t layer);
  void limit_layers(StreamKind kind, int max_layer);
  void follow_connection();
  /// What layers are worth has changed.
  void reallocate() { allocate_at_ = Timestamp(); }

  void on_deadline(Timestamp now, DatagramBatch& out);
  Timestamp next_deadline() const;
  const SentCounts& counts(StreamKind kind) const { return sources_[static_cast<size_t>(kind)].counts; }

 private:
  struct Layer {
    uint16_t sequence = 0;
    uint32_t timestamp_offset = 0;
    uint16_t picture_id = 0;
    uint8_t tl0_picture_index = 0;
    std::optional<transport::MediaClock> clock;
    frame::Rotation rotation = frame::Rotation::None;  // as last told to everybody
    SentPackets sent;
  };
  struct Source {
    std::array<Layer, kMaxLayers> layers;
    std::shared_ptr<EncoderControl> encoder;
    SentCounts counts;
    uint64_t bytes = 0;   // since the last allocation
    double appetite = 1;  // of what its layers were given, how much they took
  };
  Source& source(StreamKind kind) { return sources_[static_cast<size_t>(kind)]; }
  void packetize(const codec::EncoderOutput& output, Layer& layer);
  void keep_packets(StreamKind kind, uint8_t layer, transport::OutgoingPacket packet);
  void send_paced(Timestamp now, DatagramBatch& out);
  void allocate(Timestamp now);
  void measure_appetite(Source& source, TimeDelta span);
  transport::Connection* connection();

  Client& client_;
  std::array<Source, 4> sources_;
  rtp::Payloads payloads_;
  Pacer pacer_;  // names packets that `SentPackets` keep
  bool connected_ = false;
  Timestamp allocate_at_ = Timestamp::never();
  Timestamp allocated_at_;
};

}  // namespace parley::sdk
