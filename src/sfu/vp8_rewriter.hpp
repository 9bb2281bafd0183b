#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "rtp/payload/video_facts.hpp"

namespace parley::sfu {

/// Keeps picture id and TL0PICIDX of VP8 continuous for one receiver (RFC 7741 section 4.2): libwebrtc finds references
/// by them, and waits for a picture whose id is skipped. Left out pictures are closed up; missing ones keep their id.
class Vp8Rewriter {
 public:
  /// Pictures remembered, 2 s at 30 a second: a packet that comes later is of no use to a decoder.
  static constexpr int64_t kPictures = 64;

  struct Ids {
    uint16_t picture_id = 0;
    uint8_t tl0_picture_index = 0;
  };

  /// The next packet begins a run of source ids; the output goes on.
  void begin(const rtp::VideoFacts& facts);
  /// Ids for a packet to be sent; nothing if its picture was left out or is too old.
  std::optional<Ids> take(const rtp::VideoFacts& facts);
  /// The packet's picture is left out.
  void skip(const rtp::VideoFacts& facts);

 private:
  enum class Fate : uint8_t { New, Missing, Sent, Skipped };
  struct Picture {
    int64_t source = INT64_MIN;
    uint16_t id = 0;
    Fate fate = Fate::New;
  };
  int64_t unwrap(const rtp::VideoFacts& facts) const;
  Picture& picture(int64_t source) { return pictures_[static_cast<uint64_t>(source) % kPictures]; }
  /// The record of the packet's picture; a new one is added, after those missing in between. nullptr: too old.
  Picture* locate(const rtp::VideoFacts& facts);

  std::array<Picture, kPictures> pictures_{};
  int64_t newest_ = 0;      // source picture, unwrapped
  uint16_t next_id_ = 0;    // output
  uint8_t tl0_offset_ = 0;  // added to the source's
  uint8_t newest_tl0_ = 0;  // output
};

}  // namespace parley::sfu
