#include "room/seats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace parley::room {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr MemberNumber kSelf(99);
MemberNumber m(uint32_t n) { return MemberNumber(n); }
Timestamp at(int64_t seconds) { return Timestamp::from_us(seconds * 1'000'000); }

std::vector<OfferedSeat> mains(uint32_t count) {
  std::vector<OfferedSeat> seats;
  for (uint32_t i = 0; i < count; ++i) seats.push_back({i, wire::SeatLine::MAIN});
  return seats;
}

// Who is on each seat, 0 for nobody.
std::vector<uint32_t> who(const Seats& seats) {
  std::vector<uint32_t> members;
  for (const Seats::Seat& seat : seats.seats()) members.push_back(seat.member ? seat.member->value() : 0);
  return members;
}

Ranking everyone(std::initializer_list<uint32_t> members) {
  std::vector<Ranking::Item> items;
  for (const uint32_t n : members) items.push_back({m(n)});
  return Ranking(std::move(items));
}

Seats seats_with(uint32_t count, const Ranking& ranking) {
  Seats seats(wire::SeatLine::MAIN);
  seats.offer(mains(count));
  seats.update(ranking, kSelf);
  return seats;
}

TEST(RankingTest, PinnedThenFocusThenRecencyThenJoining) {
  const Ranking ranking({{m(1)},
                         {m(2), false, false, at(5)},
                         {m(3), false, false, at(9)},
                         {m(4), false, true},
                         {m(5), true},
                         {m(6), true, false, at(1)},
                         {m(7)}});
  std::vector<uint32_t> order;
  for (const Ranking::Item& item : ranking.items()) order.push_back(item.member.value());
  EXPECT_THAT(order, ElementsAre(6, 5, 4, 3, 2, 1, 7));
  EXPECT_EQ(ranking.claimants().size(), 3u);
  EXPECT_EQ(ranking.rank(m(4)), 2u);
  EXPECT_EQ(ranking.rank(m(8)), std::nullopt);
}

TEST(SeatsTest, FillsInRankOrderAndLeavesOutTheReceiver) {
  EXPECT_THAT(who(seats_with(4, everyone({3, 1, 99, 2}))), ElementsAre(1, 2, 3, 0));
}

TEST(SeatsTest, NobodyMovesWhenOthersComeAndGo) {
  Seats seats = seats_with(4, everyone({1, 2, 3}));
  auto changed = seats.update(everyone({1, 3}), kSelf);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0]->number, 1u);
  EXPECT_THAT(who(seats), ElementsAre(1, 0, 3, 0));
  seats.update(everyone({1, 3, 4, 5}), kSelf);
  EXPECT_THAT(who(seats), ElementsAre(1, 4, 3, 5));
  EXPECT_THAT(seats.update(everyone({5, 4, 3, 1}), kSelf), IsEmpty());
}

TEST(SeatsTest, TheSpeakerTakesTheSeatOfWhoSpokeLeastLately) {
  const auto ranking = [](uint32_t speaker) {
    std::vector<Ranking::Item> items{
        {m(1), false, false, at(3)}, {m(2), false, false, at(1)}, {m(3), false, false, at(2)}, {m(4)}, {m(5)}};
    for (Ranking::Item& item : items) item.focus = item.member == m(speaker);
    return Ranking(items);
  };
  Seats seats = seats_with(3, ranking(0));
  EXPECT_THAT(who(seats), ElementsAre(1, 3, 2));
  seats.update(ranking(5), kSelf);
  EXPECT_THAT(who(seats), ElementsAre(1, 3, 5));
  EXPECT_THAT(seats.update(ranking(1), kSelf), IsEmpty());  // who has a seat and speaks moves nobody
}

TEST(SeatsTest, PinnedOutrankTheSpeakerAndEachOtherNever) {
  const auto ranking = [](std::set<uint32_t> pinned, uint32_t speaker) {
    std::vector<Ranking::Item> items;
    for (uint32_t n = 1; n <= 5; ++n) items.push_back({m(n), pinned.contains(n), n == speaker, at(n)});
    return Ranking(items);
  };
  Seats seats = seats_with(2, ranking({}, 0));
  EXPECT_THAT(who(seats), ElementsAre(5, 4));
  seats.update(ranking({1}, 0), kSelf);
  EXPECT_THAT(who(seats), ElementsAre(5, 1));
  seats.update(ranking({1}, 2), kSelf);
  EXPECT_THAT(who(seats), ElementsAre(2, 1));
  seats.update(ranking({1, 3}, 2), kSelf);  // a pin takes even the speaker's seat
  EXPECT_THAT(who(seats), ElementsAre(3, 1));
  EXPECT_THAT(seats.update(ranking({1, 3, 5}, 2), kSelf), IsEmpty());  // more pins than seats
  EXPECT_THAT(seats.update(ranking({1, 3}, 2), kSelf), IsEmpty());     // and no seat left for the speaker
}

TEST(SeatsTest, ANewOfferKeepsWhoSits) {
  Seats seats = seats_with(2, everyone({1, 2, 3}));
  std::vector<OfferedSeat> larger = mains(4);
  larger.push_back({50, wire::SeatLine::SHARE});  // not of this kind
  seats.offer(larger);
  EXPECT_EQ(seats.size(), 4u);
  EXPECT_EQ(seats.update(everyone({1, 2, 3}), kSelf).size(), 1u);
  EXPECT_THAT(who(seats), ElementsAre(1, 2, 3, 0));
  seats.offer(mains(1));
  EXPECT_THAT(seats.update(everyone({1, 2, 3}), kSelf), IsEmpty());
  EXPECT_THAT(who(seats), ElementsAre(1));
}

TEST(SeatsTest, ForgetsWhatWasToldWhenTheMemberChanges) {
  Seats seats = seats_with(1, everyone({1}));
  seats.seats()[0].told[0] = Delivery{};
  seats.update(everyone({1}), kSelf);
  EXPECT_TRUE(seats.seats()[0].told[0]);
  seats.update(everyone({2}), kSelf);
  EXPECT_FALSE(seats.seats()[0].told[0]);
}

}  // namespace
}  // namespace parley::room
