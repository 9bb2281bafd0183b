#include "playout/picture_stream.hpp"

#include <gmock/gmock.h>

#include <map>

#include "playout/test_media.hpp"
#include "playout/test_receiver.hpp"

namespace parley::playout {
namespace {

using rtp::Codec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EachCodec : public ::testing::TestWithParam<Codec> {
 protected:
  TestSender sender{GetParam(), 1};
  Receiver receiver;
};
INSTANTIATE_TEST_SUITE_P(Codecs, EachCodec, ::testing::Values(Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1),
                         [](const auto& codec) { return std::string(rtp::encoding_name(codec.param)); });

TEST_P(EachCodec, PicturesComeWithTheirLastPacket) {
  const TestFrame key = sender.key();
  for (size_t i = 0; i + 1 < key.packets.size(); ++i) receiver.receive(key.packets[i], at(0));
  EXPECT_THAT(receiver.pictures(), IsEmpty());
  receiver.receive(key.packets.back(), at(0));
  ASSERT_EQ(receiver.pictures().size(), 1u);
  EXPECT_EQ(receiver.pictures()[0].codec, GetParam());
  EXPECT_GT(receiver.pictures()[0].size.width, 0);
  EXPECT_THAT(receiver.taken({key}), ElementsAre(0));
  const TestFrame delta = sender.delta();
  receiver.receive(delta, at(33));
  ASSERT_EQ(receiver.pictures().size(), 1u);
  EXPECT_GT(receiver.pictures()[0].size.width, 0) << "that of the key frame";
  EXPECT_THAT(receiver.taken({delta}), ElementsAre(1));
}

TEST_P(EachCodec, AnyOrderAndDuplicatesGiveTheSame) {
  std::vector<TestFrame> sent = {sender.key()};
  for (int i = 0; i < 5; ++i) sent.push_back(sender.delta());
  std::vector<TestPacket> packets;
  for (const TestFrame& frame : sent) packets.insert(packets.end(), frame.packets.begin(), frame.packets.end());
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    Receiver fresh;
    std::vector<TestPacket> shuffled = packets;
    shuffled.insert(shuffled.end(), packets.begin(), packets.end());
    for (size_t i = shuffled.size() - 1; i > 0; --i) std::swap(shuffled[i], shuffled[rng.below(i + 1)]);
    for (const TestPacket& packet : shuffled) fresh.receive(packet, at(0));
    EXPECT_THAT(fresh.taken(sent), ElementsAre(0, 1, 2, 3, 4, 5)) << "seed " << seed;
    const PictureAssembler::Stats stats = fresh.stream().stats().assembly;
    EXPECT_EQ(stats.duplicates + stats.late_packets, packets.size());
  }
}

TEST_P(EachCodec, ALostPacketIsWaitedForThenAKeyFrameIsWanted) {
  const std::vector<TestFrame> sent = {sender.key(), sender.delta(), sender.delta(), sender.delta(), sender.key()};
  receiver.receive(sent[0], at(0));
  receiver.receive(sent[1].packets[0], at(33));
  for (size_t i = 2; i < sent[1].packets.size(); ++i) receiver.receive(sent[1].packets[i], at(33));
  receiver.receive(sent[2], at(66));
  EXPECT_THAT(receiver.taken(sent), ElementsAre(0));
  EXPECT_FALSE(receiver.stream().take_key_frame_wish(at(66)));
  const Timestamp deadline = receiver.stream().next_deadline(receiver.clock());
  EXPECT_EQ(deadline, at(1033)) << "a second after the packet that showed the loss";
  receiver.take(deadline - TimeDelta::micros(1));
  EXPECT_THAT(receiver.taken(sent), IsEmpty());
  receiver.take(deadline);
  receiver.receive(sent[3], at(1040));
  EXPECT_THAT(receiver.taken(sent), IsEmpty()) << "they refer to what is missing";
  EXPECT_TRUE(receiver.stream().take_key_frame_wish(at(1040)));
  EXPECT_FALSE(receiver.stream().take_key_frame_wish(at(1539))) << "not again so soon";
  EXPECT_TRUE(receiver.stream().take_key_frame_wish(at(1540)));
  receiver.receive(sent[4], at(1550));
  EXPECT_THAT(receiver.taken(sent), ElementsAre(4));
  EXPECT_FALSE(receiver.stream().take_key_frame_wish(at(9000)));
  EXPECT_EQ(receiver.stream().stats().assembly.gaps, 1u);
}

TEST_P(EachCodec, ARetransmissionWithinTheWaitCostsNothing) {
  const std::vector<TestFrame> sent = {sender.key(), sender.delta(), sender.delta()};
  receiver.receive(sent[0], at(0));
  for (size_t i = 1; i < sent[1].packets.size(); ++i) receiver.receive(sent[1].packets[i], at(33));
  receiver.receive(sent[2], at(66));
  receiver.receive(sent[1].packets[0], at(1000));
  EXPECT_THAT(receiver.taken(sent), ElementsAre(0, 1, 2));
  EXPECT_FALSE(receiver.stream().take_key_frame_wish(at(1000)));
}

TEST_P(EachCodec, TheRestOfABrokenPictureHoldsNothingUp) {
  const std::vector<TestFrame> sent = {sender.key(), sender.send({.size = 8000}), sender.key()};
  receiver.receive(sent[0], at(0));
  receiver.receive(sent[1].packets[0], at(33));
  receiver.receive(sent[1].packets[2], at(33));
  receiver.take(at(1033));  // the wait for packet 1 is over
  for (size_t i = 3; i < sent[1].packets.size(); ++i) receiver.receive(sent[1].packets[i], at(1040));
  receiver.receive(sent[2], at(1050));
  EXPECT_THAT(receiver.taken(sent), ElementsAre(0, 2));
}

TEST_P(EachCodec, AKeyFrameInTheMiddleEndsAllWaitingForKeyFrames) {
  std::vector<TestFrame> sent = {sender.key(), sender.delta(), sender.delta(), sender.key(), sender.delta()};
  receiver.receive(sent[1], at(0));  // joined without the first key frame
  receiver.receive(sent[2], at(33));
  EXPECT_THAT(receiver.taken(sent), IsEmpty());
  EXPECT_TRUE(receiver.stream().take_key_frame_wish(at(33)));
  receiver.receive(sent[3], at(66));
  receiver.receive(sent[4], at(99));
  EXPECT_THAT(receiver.taken(sent), ElementsAre(3, 4));
}

TEST_P(EachCodec, WithoutMarkerTheNextPictureEndsIt) {
  std::vector<TestFrame> sent = {sender.key(), sender.delta(), sender.delta()};
  for (TestFrame& frame : sent) frame.packets.back().marker = false;
  for (const TestFrame& frame : sent) receiver.receive(frame, at(0));
  EXPECT_THAT(receiver.taken(sent), ElementsAre(0, 1));
}

TEST_P(EachCodec, NumbersAndTimestampsWrap) {
  TestSender wrapping(GetParam(), 2, 65'530, 0xffff'f000);
  std::vector<TestFrame> sent = {wrapping.key()};
  for (int i = 0; i < 10; ++i) sent.push_back(wrapping.delta());
  std::vector<int> all;
  for (const TestFrame& frame : sent) receiver.receive(frame, at(33 * frame.number));
  Timestamp before = at(-1000);
  for (const frame::EncodedPicture& picture : receiver.pictures()) {
    EXPECT_GT(picture.captured_at, before);
    before = picture.captured_at;
  }
  EXPECT_THAT(receiver.taken(sent), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST_P(EachCodec, PaddingTakesNumbersOnly) {
  const TestFrame first = sender.key();
  const TestPacket padding[] = {sender.padding(), sender.padding()};
  const TestFrame second = sender.delta();
  receiver.receive(first, at(0));
  receiver.receive(padding[1], at(1));
  receiver.receive(padding[0], at(2));
  receiver.receive(second, at(33));
  EXPECT_THAT(receiver.taken({first, second}), ElementsAre(0, 1));
}

TEST_P(EachCodec, AnEmptyPacketInThePlaceOfTheLastOneOfAPictureMayEndIt) {
  TestFrame frame = sender.key();
  TestPacket filler = sender.padding();
  filler.marker = true;
  frame.packets.back().marker = false;
  receiver.receive(frame, at(0));
  EXPECT_THAT(receiver.taken({frame}), IsEmpty());
  receiver.receive(filler, at(1));
  EXPECT_THAT(receiver.taken({frame}), ElementsAre(0));
}

TEST_P(EachCodec, TheStreamMayBeginAnewElsewhere) {
  const std::vector<TestFrame> before = {sender.key(), sender.delta()};
  for (const TestFrame& frame : before) receiver.receive(frame, at(0));
  sender.jump(40'000);
  const std::vector<TestFrame> after = {sender.key(), sender.delta()};
  EXPECT_THAT(receiver.taken(before), ElementsAre(0, 1));
  // The packet that is alone there is not believed: it has to come again.
  for (const TestFrame& frame : after) receiver.receive(frame, at(40));
  receiver.receive(after[0].packets[0], at(50));
  EXPECT_THAT(receiver.taken(after), ElementsAre(2, 3));
  EXPECT_EQ(receiver.stream().stats().assembly.restarts, 1u);
}

TEST_P(EachCodec, TheCodecMayChangeWithAKeyFrame) {
  for (const Codec next : {Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1}) {
    if (next == GetParam()) continue;
    TestSender changing(GetParam(), 3);
    Receiver fresh;
    std::vector<TestFrame> sent = {changing.key(), changing.delta()};
    changing.change_codec(next);
    sent.push_back(changing.delta());
    sent.push_back(changing.key());
    sent.push_back(changing.delta());
    for (const TestFrame& frame : sent) fresh.receive(frame, at(0));
    EXPECT_THAT(fresh.taken(sent), ElementsAre(0, 1, 3, 4)) << rtp::encoding_name(next);
  }
}

// Loss with retransmissions a round trip later, some of which are lost too; a key frame when it is asked for. Whatever
// comes out must be decodable in order, and with few losses nearly everything has to.
class LossyCodec : public ::testing::TestWithParam<std::tuple<Codec, int>> {};
INSTANTIATE_TEST_SUITE_P(Losses, LossyCodec,
                         ::testing::Combine(::testing::Values(Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1),
                                            ::testing::Values(0, 1, 5, 10)),
                         [](const auto& loss) {
                           return std::string(rtp::encoding_name(std::get<0>(loss.param))) + "At" +
                                  std::to_string(std::get<1>(loss.param)) + "Percent";
                         });

TEST_P(LossyCodec, WhatComesOutCanBeDecoded) {
  const auto [codec, percent] = GetParam();
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    Rng rng(seed);
    TestSender sender(codec, seed);
    Receiver receiver({.assembly = {.longest_wait = TimeDelta::millis(400)}});
    std::vector<TestFrame> sent;
    std::multimap<Timestamp, TestPacket> flight;
    std::vector<int> got;
    bool key_wanted = true;
    constexpr int kFrames = 600;
    for (int i = 0; i < kFrames; ++i) {
      const Timestamp now = at(33 * i);
      sent.push_back(std::exchange(key_wanted, false) ? sender.key() : sender.send({.size = 200 + rng.below(5000)}));
      for (const TestPacket& packet : sent.back().packets) {
        // Tries 80 ms apart, as NACKs go, until one comes through; the last is given up.
        int tries = 0;
        while (tries < 5 && rng.chance(percent / 100.0)) ++tries;
        const TimeDelta delay = TimeDelta::micros(20'000 + static_cast<int64_t>(rng.below(15'000)) + tries * 80'000);
        if (tries < 5) flight.emplace(now + delay, packet);
      }
      while (!flight.empty() && flight.begin()->first < now + TimeDelta::millis(33)) {
        receiver.receive(flight.begin()->second, flight.begin()->first);
        flight.erase(flight.begin());
      }
      receiver.take(now + TimeDelta::millis(33));
      key_wanted = receiver.stream().take_key_frame_wish(now + TimeDelta::millis(33));
    }
    got = receiver.taken(sent);
    int before = -1;
    for (const int number : got) {
      ASSERT_GT(number, before) << "seed " << seed << ": not what was sent, or not in order";
      EXPECT_TRUE(number == before + 1 || sent[static_cast<size_t>(number)].key)
          << "seed " << seed << ": frame " << number << " without the one before it";
      before = number;
    }
    // With five tries a packet in 10^5 is lost at 10 %, and the last frames are still on their way.
    EXPECT_GE(got.size(), static_cast<size_t>(kFrames * 95 / 100)) << "seed " << seed;
    EXPECT_EQ(receiver.stream().stats().assembly.malformed, 0u);
  }
}

TEST(PictureStream, APlayerDoesNotWaitLongIfAKeyFrameIsThere) {
  TestSender sender(Codec::Vp8, 14);
  Receiver player({.assembly = {.wait_before_key_frame = TimeDelta::millis(200)}});
  Receiver recorder;
  const std::vector<TestFrame> sent = {sender.key(), sender.delta(), sender.delta(), sender.key()};
  for (Receiver* receiver : {&player, &recorder}) {
    for (const size_t i : {0u, 2u}) receiver->receive(sent[i], at(33 * static_cast<int64_t>(i)));
    receiver->take(at(300));
    EXPECT_THAT(receiver->taken(sent), ElementsAre(0)) << "no key frame is there yet";
    receiver->receive(sent[3], at(310));
  }
  EXPECT_THAT(player.taken(sent), ElementsAre(3));
  EXPECT_THAT(recorder.taken(sent), IsEmpty());
  recorder.receive(sent[1], at(900));
  EXPECT_THAT(recorder.taken(sent), ElementsAre(1, 2, 3));
}

TEST(PictureStream, RotationStaysUntilItIsToldAnew) {
  TestSender sender(Codec::Vp8, 7);
  Receiver receiver;
  std::vector<TestFrame> sent = {sender.key(),   sender.delta(), sender.delta(),
                                 sender.delta(), sender.delta(), sender.key()};
  sent[1].packets.back().orientation = {1};
  sent[3].packets.back().orientation = {0};
  sent[4].packets.back().orientation = {3};
  for (const TestFrame& frame : sent) receiver.receive(frame, at(0));
  ASSERT_EQ(receiver.pictures().size(), 6u);
  EXPECT_EQ(receiver.pictures()[5].rotation, frame::Rotation::None) << "a key frame that tells nothing";
  EXPECT_EQ(receiver.pictures()[4].rotation, frame::Rotation::ThreeQuarters);
  EXPECT_EQ(receiver.pictures()[0].rotation, frame::Rotation::None);
  EXPECT_EQ(receiver.pictures()[1].rotation, frame::Rotation::Quarter);
  EXPECT_EQ(receiver.pictures()[2].rotation, frame::Rotation::Quarter);
  EXPECT_EQ(receiver.pictures()[3].rotation, frame::Rotation::None);
}

TEST(PictureStream, ColourSpaceStaysUntilItIsToldAnew) {
  TestSender sender(Codec::Vp8, 17);
  Receiver receiver;
  std::vector<TestFrame> sent;
  for (int i = 0; i < 7; ++i) sent.push_back(i == 0 || i == 5 ? sender.key() : sender.delta());
  sent[0].packets.back().color_space = {1, 13, 1, 0x10};  // BT.709, limited
  sent[2].packets.back().color_space = {5, 6, 5, 0x20};   // BT.601, full
  sent[3].packets.back().color_space = {1, 13};           // rubbish changes nothing
  sent[4].packets.back().color_space = {1, 1, 2, 0x20};   // no matrix: the stream tells
  sent[6].packets.back().color_space = {9, 16, 9, 0x00};  // BT.2020, and no word of the range
  for (const TestFrame& frame : sent) receiver.receive(frame, at(0));
  ASSERT_EQ(receiver.pictures().size(), 7u);
  const frame::ColourSpace full{frame::Matrix::Bt601, frame::Range::Full};
  EXPECT_EQ(receiver.pictures()[0].colour, frame::kBt709);
  EXPECT_EQ(receiver.pictures()[1].colour, frame::kBt709);
  EXPECT_EQ(receiver.pictures()[2].colour, full);
  EXPECT_EQ(receiver.pictures()[3].colour, full);
  EXPECT_EQ(receiver.pictures()[4].colour, std::nullopt);
  EXPECT_EQ(receiver.pictures()[5].colour, std::nullopt) << "a key frame that tells nothing";
  EXPECT_EQ(receiver.pictures()[6].colour, (frame::ColourSpace{frame::Matrix::Bt2020, frame::Range::Limited}));
}

TEST(PictureStream, NoWishBeforeAnythingCameNorWhileAKeyFrameComes) {
  TestSender sender(Codec::Vp8, 8);
  Receiver receiver;
  EXPECT_FALSE(receiver.stream().take_key_frame_wish(at(0)));
  receiver.receive(sender.key().packets[0], at(0));
  EXPECT_FALSE(receiver.stream().take_key_frame_wish(at(10)));
}

TEST(PictureStream, PacketsThatAreNeverCompleteAreBounded) {
  TestSender sender(Codec::Vp8, 9);
  Receiver receiver({.assembly = {.longest_wait = TimeDelta::seconds(1000)}});
  const TestFrame key = sender.key();
  receiver.receive(key, at(0));
  sender.padding();  // lost
  std::vector<TestFrame> sent = {key};
  for (int i = 0; i < 1500; ++i) {
    sent.push_back(sender.delta());
    receiver.receive(sent.back(), at(0));
  }
  EXPECT_THAT(receiver.taken(sent), ElementsAre(0));
  EXPECT_GE(receiver.stream().stats().assembly.overflows, 1u);
  EXPECT_TRUE(receiver.stream().take_key_frame_wish(at(0)));
  sent.push_back(sender.key());
  receiver.receive(sent.back(), at(1));
  EXPECT_THAT(receiver.taken(sent), ElementsAre(sent.back().number));
}

TEST(PictureStream, HugePacketsAreBoundedByTheirBytes) {
  Receiver receiver({.assembly = {.longest_wait = TimeDelta::seconds(1000)}});
  TestPacket packet{.payload = rtp::concat({rtp::hex("10"), ByteVector(60'000, 1)})};
  const size_t fit = PictureAssembler::kMaxBytes / packet.payload.size();
  for (size_t i = 0; i <= fit; ++i) {
    packet.sequence_number = static_cast<uint16_t>(2 * i);  // each with a gap in front
    packet.timestamp += 3000;
    receiver.receive(packet, at(0));
    EXPECT_EQ(receiver.stream().stats().assembly.overflows > 0, i == fit);
  }
}

TEST(PictureStream, PicturesThatNobodyTakesAreBounded) {
  TestSender sender(Codec::Vp8, 10);
  PictureStream stream;
  stream.set_delay(TimeDelta::seconds(100));
  const auto receive = [&](const TestFrame& frame) {
    for (const TestPacket& packet : frame.packets) {
      packet.with([&](const rtp::PacketView& view) { stream.receive(view, packet.codec, at(0)); });
    }
  };
  receive(sender.key());
  for (size_t i = 0; i < PictureStream::kMaxWaiting; ++i) receive(sender.delta());
  EXPECT_EQ(stream.stats().thrown_away, PictureStream::kMaxWaiting + 1) << "there was no later key frame";
  receive(sender.delta());
  EXPECT_TRUE(stream.take_key_frame_wish(at(0)));
  receive(sender.key());
  stream.set_delay(std::nullopt);
  const auto picture = stream.next({}, at(0));
  ASSERT_TRUE(picture);
  EXPECT_TRUE(picture->key);
}

TEST(PictureStream, WithADelayPicturesComeThatLongAfterCapture) {
  TestSender sender(Codec::Vp8, 11);
  Receiver receiver;
  receiver.stream().set_delay(TimeDelta::millis(50));
  receiver.receive(sender.key(), at(0));
  EXPECT_THAT(receiver.pictures(), IsEmpty());
  EXPECT_EQ(receiver.stream().next_deadline(receiver.clock()), at(50));
  receiver.take(at(50));
  ASSERT_EQ(receiver.pictures().size(), 1u);
  EXPECT_EQ(receiver.pictures()[0].captured_at, at(0)) << "without reports: when it came";
}

TEST(PictureStream, SoundIsNotForIt) {
  Receiver receiver;
  receiver.receive(TestPacket{.codec = Codec::Opus, .payload = rtp::hex("78")}, at(0));
  EXPECT_EQ(receiver.stream().next_deadline(receiver.clock()), Timestamp::never());
}

}  // namespace
}  // namespace parley::playout
