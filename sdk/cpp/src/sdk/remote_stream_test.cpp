#include "sdk/remote_stream.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "codec/simulcast_encoder.hpp"

namespace parley::sdk {
namespace {

frame::EncodedPicture vp8(codec::SimulcastEncoder& encoder, uint8_t luma, Timestamp at) {
  const auto buffer = std::make_shared<frame::PictureBuffer>(frame::Size{64, 48});
  buffer->fill(luma, 128, 128);
  std::vector<codec::LayerOutput> out;
  EXPECT_TRUE(encoder.encode(frame::PictureBuffer::share(buffer), at, out));
  EXPECT_EQ(out.size(), 1u);
  out[0].encoded.picture.captured_at = at;
  return out[0].encoded.picture;
}

class RemoteStreamTest : public testing::Test {
 protected:
  RemoteStreamTest() : encoder(*codec::SimulcastEncoder::make(rtp::Codec::Vp8, {.layers = {{}}})) {}
  Timestamp at(int i) const { return Timestamp::from_us(1'000'000 + i * 33'000); }

  codec::SimulcastEncoder encoder;
  RemoteStream stream{{"ann", StreamKind::Video}};
};

TEST_F(RemoteStreamTest, PicturesAreDecodedForWhoWantsThem) {
  EXPECT_FALSE(stream.handled());
  EXPECT_FALSE(stream.take(vp8(encoder, 60, at(0)))) << "nobody wants it: no key frame is asked for";
  std::vector<int> seen;
  int encoded = 0;
  VideoHandlers handlers;
  handlers.onVideo = [&](const VideoFrame& f) { seen.push_back(f.y.data[f.y.stride * 24 + 32]); };
  handlers.onEncoded = [&](const EncodedVideoFrame& f) { encoded += f.codec == VideoCodec::Vp8 && !f.data->empty(); };
  stream.handle_video(handlers);
  EXPECT_TRUE(stream.handled());
  EXPECT_TRUE(stream.take(vp8(encoder, 90, at(1)))) << "not decodable without its key frame";
  EXPECT_EQ(stream.counts().key_frames_wanted, 1u);
  encoder.request_key();
  EXPECT_FALSE(stream.take(vp8(encoder, 150, at(2))));
  EXPECT_FALSE(stream.take(vp8(encoder, 200, at(3))));
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_NEAR(seen[0], 150, 6);
  EXPECT_NEAR(seen[1], 200, 6);
  EXPECT_EQ(encoded, 3);
  EXPECT_EQ(stream.counts().frames, 2u);
  EXPECT_EQ(stream.counts().key_frames, 1u);
  EXPECT_EQ(stream.counts().width, 64);
  stream.take(RemoteStream::Restart{});
  EXPECT_TRUE(stream.take(vp8(encoder, 200, at(4)))) << "the decoder began anew";
}

TEST_F(RemoteStreamTest, DamageIsCountedAndAsksForAKeyFrame) {
  int seen = 0;
  stream.handle_video({.onVideo = [&](const VideoFrame&) { ++seen; }});
  EXPECT_FALSE(stream.take(vp8(encoder, 60, at(0))));
  frame::EncodedPicture broken = vp8(encoder, 70, at(1));
  broken.data = frame::Payload(std::make_shared<const std::vector<uint8_t>>(40, uint8_t{0xff}));
  broken.key = true;
  stream.take(broken);
  frame::EncodedPicture other = vp8(encoder, 70, at(2));
  other.codec = rtp::Codec::H264;
  EXPECT_TRUE(stream.take(other)) << "no H.264";
  EXPECT_GE(stream.counts().undecodable, 1u);
  encoder.request_key();
  EXPECT_FALSE(stream.take(vp8(encoder, 80, at(3)))) << "and it goes on";
  EXPECT_GE(seen, 2);
}

TEST_F(RemoteStreamTest, AHandlerMayReplaceItself) {
  int first = 0, second = 0;
  stream.handle_video({.onVideo = [&](const VideoFrame&) {
    ++first;
    stream.handle_video({.onVideo = [&](const VideoFrame&) { ++second; }});
  }});
  for (int i = 0; i < 3; ++i) stream.take(vp8(encoder, 60, at(i)));
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
  stream.handle_video({});
  EXPECT_FALSE(stream.handled());
  stream.take(vp8(encoder, 60, at(4)));
  EXPECT_EQ(second, 2);
}

TEST_F(RemoteStreamTest, FreezesAreCountedAsWebRtcDoes) {
  stream.handle_video({.onEncoded = [](const EncodedVideoFrame&) {}});
  for (int i = 0; i < 10; ++i) stream.take(vp8(encoder, 60, at(i)));
  EXPECT_EQ(stream.counts().freezes, 0u);
  stream.take(vp8(encoder, 60, at(9) + TimeDelta::millis(170)));
  EXPECT_EQ(stream.counts().freezes, 0u) << "150 ms and the usual 33 are none yet";
  stream.take(vp8(encoder, 60, at(9) + TimeDelta::millis(170 + 400)));
  EXPECT_EQ(stream.counts().freezes, 1u);
  EXPECT_EQ(stream.counts().frozen_us, 400'000);
}

TEST(RemoteSound, GapsAreConcealedAndSaidToBe) {
  RemoteStream stream({"ann", StreamKind::Audio});
  std::vector<AudioFrame> heard;
  stream.handle_audio({.onAudio = [&](const AudioFrame& f) { heard.push_back(f); }, .channels = 1});
  playout::SoundPiece piece{.kind = playout::SoundPiece::Kind::Lost};
  piece.sound.duration = TimeDelta::millis(20);
  piece.sound.captured_at = Timestamp::from_us(5'000'000);
  stream.take(piece);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_TRUE(heard[0].concealed);
  EXPECT_EQ(heard[0].frames, 960u);
  EXPECT_EQ(heard[0].channels, 1);
  EXPECT_EQ(from_media_time(heard[0].capturedAt), piece.sound.captured_at);
  EXPECT_EQ(stream.counts().samples_concealed, 960u);
}

TEST(RemoteStreams, OneForEachIdUntilItsParticipantLeaves) {
  RemoteStreams streams;
  const auto camera = streams.get({"ann", StreamKind::Video});
  EXPECT_EQ(streams.get({"ann", StreamKind::Video}), camera);
  EXPECT_NE(streams.get({"ann", StreamKind::Share}), camera);
  EXPECT_EQ(streams.find({"bob", StreamKind::Video}), nullptr);
  const auto bob = streams.get({"bob", StreamKind::Video});
  streams.forget("ann");
  EXPECT_EQ(streams.find({"ann", StreamKind::Video}), nullptr);
  EXPECT_EQ(streams.find({"bob", StreamKind::Video}), bob);
}

}  // namespace
}  // namespace parley::sdk
