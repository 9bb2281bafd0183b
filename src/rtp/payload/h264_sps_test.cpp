#include "rtp/payload/h264_sps.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "rtp/payload/test_bit_writer.hpp"

namespace parley::rtp {
namespace {

// Parameter sets of ffmpeg's encoder, as the WebRTC project's tests have them: High 4:2:2, with emulation prevention.
TEST(H264Sps, WithoutCropping) {
  EXPECT_EQ(h264_picture_size(hex("67 7a001f bcd94050 05ba1000 000300c0 00002ae0 f1831960")), (PictureSize{1280, 720}));
}

TEST(H264Sps, CroppedHeight) {
  EXPECT_EQ(h264_picture_size(hex("67 7a001e bcd940a0 2ff89840 00000301 80000056 83c58b65 80")),
            (PictureSize{640, 360}));
}

TEST(H264Sps, CroppedBothWays) {
  EXPECT_EQ(h264_picture_size(hex("67 7a000d bcd94343 3e5e1000 00030060 000015a0 f1429960")), (PictureSize{200, 400}));
}

struct Options {
  uint8_t profile = 66;
  uint32_t chroma_format = 1;
  bool separate_planes = false;
  bool scaling_lists = false;
  uint32_t order_type = 0;
  uint32_t width_in_blocks = 80;
  uint32_t height_in_units = 45;
  bool frames_only = true;
  std::vector<uint32_t> crop;  // left, right, top, bottom
  bool vui = false;            // with an extended aspect ratio and overscan in front
  bool full_range = false;
  std::vector<uint8_t> colours;  // primaries, transfer, matrix
};

// Puts a 3 in front of what would look like a start code (section 7.4.1).
ByteVector escape(const ByteVector& raw) {
  ByteVector nal;
  size_t zeros = 0;
  for (const uint8_t byte : raw) {
    if (zeros >= 2 && byte <= 3) {
      nal.push_back(3);
      zeros = 0;
    }
    nal.push_back(byte);
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  return nal;
}

ByteVector sps(const Options& o) {
  BitWriter w;
  w.bits(0x67, 8);
  w.bits(o.profile, 8);
  w.bits(0xc01f, 16);
  w.exp_golomb(0);
  if (o.profile >= 100) {
    w.exp_golomb(o.chroma_format);
    if (o.chroma_format == 3) w.flag(o.separate_planes);
    w.exp_golomb(0);
    w.exp_golomb(0);
    w.flag(false);
    w.flag(o.scaling_lists);
    for (int list = 0; o.scaling_lists && list < (o.chroma_format == 3 ? 12 : 8); ++list) {
      w.flag(list % 2 == 0);
      if (list % 2 != 0) continue;
      const int size = list < 6 ? 16 : 64;
      // All steps of 1 for some lists; others end early, at a next scale of 0.
      for (int i = 0; i < (list == 2 ? 0 : size); ++i) w.signed_exp_golomb(1);
      if (list == 2) w.signed_exp_golomb(-8);
    }
  }
  w.exp_golomb(4);
  w.exp_golomb(o.order_type);
  if (o.order_type == 0) w.exp_golomb(2);
  if (o.order_type == 1) {
    w.flag(true);
    w.signed_exp_golomb(-3);
    w.signed_exp_golomb(5);
    w.exp_golomb(2);
    w.signed_exp_golomb(1);
    w.signed_exp_golomb(-1);
  }
  w.exp_golomb(1);
  w.flag(false);
  w.exp_golomb(o.width_in_blocks - 1);
  w.exp_golomb(o.height_in_units - 1);
  w.flag(o.frames_only);
  if (!o.frames_only) w.flag(false);
  w.flag(true);
  w.flag(!o.crop.empty());
  for (const uint32_t side : o.crop) w.exp_golomb(side);
  w.flag(o.vui);
  if (o.vui) {
    w.flag(true);
    w.bits(255, 8);
    w.bits(0x00010001, 32);
    w.flag(true);
    w.flag(false);
    w.flag(true);
    w.bits(5, 3);
    w.flag(o.full_range);
    w.flag(!o.colours.empty());
    for (const uint8_t number : o.colours) w.bits(number, 8);
    w.bits(0, 7);  // nothing more
  }
  w.flag(true);  // stop bit
  return escape(w.bytes());
}

TEST(H264Sps, Variants) {
  const struct {
    const char* what;
    Options options;
    PictureSize size;
  } cases[] = {
      {"constrained baseline", {}, {1280, 720}},
      {"order type 1", {.order_type = 1}, {1280, 720}},
      {"order type 2", {.order_type = 2}, {1280, 720}},
      {"fields", {.height_in_units = 34, .frames_only = false}, {1280, 1088}},
      {"fields cropped", {.height_in_units = 34, .frames_only = false, .crop = {0, 0, 0, 2}}, {1280, 1080}},
      {"cropped on all sides", {.crop = {1, 2, 3, 4}}, {1274, 706}},
      {"4:2:2", {.profile = 122, .chroma_format = 2, .crop = {1, 2, 3, 4}}, {1274, 713}},
      {"4:4:4", {.profile = 244, .chroma_format = 3, .crop = {1, 2, 3, 4}}, {1277, 713}},
      {"planes apart",
       {.profile = 244, .chroma_format = 3, .separate_planes = true, .crop = {1, 2, 3, 4}},
       {1277, 713}},
      {"monochrome", {.profile = 100, .chroma_format = 0, .crop = {1, 2, 3, 4}}, {1277, 713}},
      {"scaling lists", {.profile = 100, .scaling_lists = true}, {1280, 720}},
      {"scaling lists of 4:4:4", {.profile = 244, .chroma_format = 3, .scaling_lists = true}, {1280, 720}},
      {"smallest", {.width_in_blocks = 1, .height_in_units = 1, .crop = {0, 7, 0, 7}}, {2, 2}},
      {"largest", {.width_in_blocks = 4096, .height_in_units = 4096, .crop = {0, 1, 0, 1}}, {65534, 65534}},
  };
  for (const auto& c : cases) EXPECT_EQ(h264_picture_size(sps(c.options)), c.size) << c.what;
}

TEST(H264Sps, Colours) {
  using Range = ColorSpace::Range;
  EXPECT_EQ(h264_color_space(sps({})), std::nullopt);
  EXPECT_EQ(h264_color_space(sps({.vui = true})), (ColorSpace{2, 2, 2, Range::Limited}));
  EXPECT_EQ(h264_color_space(sps({.vui = true, .full_range = true})), (ColorSpace{2, 2, 2, Range::Full}));
  const ByteVector whole = sps({.profile = 100, .scaling_lists = true, .vui = true, .colours = {1, 13, 9}});
  EXPECT_EQ(h264_color_space(whole), (ColorSpace{1, 13, 9, Range::Limited}));
  EXPECT_EQ(h264_picture_size(whole), (PictureSize{1280, 720}));
  for (size_t size = 0; size + 2 < whole.size(); ++size) {
    EXPECT_EQ(h264_color_space(prefix(whole, size)), std::nullopt) << size;
  }
}

TEST(H264Sps, PicturesThatCannotBe) {
  EXPECT_EQ(h264_picture_size(sps({.width_in_blocks = 1, .crop = {8, 0, 0, 0}})), std::nullopt) << "all cropped";
  EXPECT_EQ(h264_picture_size(sps({.height_in_units = 1, .crop = {0, 0, 100, 0}})), std::nullopt);
  EXPECT_EQ(h264_picture_size(sps({.width_in_blocks = 4096})), std::nullopt) << "65536 wide";
  EXPECT_EQ(h264_picture_size(sps({.width_in_blocks = 0x7fffffff})), std::nullopt);
}

TEST(H264Sps, EveryCutIsRefused) {
  // Cropping sits right before the last byte; a cut there already loses it.
  const ByteVector whole = sps({.profile = 100, .scaling_lists = true, .crop = {1, 2, 3, 4}});
  ASSERT_EQ(h264_picture_size(whole), (PictureSize{1274, 706}));
  for (size_t size = 0; size + 1 < whole.size(); ++size) {
    EXPECT_EQ(h264_picture_size(prefix(whole, size)), std::nullopt) << size;
  }
}

TEST(H264Sps, RandomBytesNeverCrash) {
  Rng rng(2);
  size_t accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    ByteVector bytes(1 + rng.below(700));
    rng.fill(bytes);
    accepted += h264_picture_size(bytes).has_value();
    (void)h264_color_space(bytes);
  }
  EXPECT_GT(accepted, 100u);
}

}  // namespace
}  // namespace parley::rtp
