#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "media/ffmpeg/error.hpp"
#include "media/ffmpeg/packet.hpp"

/// What the .cpp files of this folder share of libav*: owners and conversions. Its types are only named here, so that
/// no header of ours brings theirs.
struct AVBufferRef;
struct AVCodecContext;
struct AVCodecParameters;
struct AVDictionary;
struct AVFormatContext;
struct AVFrame;
struct AVIOContext;
struct AVPacket;
struct AVRational;

namespace parley::media {

struct AvDeleter {
  void operator()(AVCodecContext* p) const;
  void operator()(AVCodecParameters* p) const;
  void operator()(AVFrame* p) const;
  void operator()(AVPacket* p) const;
};
using AvCodec = std::unique_ptr<AVCodecContext, AvDeleter>;
using AvParameters = std::unique_ptr<AVCodecParameters, AvDeleter>;
using AvFrame = std::unique_ptr<AVFrame, AvDeleter>;
using AvPacket = std::unique_ptr<AVPacket, AvDeleter>;

AvFrame make_av_frame();
AvPacket make_av_packet();

/// Options for avcodec_open2 and the like; whatever was not understood stays in.
class AvOptions {
 public:
  AvOptions() = default;
  AvOptions(const AvOptions&) = delete;
  AvOptions& operator=(const AvOptions&) = delete;
  ~AvOptions();
  AvOptions& set(const char* name, const std::string& value);
  AVDictionary** get() { return &dictionary_; }
  /// A name that nobody took: a mistake of ours or another version of the library.
  std::string first_unused() const;

 private:
  AVDictionary* dictionary_ = nullptr;
};

/// `what: reason`, as DiskFull or Io if the library passed on an errno, else with `otherwise`.
std::unexpected<Error> fail_av(int error, const std::string& what, Error::Code otherwise = Error::Code::Internal);

/// Keeps the library's own log lines off stderr: they can hold stream keys. Idempotent.
void capture_av_log();
/// The warnings and errors of this thread since the last call, line by line: the only way to learn some reasons.
std::string take_av_log();

/// Matrix and range, with the primaries and the transfer that go with them.
void set_colour(AVCodecContext& context, const frame::ColourSpace& colour);
/// What the frame says of itself; BT.601 limited where it says nothing.
frame::ColourSpace colour_of(const AVFrame& frame);

/// An AVFrame that shares the picture's pixels (no copy).
AvFrame wrap(const frame::Picture& picture);
/// A Picture that shares the frame's pixels; I420 frames only.
frame::Picture wrap(AvFrame frame);

/// Fills a library's description of a stream. Video needs its size known.
AvParameters to_av(const StreamFormat& format);
/// Points the packet at the bytes of `source` (which must outlive its use) with times in `base`.
void fill_av(AVPacket& packet, const EncodedPacket& source, const AVRational& base);
/// Copies a packet out; times are of `base`.
EncodedPacket from_av(const AVPacket& packet, const AVRational& base, rtp::MediaKind kind);

TimeDelta from_av_time(int64_t value, const AVRational& base);
int64_t to_av_time(TimeDelta time, const AVRational& base);

}  // namespace parley::media
