#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "base/time.hpp"
#include "media/ffmpeg/error.hpp"
#include "media/ffmpeg/muxer.hpp"
#include "media/ffmpeg/packet.hpp"

namespace parley::worker {

/// What a composition is encoded as; sinks of one kind share the encoders.
enum class Encoding : uint8_t {
  H264Aac,  ///< MP4 files, RTMP, HLS
  Vp8Opus,  ///< WebM files
  Mp3,      ///< sound alone
};

/// How a sink ends.
enum class Ending : uint8_t {
  Finished,   ///< for good
  Suspended,  ///< another sink in the same place will go on
};

/// Where the packets of one encoding go: a file, a stream. Used by its composition's thread.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Must not wait for a network. After an error the sink is thrown away.
  virtual media::Result<> write(const media::EncodedPacket& packet) = 0;
  /// Nothing comes any more.
  virtual media::Result<> end(Ending ending) = 0;
  /// Once after each time that it could begin anew at a key picture.
  virtual bool wants_key() { return false; }
  /// What it has written, without what encoders and buffers hold.
  virtual TimeDelta duration() const = 0;
  virtual int64_t bytes() const = 0;
};

/// Makes a sink once the encoders' formats are known. On the composition's thread.
using SinkFactory =
    std::function<media::Result<std::unique_ptr<Sink>>(const std::vector<media::StreamFormat>& streams)>;

/// A recording's next part.
SinkFactory file_sink(std::filesystem::path path, media::Container container);

}  // namespace parley::worker
