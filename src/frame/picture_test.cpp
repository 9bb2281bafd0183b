#include "frame/picture.hpp"

#include <gtest/gtest.h>

namespace parley::frame {
namespace {

TEST(PictureBuffer, HoldsOddSizesAndAlignsItsRows) {
  auto buffer = std::make_shared<PictureBuffer>(Size{321, 181});
  buffer->fill(16, 128, 200);
  const Picture picture = PictureBuffer::share(buffer);
  EXPECT_EQ(picture.size(), (Size{321, 181}));
  EXPECT_EQ(picture.y().stride % 64, 0);
  EXPECT_GE(picture.u().stride, 161);
  EXPECT_EQ(picture.y().data[180 * picture.y().stride + 320], 16);
  EXPECT_EQ(picture.u().data[90 * picture.u().stride + 160], 128);
  EXPECT_EQ(picture.v().data[90 * picture.v().stride + 160], 200);
}

TEST(Picture, KeepsItsPixelsAliveAndSharesThem) {
  Picture second;
  {
    auto buffer = std::make_shared<PictureBuffer>(Size{16, 16});
    buffer->fill(77, 1, 2);
    const Picture first = PictureBuffer::share(std::move(buffer));
    second = first;
    EXPECT_EQ(second.y().data, first.y().data);
  }
  EXPECT_EQ(second.y().data[0], 77);
  EXPECT_TRUE(Picture().empty());
}

}  // namespace
}  // namespace parley::frame
