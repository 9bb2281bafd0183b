#include "playout/picture_stream.hpp"

#include <gmock/gmock.h>

#include <map>

#include "playout/test_media.hpp"
#include "rtp/payload/test_dependency_descriptor.hpp"

namespace parley::playout {
namespace {

using rtp::Codec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A stream under test, and what it gave.
class Receiver {
 public:
  explicit Receiver(const PictureStream::Options& options = {}) : stream_(options) {}

  void receive(const TestPacket& packet, Timestamp now) {
    packet.with([&](const rtp::PacketView& view) { stream_.receive(view, packet.codec, now); });
    take(now);
  }
  void receive(const TestFrame& frame, Timestamp now) {
    for (const TestPacket& packet : frame.packets) receive(packet, now);
  }
  void take(Timestamp now) {
    while (auto picture = stream_.next(clock_, now)) pictures_.push_back(std::move(*picture));
  }
  /// Pictures since the last call, as the numbers of the frames that they are.
  std::vector<int> taken(const std::vector<TestFrame>& sent) {
    std::vector<int> numbers;
    for (const frame::EncodedPicture& picture : pictures_) {
      int number = -1;
      for (const TestFrame& frame : sent) {
        const bool same = std::ranges::equal(picture.data.view(), frame.data);
        if (same && picture.rtp_timestamp == frame.timestamp && picture.key == frame.key) number = frame.number;
      }
      numbers.push_back(number);
    }
    pictures_.clear();
    return numbers;
  }
  PictureStream& stream() { return stream_; }
  const CaptureClock& clock() const { return clock_; }
  std::vector<frame::EncodedPicture>& pictures() { return pictures_; }

