#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/fixed_vector.hpp"
#include "rtp/codec.hpp"
#include "rtp/payload/dependency_descriptor.hpp"
#include "rtp/payload/video_facts.hpp"

namespace parley::playout {

/// Says which pictures a decoder can use. All that came without a loss since a key frame is usable. After a loss, what
/// follows is usable only if it says by itself that nothing of what is missing is needed:
/// - by a dependency descriptor (any codec): all frames it refers to were usable;
/// - by TL0PICIDX (VP8, VP9): no picture of the base temporal layer is missing; upper layers return where the stream
///   says that they may (VP8: Y, VP9: U);
/// - else only a key frame is.
class Continuity {
 public:
  struct Picture {
    rtp::Codec codec = rtp::Codec::Vp8;
    bool key = false;
    rtp::VideoFacts facts;  ///< of its first packet
    /// The dependency descriptors of its frames (one a spatial layer); empty if it has none.
    std::span<const rtp::DependencyDescriptor> frames;
  };

  /// Packets before the next picture are missing for good.
  void lose() {
    lost_ = true;
    clean_ = false;
  }
  /// The next picture in order: is it usable?
  bool accept(const Picture& picture);
  /// Nothing can be decoded until a key frame comes.
  bool key_frame_needed() const { return !started_; }
  /// Another stream, or pictures were thrown away that had been accepted.
  void restart();

 private:
  bool accept_clean(const Picture& picture);
  bool accept_by_descriptor(const Picture& picture);
  bool accept_by_layer(const Picture& picture);
  bool accept_behind_loss(const Picture& picture);
  void begin(const Picture& picture);
  bool usable(uint16_t frame_number) const { return frames_[frame_number % kFrames] == frame_number; }
  bool refers_to_usable(const rtp::DependencyDescriptor& frame) const;
  void note(uint16_t frame_number) { frames_[frame_number % kFrames] = frame_number; }
  void forget(uint16_t frame_number) { frames_[frame_number % kFrames].reset(); }

  /// References go back a few pictures; long-term ones of a screen share with three spatial layers stay within this.
  static constexpr size_t kFrames = 256;
  static constexpr uint8_t kAllLayers = 7;

  bool started_ = false;
  bool lost_ = false;                   // right before the next picture
  bool clean_ = true;                   // nothing was lost since the key frame
  uint8_t highest_layer_ = kAllLayers;  // temporal, that can be used
  std::optional<uint8_t> tl0_picture_index_;
  bool described_ = false;                                 // all since the key frame had descriptors
  std::array<std::optional<uint16_t>, kFrames> frames_{};  // usable ones, by number
};

}  // namespace parley::playout
