#include "v4l2_capture.hpp"

#include <libyuv/convert.h>

#include <cerrno>
#include <cstring>

namespace parley::devices {
namespace {

/// Enough that the camera fills one while others are read; more only holds old pictures.
constexpr uint32_t kBuffers = 4;
/// No camera gives more: 8K.
constexpr uint32_t kMaxSide = 8192;

Error error(const std::string& what) { return {kMediaNotReady, what + ": " + std::strerror(errno)}; }

/// What libyuv turns into I420, and how many bytes a row has; 0 for compressed.
struct Format {
  uint32_t code;
  uint32_t row_bytes_per_pixel;
};
constexpr Format kRaw[] = {{V4L2_PIX_FMT_YUV420, 1}, {V4L2_PIX_FMT_NV12, 1}, {V4L2_PIX_FMT_YUYV, 2}};
constexpr Format kJpeg = {V4L2_PIX_FMT_MJPEG, 0};

/// USB 2 carries 640x480 raw at 30 frames a second; above that cameras give a few frames, or JPEG.
constexpr int kMaxRawPixels = 640 * 480;

bool is_capture(const v4l2_capability& what) {
  const uint32_t abilities = what.capabilities & V4L2_CAP_DEVICE_CAPS ? what.device_caps : what.capabilities;
  return (abilities & V4L2_CAP_VIDEO_CAPTURE) && (abilities & V4L2_CAP_STREAMING);
}

struct Pixels {
  explicit Pixels(size_t size) : bytes(new uint8_t[size]) {}
  std::unique_ptr<uint8_t[]> bytes;
};

/// JPEG's colours fill all 8 bits (JFIF), a VideoFrame's 16 to 235 and 240 (BT.601).
void to_limited_range(uint8_t* luma, size_t luma_size, uint8_t* chroma, size_t chroma_size) {
  for (size_t i = 0; i < luma_size; ++i) luma[i] = static_cast<uint8_t>(16 + (luma[i] * 219 + 127) / 255);
  for (size_t i = 0; i < chroma_size; ++i) chroma[i] = static_cast<uint8_t>(16 + (chroma[i] * 224 + 127) / 255);
}

MediaTime captured_at(const v4l2_buffer& filled) {
  if ((filled.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC) {
    return std::chrono::steady_clock::now();
  }
  return MediaTime(std::chrono::seconds(filled.timestamp.tv_sec) + std::chrono::microseconds(filled.timestamp.tv_usec));
}

}  // namespace

Result<std::unique_ptr<V4l2Capture>> V4l2Capture::open(VideoKernel& kernel, const CameraOptions& options) {
  if (options.width < 1 || options.height < 1 || options.frameRate < 1) {
    return Error{kBadParameter, "width, height and frameRate must be at least 1"};
  }
  const int descriptor = kernel.open(options.path);
  if (descriptor < 0) return error("cannot open " + options.path);
  std::unique_ptr<V4l2Capture> capture(new V4l2Capture(kernel, descriptor));
  if (!capture->can_stream()) return Error{kUnsupported, options.path + " is not a camera"};
  if (!capture->choose_format(options)) {
    return Error{kUnsupported, options.path + " has none of the formats I420, NV12, YUYV and MJPEG, or is in use"};
  }
  capture->set_frame_rate(options.frameRate);
  if (!capture->start()) return error("cannot start " + options.path);
  return capture;
}

V4l2Capture::~V4l2Capture() {
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  if (streaming_) call(VIDIOC_STREAMOFF, &type);
  for (const Buffer& buffer : buffers_) kernel_.unmap(buffer.memory, buffer.size);
  kernel_.close(descriptor_);
}

bool V4l2Capture::can_stream() {
  v4l2_capability what{};
  return call(VIDIOC_QUERYCAP, &what) && is_capture(what);
}

bool V4l2Capture::choose_format(const CameraOptions& options) {
  const bool raw_first = options.width * options.height <= kMaxRawPixels;
  if (!raw_first && try_format(kJpeg.code, options)) return true;
  for (const Format& format : kRaw) {
    if (try_format(format.code, options)) return true;
  }
  return raw_first && try_format(kJpeg.code, options);
}

bool V4l2Capture::try_format(uint32_t pixel_format, const CameraOptions& options) {
  v4l2_format wanted{};
  wanted.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  wanted.fmt.pix.width = static_cast<uint32_t>(options.width);
  wanted.fmt.pix.height = static_cast<uint32_t>(options.height);
  wanted.fmt.pix.pixelformat = pixel_format;
  wanted.fmt.pix.field = V4L2_FIELD_ANY;
  // The driver answers with the nearest that it has, perhaps another format.
  if (!call(VIDIOC_S_FMT, &wanted) || wanted.fmt.pix.pixelformat != pixel_format) return false;
  format_ = wanted.fmt.pix;
  if (format_.width < 1 || format_.height < 1 || format_.width > kMaxSide || format_.height > kMaxSide) return false;
  for (const Format& raw : kRaw) {
    // libyuv wants rows without padding.
    if (raw.code == pixel_format && format_.bytesperline != format_.width * raw.row_bytes_per_pixel) return false;
  }
  return true;
}

void V4l2Capture::set_frame_rate(int frame_rate) {
  v4l2_streamparm rate{};
  rate.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  rate.parm.capture.timeperframe = {1, static_cast<uint32_t>(frame_rate)};
  call(VIDIOC_S_PARM, &rate);  // what cannot do it goes on at its own rate
}

bool V4l2Capture::start() {
  v4l2_requestbuffers wanted{};
  wanted.count = kBuffers;
  wanted.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  wanted.memory = V4L2_MEMORY_MMAP;
  if (!call(VIDIOC_REQBUFS, &wanted) || wanted.count == 0) return false;
  for (uint32_t i = 0; i < wanted.count; ++i) {
    v4l2_buffer buffer{};
    buffer.type = wanted.type;
    buffer.memory = wanted.memory;
    buffer.index = i;
    if (!call(VIDIOC_QUERYBUF, &buffer)) return false;
    void* memory = kernel_.map(descriptor_, buffer.length, buffer.m.offset);
    if (!memory) return false;
    buffers_.push_back({memory, buffer.length});
    if (!call(VIDIOC_QBUF, &buffer)) return false;
  }
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  streaming_ = call(VIDIOC_STREAMON, &type);
  return streaming_;
}

Result<std::optional<VideoFrame>> V4l2Capture::next(int wake) {
  const int ready = kernel_.wait(descriptor_, wake);
  if (ready < 0) return Error{kMediaNotReady, "the camera is gone"};
  if (ready == 0) return std::optional<VideoFrame>();
  v4l2_buffer filled{};
  filled.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  filled.memory = V4L2_MEMORY_MMAP;
  if (!call(VIDIOC_DQBUF, &filled)) {
    if (errno == EAGAIN) return std::optional<VideoFrame>();
    return error("the camera is gone");
  }
  std::optional<VideoFrame> frame;
  if (filled.index < buffers_.size() && !(filled.flags & V4L2_BUF_FLAG_ERROR)) frame = convert(filled);
  if (!call(VIDIOC_QBUF, &filled)) return error("the camera is gone");
  return frame;
}

std::optional<VideoFrame> V4l2Capture::convert(const v4l2_buffer& filled) const {
  const Buffer& buffer = buffers_[filled.index];
  const size_t used = filled.bytesused;
  const bool compressed = format_.pixelformat == V4L2_PIX_FMT_MJPEG;
  if (used > buffer.size || (!compressed && used < format_.sizeimage)) return std::nullopt;
  const int w = width(), h = height(), chroma_w = (w + 1) / 2, chroma_h = (h + 1) / 2;
  const size_t luma = static_cast<size_t>(w) * static_cast<size_t>(h);
  const size_t chroma = static_cast<size_t>(chroma_w) * static_cast<size_t>(chroma_h);
  auto pixels = std::make_shared<Pixels>(luma + 2 * chroma);
  uint8_t* y = pixels->bytes.get();
  uint8_t* u = y + luma;
  uint8_t* v = u + chroma;
  const int result = libyuv::ConvertToI420(static_cast<const uint8_t*>(buffer.memory), used, y, w, u, chroma_w, v,
                                           chroma_w, 0, 0, w, h, w, h, libyuv::kRotate0, format_.pixelformat);
  if (result != 0) return std::nullopt;
  if (compressed) to_limited_range(y, luma, u, 2 * chroma);
  VideoFrame frame;
  frame.width = w;
  frame.height = h;
  frame.y = {y, w};
  frame.u = {u, chroma_w};
  frame.v = {v, chroma_w};
  frame.capturedAt = captured_at(filled);
  frame.owner = std::move(pixels);
  return frame;
}

std::vector<CameraInfo> list_cameras(VideoKernel& kernel, const std::vector<std::string>& paths) {
  std::vector<CameraInfo> cameras;
  for (const std::string& path : paths) {
    const int descriptor = kernel.open(path);
    if (descriptor < 0) continue;
    v4l2_capability what{};
    const bool usable = kernel.ioctl(descriptor, VIDIOC_QUERYCAP, &what) == 0 && is_capture(what);
    kernel.close(descriptor);
    if (!usable) continue;
    const char* name = reinterpret_cast<const char*>(what.card);
    cameras.push_back({path, std::string(name, strnlen(name, sizeof what.card))});
  }
  return cameras;
}

}  // namespace parley::devices