 private:
  PictureStream stream_;
  CaptureClock clock_;
  std::vector<frame::EncodedPicture> pictures_;
};

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

TEST(PictureStreamVp8, UpperTemporalLayersAreNotNeeded) {
  TestSender sender(Codec::Vp8, 4);
  Receiver receiver;
  const auto layered = [&](uint8_t layer, bool sync, uint8_t tl0, bool key = false) {
    return sender.send({.key = key, .layer = rtp::TemporalLayer{layer, sync, tl0}});
  };
  const std::vector<TestFrame> sent = {
      layered(0, false, 1, true), layered(1, true, 1),   // 1: lost
      layered(0, false, 2),                              // decodable all the same
      layered(1, false, 2),                              // refers to frame 1, perhaps
      layered(0, false, 3),       layered(1, true, 3),   // needs the base layer only
      layered(0, false, 4),       layered(1, false, 4),  // and this one what has come since
  };
  for (const TestFrame& frame : sent) {
    if (frame.number != 1) receiver.receive(frame, at(33 * frame.number));
  }
  receiver.take(at(2000));
  EXPECT_THAT(receiver.taken(sent), ElementsAre(0, 2, 4, 5, 6, 7));
  EXPECT_FALSE(receiver.stream().take_key_frame_wish(at(2000)));
}

TEST(PictureStreamVp8, ALostBaseLayerIsTheEnd) {
  TestSender sender(Codec::Vp8, 4);
  Receiver receiver;
  std::vector<TestFrame> sent;
  sent.push_back(sender.send({.key = true, .layer = rtp::TemporalLayer{0, false, 255}}));
  sent.push_back(sender.send({.layer = rtp::TemporalLayer{0, false, 0}}));  // lost
  sent.push_back(sender.send({.layer = rtp::TemporalLayer{0, false, 1}}));
  sent.push_back(sender.send({.layer = rtp::TemporalLayer{1, true, 1}}));
  for (const size_t i : {0u, 2u, 3u}) receiver.receive(sent[i], at(0));
  receiver.take(at(2000));
  EXPECT_THAT(receiver.taken(sent), ElementsAre(0));
  EXPECT_TRUE(receiver.stream().take_key_frame_wish(at(2000)));
}

TEST(PictureStreamH264, KeyFramesGetTheParameterSetsThatCameBefore) {
  Rng rng(5);
  Receiver receiver;
  const auto packet = [](uint16_t number, uint32_t timestamp, bool marker, ByteVector payload) {
    return TestPacket{.codec = Codec::H264,
                      .sequence_number = number,
                      .timestamp = timestamp,
                      .marker = marker,
                      .payload = std::move(payload)};
  };
  receiver.receive(packet(1, 100, false, kTestSps), at(0));
  receiver.receive(packet(2, 100, true, kTestPps), at(0));
  receiver.receive(packet(3, 3100, true, rtp::hex("65 88 01 01")), at(33));
  receiver.receive(packet(4, 6100, true, rtp::hex("41 9a 01 01")), at(66));
  receiver.receive(packet(5, 9100, true, rtp::hex("65 88 03 03")), at(99));
  ASSERT_EQ(receiver.pictures().size(), 3u);
  ByteVector expected;
  for (const ByteVector& nal : {kTestSps, kTestPps, rtp::hex("65 88 01 01")}) rtp::append_annex_b(nal, expected);
  EXPECT_TRUE(std::ranges::equal(receiver.pictures()[0].data.view(), expected));
  EXPECT_TRUE(receiver.pictures()[0].key);
  EXPECT_FALSE(receiver.pictures()[1].key);
  EXPECT_TRUE(receiver.pictures()[2].key);
}

TEST(PictureStreamH264, AKeyFrameWithoutParameterSetsIsNone) {
  Receiver receiver;
  receiver.receive(TestPacket{.codec = Codec::H264, .marker = true, .payload = rtp::hex("65 88 01 01")}, at(0));
  receiver.take(at(5000));
  EXPECT_THAT(receiver.pictures(), IsEmpty());
  EXPECT_TRUE(receiver.stream().take_key_frame_wish(at(5000)));
}

TEST(PictureStreamVp9, SpatialLayersOfOneTimestampAreOnePicture) {
  Rng rng(6);
  Receiver receiver;
  uint16_t sequence = 7;
  for (const uint32_t timestamp : {3000u, 6000u}) {
    for (const uint8_t layer : {0, 1, 2}) {
      rtp::Payloads payloads;
      ByteVector data(1500);
      rng.fill(data);
      rtp::packetize_vp9(data,
                         {.picture_id = 1,
                          .inter_picture = timestamp != 3000,
                          .layer = rtp::TemporalLayer{},
                          .spatial_id = layer,
                          .inter_layer = layer > 0},
                         1000, payloads);
      for (size_t i = 0; i < payloads.size(); ++i) {
        receiver.receive(TestPacket{.codec = Codec::Vp9,
                                    .sequence_number = sequence++,
                                    .timestamp = timestamp,
                                    .marker = layer == 2 && i + 1 == payloads.size(),
                                    .payload = {payloads[i].begin(), payloads[i].end()}},
                         at(0));
      }
    }
  }
  ASSERT_EQ(receiver.pictures().size(), 2u);
  EXPECT_TRUE(receiver.pictures()[0].key);
  EXPECT_FALSE(receiver.pictures()[1].key);
  EXPECT_EQ(receiver.pictures()[0].data.size(), 3 * 1500u + 8) << "with the superframe's index";
}

// K-SVC: between key frames the upper layer needs nothing of the lower one, which an SFU then leaves out.
TEST(PictureStreamVp9, ASingleUpperLayerIsAPictureToo) {
  Rng rng(6);
  Receiver receiver;
  uint16_t sequence = 7;
  const auto send = [&](uint32_t timestamp, uint8_t layer, bool key, bool marker, bool lost = false) {
    rtp::Payloads payloads;
    ByteVector data(500);
    rng.fill(data);
    const rtp::Vp9Descriptor descriptor{
        .picture_id = 1,
        .inter_picture = !key,
        .layer = rtp::TemporalLayer{.tl0_picture_index = static_cast<uint8_t>(timestamp)},
        .spatial_id = layer,
        .inter_layer = key && layer > 0};
    rtp::packetize_vp9(data, descriptor, 1000, payloads);
    const TestPacket packet{.codec = Codec::Vp9,
                            .sequence_number = sequence++,
                            .timestamp = timestamp,
                            .marker = marker,
                            .payload = {payloads[0].begin(), payloads[0].end()}};
    if (!lost) receiver.receive(packet, at(timestamp));
  };
  send(1, 0, true, false);
  send(1, 1, true, true);
  send(2, 1, false, true);
  send(3, 1, false, true);
  ASSERT_EQ(receiver.pictures().size(), 3u);
  send(4, 1, false, true, true);
  send(5, 1, false, true);
  receiver.take(at(5000));
  EXPECT_EQ(receiver.pictures().size(), 3u) << "it refers to the lost one";
  EXPECT_TRUE(receiver.stream().take_key_frame_wish(at(5000)));
  send(6, 0, true, false);
  send(6, 1, true, true);
  EXPECT_EQ(receiver.pictures().size(), 4u);
}

TEST(PictureStreamVp9, LayersWithAMarkerEachComeOneByOne) {
  TestSender sender(Codec::Vp9, 12);
  Receiver receiver;
  TestFrame first = sender.key();
  TestFrame second = sender.send({.step = 0});  // the same timestamp
  receiver.receive(first, at(0));
  receiver.receive(second, at(0));
  EXPECT_THAT(receiver.taken({first, second}), ElementsAre(0, 1));
}

// One spatial and two temporal layers of AV1, whose descriptors tell which frames refer to a lost one.
TEST(PictureStreamAv1, DependencyDescriptorsTellWhatALossBreaks) {
  using enum rtp::DecodeTargetIndication;
  rtp::DependencyStructure structure;
  structure.templates = {{0, 0, {Switch, Switch}, {}, {0}},
                         {0, 0, {Switch, Switch}, {2}, {2}},
                         {0, 1, {Discardable, NotPresent}, {1}, {1}}};
  structure.decode_targets = {{0, 1}, {0, 0}};
  structure.chain_count = 1;
  structure.protected_by_chain = {0, 0};
  TestSender sender(Codec::Av1, 13);
  Receiver receiver;
  std::vector<TestFrame> sent;
  for (int i = 0; i < 8; ++i) {
    sent.push_back(i == 0 ? sender.key() : sender.delta());
    for (TestPacket& packet : sent.back().packets) {
      rtp::WrittenDescriptor written{.starts_frame = &packet == &sent.back().packets.front(),
                                     .ends_frame = packet.marker,
                                     .template_id = static_cast<uint8_t>(i == 0       ? 0
                                                                         : i % 2 == 0 ? 1
                                                                                      : 2),
                                     .frame_number = static_cast<uint16_t>(65'533 + i)};
      if (i == 0 && written.starts_frame) written.structure = &structure;
      packet.descriptor = rtp::write_descriptor(written, 2);
    }
  }
  const auto receive = [&](size_t i) { receiver.receive(sent[i], at(33 * static_cast<int64_t>(i))); };
  for (const size_t i : {0u, 1u, 2u, 4u, 5u}) receive(i);  // 3 is lost, of the upper layer
  receiver.take(at(2000));
  EXPECT_THAT(receiver.taken(sent), ElementsAre(0, 1, 2, 4, 5)) << "nothing refers to it";
  receive(7);  // 6 is lost, of the base layer
  receiver.take(at(4000));
  EXPECT_THAT(receiver.taken(sent), IsEmpty());
  EXPECT_FALSE(receiver.stream().take_key_frame_wish(at(4000))) << "7 is of the upper layer: a base layer may follow";
  sent.push_back(sender.delta());
  for (TestPacket& packet : sent.back().packets) {
    packet.descriptor = rtp::write_descriptor({.starts_frame = &packet == &sent.back().packets.front(),
                                               .ends_frame = packet.marker,
                                               .template_id = 1,
                                               .frame_number = static_cast<uint16_t>(65'533 + 8)},
                                              2);
  }
  receive(8);
  EXPECT_THAT(receiver.taken(sent), IsEmpty());
  EXPECT_TRUE(receiver.stream().take_key_frame_wish(at(4000)));
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
