#include "room/offered_media.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::room {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void add_send(wire::Offer& offer, const char* mid, wire::Source source) {
  offer.add_sends()->set_mid(mid);
  offer.mutable_sends()->rbegin()->set_source(source);
}

void add_seat(wire::Offer& offer, uint32_t seat, const std::string& audio, const std::string& video,
              wire::SeatLine::Kind kind = wire::SeatLine::MAIN) {
  wire::SeatLine& line = *offer.add_seats();
  line.set_seat(seat);
  line.set_kind(kind);
  line.set_audio_mid(audio);
  line.set_video_mid(video);
}

wire::Offer good() {
  wire::Offer offer;
  add_send(offer, "0", wire::AUDIO);
  add_send(offer, "1", wire::VIDEO);
  add_seat(offer, 7, "2", "3");
  add_seat(offer, 0, "4", "5", wire::SeatLine::SHARE);
  return offer;
}

std::string error_of(const wire::Offer& offer) {
  const auto media = OfferedMedia::parse(offer);
  return media ? "" : media.error();
}

TEST(OfferedMediaTest, ReadsSourcesAndSeats) {
  const auto media = OfferedMedia::parse(good());
  ASSERT_TRUE(media) << media.error();
  EXPECT_THAT(media->seats, ElementsAre(OfferedSeat{7, wire::SeatLine::MAIN}, OfferedSeat{0, wire::SeatLine::SHARE}));
  EXPECT_TRUE(media->can_send(wire::AUDIO));
  EXPECT_TRUE(media->can_send(wire::VIDEO));
  EXPECT_FALSE(media->can_send(wire::SHARE));
  EXPECT_TRUE(OfferedMedia::parse(wire::Offer()));  // sends and receives nothing, which is no error
}

TEST(OfferedMediaTest, ASeatMayCarrySoundOnly) {
  wire::Offer offer = good();
  add_seat(offer, 8, "8", "");
  EXPECT_EQ(error_of(offer), "");
}

TEST(OfferedMediaTest, RefusesContradictions) {
  wire::Offer offer = good();
  add_send(offer, "9", wire::VIDEO);
  EXPECT_THAT(error_of(offer), HasSubstr("another line names"));
  offer = good();
  add_send(offer, "0", wire::SHARE);
  EXPECT_THAT(error_of(offer), HasSubstr("'0'"));
  offer = good();
  add_send(offer, "", wire::SHARE);
  EXPECT_THAT(error_of(offer), HasSubstr("no mid"));
  offer = good();
  add_send(offer, "9", static_cast<wire::Source>(4));
  EXPECT_THAT(error_of(offer), HasSubstr("unknown source"));
  offer = good();
  add_seat(offer, 7, "8", "9");
  EXPECT_THAT(error_of(offer), HasSubstr("seat 7 is named twice"));
  offer = good();
  add_seat(offer, 8, "", "");
  EXPECT_THAT(error_of(offer), HasSubstr("no mid"));
  offer = good();
  add_seat(offer, 8, "8", "8");
  EXPECT_THAT(error_of(offer), HasSubstr("mid of another"));
  offer = good();
  add_seat(offer, 8, "8", "1");
  EXPECT_THAT(error_of(offer), HasSubstr("mid of another"));
  offer = good();
  add_seat(offer, 8, "8", "9", static_cast<wire::SeatLine::Kind>(2));
  EXPECT_THAT(error_of(offer), HasSubstr("unknown kind"));
}

TEST(OfferedMediaTest, BoundsTheSeats) {
  wire::Offer offer;
  for (uint32_t i = 0; i < OfferedMedia::kMaxSeats; ++i) add_seat(offer, i, "a" + std::to_string(i), "");
  EXPECT_EQ(error_of(offer), "");
  add_seat(offer, 1000, "x", "y");
  EXPECT_THAT(error_of(offer), HasSubstr("too many"));
}

}  // namespace
}  // namespace parley::room
