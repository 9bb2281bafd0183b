#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <set>

#include <parley/devices/camera.hpp>

#include "v4l2_capture.hpp"

namespace parley::devices {
namespace {

/// As cameras give them: 64x48, 4:2:2; all of one blue.
constexpr std::string_view kJpeg =
    "ffd8ffe000104a46494600010100000100010000ffdb0043000a07070807060a0808080b0a0a0b0e18100e0d0d0e1d15161118231f2524"
    "221f2221262b372f26293429212230413134393b3e3e3e252e4449433c48373d3e3bffdb0043010a0b0b0e0d0e1c10101c3b2822283b3b"
    "3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3bffc00011080030"
    "004003012100021101031101ffc4001500010100000000000000000000000000000005ffc4001410010000000000000000000000000000"
    "0000ffc400160101010100000000000000000000000000000506ffc40014110100000000000000000000000000000000ffda000c030100"
    "02110311003f008635a8a0000000000000000000000000000000000000000000000fffd9";

std::vector<uint8_t> from_hex(std::string_view hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

/// A kernel with one camera in it, "/dev/video7", as the V4L2 specification describes drivers: it answers VIDIOC_S_FMT
/// with what it has, and checks that buffers are queued before they are filled.
class KernelWithCamera final : public VideoKernel {
 public:
  std::set<uint32_t> formats{V4L2_PIX_FMT_YUYV};
  uint32_t capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  uint32_t max_width = 1920, max_height = 1080;
  uint32_t padding = 0;  ///< bytes after each row
  bool unplugged = false;
  std::deque<std::vector<uint8_t>> frames;
  uint32_t flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  v4l2_pix_format format{};
  v4l2_fract rate{};
  int opened = 0, mapped = 0;
  bool streaming = false;

  int open(const std::string& path) override {
    if (path != "/dev/video7") return errno = ENOENT, -1;
    return ++opened, 40;
  }
  void close(int) override { --opened; }
  void* map(int, size_t size, size_t offset) override {
    ++mapped;
    memory_.at(offset).resize(size);
    return memory_[offset].data();
  }
  void unmap(void*, size_t) override { --mapped; }
  int wait(int, int) override { return unplugged ? -1 : frames.empty() || queued_.empty() ? 0 : 1; }

  int ioctl(int, unsigned long request, void* argument) override {
    if (unplugged) return errno = ENODEV, -1;
    switch (request) {
      case VIDIOC_QUERYCAP: return describe(*static_cast<v4l2_capability*>(argument));
      case VIDIOC_S_FMT: return set_format(static_cast<v4l2_format*>(argument)->fmt.pix);
      case VIDIOC_S_PARM: return rate = static_cast<v4l2_streamparm*>(argument)->parm.capture.timeperframe, 0;
      case VIDIOC_REQBUFS: return memory_.resize(static_cast<v4l2_requestbuffers*>(argument)->count), 0;
      case VIDIOC_QUERYBUF: return describe_buffer(*static_cast<v4l2_buffer*>(argument));
      case VIDIOC_QBUF: return queued_.push_back(static_cast<v4l2_buffer*>(argument)->index), 0;
      case VIDIOC_DQBUF: return fill(*static_cast<v4l2_buffer*>(argument));
      case VIDIOC_STREAMON: return streaming = true, 0;
      case VIDIOC_STREAMOFF: return streaming = false, 0;
      default: return errno = ENOTTY, -1;
    }
  }

 private:
  int describe(v4l2_capability& what) const {
    std::strcpy(reinterpret_cast<char*>(what.card), "Test Camera");
    what.capabilities = capabilities | V4L2_CAP_DEVICE_CAPS;
    what.device_caps = capabilities;
    return 0;
  }
  int set_format(v4l2_pix_format& wanted) {
    if (formats.empty()) return errno = EBUSY, -1;
    wanted.width = std::min(wanted.width, max_width);
    wanted.height = std::min(wanted.height, max_height);
    if (!formats.contains(wanted.pixelformat)) wanted.pixelformat = *formats.begin();
    const bool packed = wanted.pixelformat == V4L2_PIX_FMT_YUYV, jpeg = wanted.pixelformat == V4L2_PIX_FMT_MJPEG;
    wanted.bytesperline = jpeg ? 0 : wanted.width * (packed ? 2 : 1) + padding;
    wanted.sizeimage = packed ? wanted.bytesperline * wanted.height : wanted.width * wanted.height * 3 / 2;
    format = wanted;
    return 0;
  }
  int describe_buffer(v4l2_buffer& buffer) const {
    buffer.length = format.sizeimage;
    buffer.m.offset = buffer.index;
    return 0;
  }
  int fill(v4l2_buffer& buffer) {
    if (frames.empty() || queued_.empty() || !streaming) return errno = EAGAIN, -1;
    buffer.index = queued_.front();
    queued_.pop_front();
    const std::vector<uint8_t> frame = std::move(frames.front());
    frames.pop_front();
    std::copy_n(frame.begin(), std::min(frame.size(), memory_[buffer.index].size()), memory_[buffer.index].begin());
    buffer.bytesused = static_cast<uint32_t>(frame.size());
    buffer.flags = flags;
    buffer.timestamp = {1234, 500'000};
    return 0;
  }

  std::vector<std::vector<uint8_t>> memory_;
  std::deque<uint32_t> queued_;
};

const CameraOptions kSmall{.path = "/dev/video7", .width = 64, .height = 48, .frameRate = 25};

std::vector<uint8_t> yuyv(uint8_t y, uint8_t u, uint8_t v) {
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 64 * 48 / 2; ++i) bytes.insert(bytes.end(), {y, u, y, v});
  return bytes;
}

std::vector<uint8_t> planar(bool interleaved) {
  std::vector<uint8_t> bytes(64 * 48, 90);
  for (int i = 0; i < 32 * 24; ++i) {
    if (interleaved) bytes.insert(bytes.end(), {100, 200});
  }
  if (!interleaved) bytes.insert(bytes.end(), 32 * 24, 100), bytes.insert(bytes.end(), 32 * 24, 200);
  return bytes;
}

void expect_colour(const VideoFrame& frame, int y, int u, int v) {
  ASSERT_EQ(frame.width, 64);
  ASSERT_EQ(frame.height, 48);
  for (int row = 0; row < 48; ++row) EXPECT_NEAR(frame.y.data[row * frame.y.stride + 63], y, 2);
  for (int row = 0; row < 24; ++row) {
    EXPECT_NEAR(frame.u.data[row * frame.u.stride + 31], u, 2);
    EXPECT_NEAR(frame.v.data[row * frame.v.stride + 31], v, 2);
  }
}

std::unique_ptr<V4l2Capture> open_small(KernelWithCamera& kernel) {
  auto capture = V4l2Capture::open(kernel, kSmall);
  EXPECT_TRUE(capture) << capture.error().message;
  return capture ? std::move(*capture) : nullptr;
}

TEST(Camera, GivesFramesOfEachFormat) {
  const std::vector<std::pair<uint32_t, std::vector<uint8_t>>> kinds = {
      {V4L2_PIX_FMT_YUYV, yuyv(90, 100, 200)}, {V4L2_PIX_FMT_NV12, planar(true)}, {V4L2_PIX_FMT_YUV420, planar(false)}};
  for (const auto& [code, bytes] : kinds) {
    KernelWithCamera kernel;
    kernel.formats = {code};
    const auto capture = open_small(kernel);
    kernel.frames.push_back(bytes);
    const auto frame = capture->next(-1);
    ASSERT_TRUE(frame && *frame);
    expect_colour(**frame, 90, 100, 200);
    EXPECT_EQ((*frame)->capturedAt.time_since_epoch(), std::chrono::milliseconds(1'234'500));
    EXPECT_EQ(kernel.rate.denominator, 25u);
  }
}

TEST(Camera, DecodesJpeg) {
  KernelWithCamera kernel;
  kernel.formats = {V4L2_PIX_FMT_MJPEG};
  const auto capture = open_small(kernel);
  kernel.frames.push_back(from_hex(kJpeg));
  const auto frame = capture->next(-1);
  ASSERT_TRUE(frame && *frame);
  expect_colour(**frame, 96, 177, 100);  // 0x3060c0 by BT.601
}

TEST(Camera, TakesJpegForLargePicturesAndRawForSmallOnes) {
  KernelWithCamera kernel;
  kernel.formats = {V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_MJPEG};
  EXPECT_TRUE(V4l2Capture::open(kernel, kSmall));
  EXPECT_EQ(kernel.format.pixelformat, uint32_t{V4L2_PIX_FMT_YUYV});
  EXPECT_TRUE(V4l2Capture::open(kernel, {.path = "/dev/video7"}));
  EXPECT_EQ(kernel.format.pixelformat, uint32_t{V4L2_PIX_FMT_MJPEG});
  kernel.max_width = 800, kernel.max_height = 600;
  const auto capture = V4l2Capture::open(kernel, {.path = "/dev/video7"});
  EXPECT_EQ((*capture)->width(), 800);
  EXPECT_EQ((*capture)->height(), 600);
}

TEST(Camera, DamagedFramesAreLeftOutAndTheirBuffersUsedAgain) {
  KernelWithCamera kernel;
  const auto capture = open_small(kernel);
  for (int round = 0; round < 10; ++round) {
    kernel.flags = V4L2_BUF_FLAG_ERROR;
    kernel.frames.push_back(yuyv(1, 2, 3));
    EXPECT_FALSE((*capture->next(-1)).has_value());
    kernel.flags = 0;
    kernel.frames.push_back(std::vector<uint8_t>(100));  // cut short
    EXPECT_FALSE((*capture->next(-1)).has_value());
    kernel.frames.push_back(yuyv(50, 60, 70));
    const auto frame = capture->next(-1);
    ASSERT_TRUE(frame && *frame);
    expect_colour(**frame, 50, 60, 70);
  }
  EXPECT_FALSE((*capture->next(-1)).has_value()) << "nothing new";
}

TEST(Camera, FramesOutliveTheCamera) {
  KernelWithCamera kernel;
  auto capture = open_small(kernel);
  kernel.frames.push_back(yuyv(90, 100, 200));
  kernel.frames.push_back(yuyv(1, 2, 3));
  const auto first = capture->next(-1);
  (void)capture->next(-1);
  capture.reset();
  expect_colour(**first, 90, 100, 200);
  EXPECT_EQ(kernel.opened, 0);
  EXPECT_EQ(kernel.mapped, 0);
  EXPECT_FALSE(kernel.streaming);
}

TEST(Camera, AnUnpluggedOneIsAnError) {
  KernelWithCamera kernel;
  const auto capture = open_small(kernel);
  kernel.unplugged = true;
  const auto frame = capture->next(-1);
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().code, kMediaNotReady);
}

TEST(Camera, SaysWhyItCannotBeOpened) {
  KernelWithCamera kernel;
  const auto code = [&](const CameraOptions& options) {
    const auto capture = V4l2Capture::open(kernel, options);
    EXPECT_FALSE(capture);
    EXPECT_FALSE(capture.error().message.empty());
    EXPECT_EQ(kernel.opened, 0) << "nothing stays open";
    return capture.error().code;
  };
  EXPECT_EQ(code({.path = "/dev/nothing"}), kMediaNotReady);
  EXPECT_EQ(code({.path = "/dev/video7", .width = 0}), kBadParameter);
  kernel.padding = 64;  // rows that libyuv cannot read
  EXPECT_EQ(code(kSmall), kUnsupported);
  kernel.padding = 0;
  kernel.formats = {V4L2_PIX_FMT_RGB24};
  EXPECT_EQ(code(kSmall), kUnsupported);
  kernel.formats = {};  // busy
  EXPECT_EQ(code(kSmall), kUnsupported);
  kernel.capabilities = V4L2_CAP_VIDEO_OUTPUT;
  EXPECT_EQ(code(kSmall), kUnsupported);
}

TEST(Camera, ListsThoseThatCapture) {
  KernelWithCamera kernel;
  const auto cameras = list_cameras(kernel, {"/dev/video0", "/dev/video7"});
  ASSERT_EQ(cameras.size(), 1u);
  EXPECT_EQ(cameras[0].path, "/dev/video7");
  EXPECT_EQ(cameras[0].name, "Test Camera");
  kernel.capabilities = V4L2_CAP_META_CAPTURE;
  EXPECT_TRUE(list_cameras(kernel, {"/dev/video7"}).empty());
}

TEST(Camera, OfThisMachineIsListedAndOpenedOrAnError) {
  const auto cameras = listCameras();
  std::mutex mutex;
  std::condition_variable changed;
  bool came = false;
  const auto camera = Camera::open({}, [&](const VideoFrame& frame) {
    const std::lock_guard lock(mutex);
    came = came || frame.width > 0;
    changed.notify_one();
  });
  if (cameras.empty()) {
    ASSERT_FALSE(camera);
    EXPECT_EQ(camera.error().message, "there is no camera");
    return;
  }
  ASSERT_TRUE(camera) << camera.error().message;
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(30), [&] { return came; }));
}

}  // namespace
}  // namespace parley::devices
