#include <gmock/gmock.h>

#include "playout/picture_stream.hpp"
#include "playout/test_media.hpp"
#include "playout/test_receiver.hpp"
#include "rtp/payload/test_dependency_descriptor.hpp"

// What only some codecs have: layers, descriptors, parameter sets.
namespace parley::playout {
namespace {

using rtp::Codec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace parley::playout
