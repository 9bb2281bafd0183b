#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "media/ffmpeg/error.hpp"
#include "media/ffmpeg/packet.hpp"

namespace parley::media {

enum class Container : uint8_t { Mp4, WebM, Mp3 };

std::string_view name_of(Container container);  ///< "mp4", "webm", "mp3": also the ending of file names
bool holds(Container container, Codec codec);

/// Packets in, bytes of a file that grows at its end only: fragmented MP4 (ISO/IEC 14496-12 section 8.8, with absolute
/// decode times and no edit lists), WebM without index, bare MP3 frames. Memory only: what the bytes are written to is
/// the caller's business.
class Muxer {
 public:
  /// The streams' formats are complete (probe.hpp). Writes the header.
  static Result<Muxer> create(Container container, std::span<const StreamFormat> streams);
  Muxer(Muxer&&) noexcept;
  Muxer& operator=(Muxer&&) noexcept;
  ~Muxer();

  /// Packets come in the order of an Interleaver, from time zero on.
  Result<> write(const EncodedPacket& packet);
  /// Ends the fragment or cluster: everything written so far is in bytes().
  Result<> cut();
  /// Ends the file.
  Result<> finish();
  /// What has to be appended to the file.
  std::vector<uint8_t>& bytes();

 private:
  struct State;
  explicit Muxer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::media
