#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "frame/picture.hpp"

namespace parley::bench {

/// A moving picture of 6 s that is encoded once and sent by many, so that publishers cost next to nothing: VP8 at
/// 1280x720, 640x360 and 320x180, 30 pictures a second, and Opus.
///
/// Each picture shows its own number (0 to 179) as a row of black and white fields across its middle: two that are
/// always white and black, then eight bits, the highest first. Picture n of a publisher is due n / 30 s after an
/// instant that is a multiple of 6 s on the monotonic clock: who reads the number and the clock knows how old the
/// picture is.
class Film {
 public:
  static constexpr int kFps = 30;
  static constexpr int kPictures = 180;
  static constexpr int kKeyInterval = 90;  ///< between key pictures that nobody asked for
  static constexpr int kLayers = 3;
  /// A key picture can be had at each multiple of this, 200 ms: a camera's would come within one picture's time.
  static constexpr int kEntryInterval = 6;
  static constexpr std::array<frame::Size, kLayers> kSizes{{{320, 180}, {640, 360}, {1280, 720}}};
  static constexpr std::array<int, kLayers> kKbps{150, 450, 1300};
  static constexpr int kSounds = 300;  ///< of 20 ms

  using Bytes = std::shared_ptr<const std::vector<uint8_t>>;
  struct Picture {
    Bytes data;  ///< null: the encoder's rate control left it out
    bool key = false;
  };

  /// Encodes with as many threads as the machine has.
  Film();

  /// One receiver's-eye view of a layer: the film as it goes on, entered anew where a key picture is wanted.
  class Reel {
   public:
    Reel(const Film& film, int layer) : film_(film), layer_(layer) {}
    const Picture& at(int64_t number, bool key_wanted);

   private:
    const Film& film_;
    int layer_;
    int entry_ = 0;
  };

  const Bytes& sound(int64_t number) const { return sounds_[static_cast<size_t>(number % kSounds)]; }
  double kbps(int layer) const;

 private:
  /// Of one layer: by where it was entered, the pictures from there to the next key picture of `[0]`, which is whole.
  using Layer = std::vector<std::vector<Picture>>;
  void paint();
  void encode_pictures();
  void encode_entry(int layer, int entry);
  void encode_sound();

  std::array<std::vector<frame::Picture>, kLayers> raw_;  // while encoding
  std::array<Layer, kLayers> layers_;
  std::vector<Bytes> sounds_;
};

}  // namespace parley::bench
