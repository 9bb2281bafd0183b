#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "rtp/rtcp/rtcp.hpp"
#include "rtp/test_bytes.hpp"

namespace parley::rtp::rtcp {
namespace {

using ::testing::ElementsAre;

struct Result {
  std::vector<Message> messages;
  uint32_t unknown = 0;
  bool malformed = false;
};

Result read_all(const ByteVector& packet) {
  Reader reader(packet);
  Result result;
  Message message;
  while (reader.next(message)) result.messages.push_back(message);
  result.unknown = reader.unknown();
  result.malformed = reader.malformed();
  return result;
}

// The only message of a packet that is read without complaint.
template <typename T>
T only(const ByteVector& packet) {
  const Result result = read_all(packet);
  EXPECT_FALSE(result.malformed);
  EXPECT_EQ(result.unknown, 0u);
  EXPECT_EQ(result.messages.size(), 1u);
  if (result.messages.size() != 1 || !std::holds_alternative<T>(result.messages[0])) {
    ADD_FAILURE() << "not the expected message";
    return {};
  }
  return std::get<T>(result.messages[0]);
}

bool is_malformed(const ByteVector& packet) {
  const Result result = read_all(packet);
  return result.malformed && result.messages.empty();
}

const ByteVector kReport = hex("80 c8 0006 902f9e2e  d8ac5b4f 3a6e978d  00112233 000003e8 00030d40");
const ByteVector kBlock = hex("12345678 40 fffffe 00010203 00000050 5b4f3a6e 00008000");
const ByteVector kPli = hex("81 ce 0002 00000001 00000002");

TEST(RtcpReader, SenderReport) {
  const auto report = only<SenderReport>(kReport);
  EXPECT_EQ(report.sender, Ssrc(0x902f9e2e));
  EXPECT_EQ(report.ntp.value, 0xd8ac5b4f3a6e978dull);
  EXPECT_EQ(report.ntp.compact(), 0x5b4f3a6eu);
  EXPECT_EQ(report.rtp_timestamp, 0x00112233u);
  EXPECT_EQ(report.packet_count, 1000u);
  EXPECT_EQ(report.octet_count, 200000u);
  EXPECT_TRUE(report.reports.empty());
}

TEST(RtcpReader, ReceiverReportWithSignedLoss) {
  const auto report = only<ReceiverReport>(concat({hex("81 c9 0007 00000001"), kBlock}));
  EXPECT_EQ(report.sender, Ssrc(1));
  ASSERT_EQ(report.reports.size(), 1u);
  const ReportBlock& block = report.reports[0];
  EXPECT_EQ(block.source, Ssrc(0x12345678));
  EXPECT_EQ(block.fraction_lost, 0x40);
  EXPECT_EQ(block.cumulative_lost, -2) << "duplicates make it negative";
  EXPECT_EQ(block.highest_sequence, 0x00010203u);
  EXPECT_EQ(block.jitter, 0x50u);
  EXPECT_EQ(block.last_sr, 0x5b4f3a6eu);
  EXPECT_EQ(block.delay_since_last_sr, 0x8000u);
}

TEST(RtcpReader, ProfileExtensionsOfReportsAreIgnored) {
  EXPECT_EQ(only<ReceiverReport>(hex("80 c9 0003 00000001 aaaaaaaa bbbbbbbb")).sender, Ssrc(1));
}

TEST(RtcpReader, ReportWithFewerBlocksThanItSays) {
  EXPECT_TRUE(is_malformed(concat({hex("82 c9 0007 00000001"), kBlock})));
}

TEST(RtcpReader, AsManyReportBlocksAsTheCountCanSay) {
  ByteVector packet = hex("9f c9 00bb 00000001");
  for (size_t i = 0; i < kMaxReportBlocks; ++i) packet = concat({packet, kBlock});
  EXPECT_EQ(only<ReceiverReport>(packet).reports.size(), kMaxReportBlocks);
}

TEST(RtcpReader, ByeWithReason) {
  const auto bye = only<Bye>(hex("82 cb 0004 00000001 00000002 05 6c656176 65 0000"));
  EXPECT_THAT(items(bye.sources), ElementsAre(Ssrc(1), Ssrc(2)));
  EXPECT_TRUE(only<Bye>(hex("80 cb 0000")).sources.empty());
  EXPECT_TRUE(is_malformed(hex("82 cb 0001 00000001")));
}

TEST(RtcpReader, NackUnpacksItsBitmask) {
  const auto nack = only<Nack>(hex("81 cd 0004 00000001 00000002 fffe 8005 0010 0000"));
  EXPECT_EQ(nack.sender, Ssrc(1));
  EXPECT_EQ(nack.media, Ssrc(2));
  EXPECT_THAT(items(nack.lost), ElementsAre(0xfffe, 0xffff, 1, 14, 16));
}

TEST(RtcpReader, NackWithoutEntriesIsMalformed) {
  EXPECT_TRUE(is_malformed(hex("81 cd 0002 00000001 00000002")));
  EXPECT_TRUE(is_malformed(hex("81 cd 0001 00000001")));
}

TEST(RtcpReader, ALargeNackIsCut) {
  ByteVector packet = hex("81 cd 0016 00000001 00000002");
  for (int i = 0; i < 20; ++i) packet = concat({packet, {0, static_cast<uint8_t>(i * 17), 0xff, 0xff}});
  ASSERT_GT(20u * 17, decltype(Nack::lost)::capacity());
  const auto nack = only<Nack>(packet);
  EXPECT_TRUE(nack.lost.full());
  EXPECT_EQ(nack.lost[0], 0);
  EXPECT_EQ(nack.lost.back(), 255);
}

TEST(RtcpReader, PictureLossIndication) {
  const auto pli = only<PictureLossIndication>(kPli);
  EXPECT_EQ(pli.sender, Ssrc(1));
  EXPECT_EQ(pli.media, Ssrc(2));
  EXPECT_TRUE(is_malformed(hex("81 ce 0001 00000001")));
}

TEST(RtcpReader, FullIntraRequestGivesEachEntry) {
  const Result result =
      read_all(concat({hex("84 ce 0006 00000001 00000000  0000000a 07 000000  0000000b 08 000000"), kPli}));
  EXPECT_FALSE(result.malformed);
  ASSERT_EQ(result.messages.size(), 3u);
  const auto first = std::get<FullIntraRequest>(result.messages[0]);
  const auto second = std::get<FullIntraRequest>(result.messages[1]);
  EXPECT_EQ(first.sender, Ssrc(1));
  EXPECT_EQ(first.media, Ssrc(10));
  EXPECT_EQ(first.command, 7);
  EXPECT_EQ(second.sender, Ssrc(1));
  EXPECT_EQ(second.media, Ssrc(11));
  EXPECT_EQ(second.command, 8);
  EXPECT_TRUE(std::holds_alternative<PictureLossIndication>(result.messages[2]));
}

TEST(RtcpReader, FullIntraRequestOfOddSizeIsMalformed) {
  EXPECT_TRUE(is_malformed(hex("84 ce 0002 00000001 00000000")));
  EXPECT_TRUE(is_malformed(hex("84 ce 0003 00000001 00000000 0000000a")));
}

TEST(RtcpReader, Remb) {
  // 0x3fffe << 3; the mantissa is 18 bits, the exponent 6.
  const auto remb = only<Remb>(hex("8f ce 0006 00000001 00000000 52454d42 02 0ffffe 0000000a 0000000b"));
  EXPECT_EQ(remb.sender, Ssrc(1));
  EXPECT_EQ(remb.bitrate, DataRate::bps(0x3fffe << 3));
  EXPECT_THAT(items(remb.sources), ElementsAre(Ssrc(10), Ssrc(11)));
}

TEST(RtcpReader, RembBeyondAnyRateIsMalformed) {
  EXPECT_TRUE(is_malformed(hex("8f ce 0004 00000001 00000000 52454d42 00 feffff")));
  EXPECT_EQ(only<Remb>(hex("8f ce 0004 00000001 00000000 52454d42 00 fc0000")).bitrate, DataRate::zero());
  EXPECT_TRUE(is_malformed(hex("8f ce 0005 00000001 00000000 52454d42 02 000001 0000000a")));
}

TEST(RtcpReader, RembNamesAtMostSoManySources) {
  ByteVector packet = hex("8f ce 002c 00000001 00000000 52454d42 28 000001");
  for (uint8_t i = 0; i < 40; ++i) packet = concat({packet, {0, 0, 0, i}});
  EXPECT_TRUE(only<Remb>(packet).sources.full());
}

TEST(RtcpReader, CompoundPacketAsChromeSendsIt) {
  const ByteVector sdes = hex("81 ca 0004 00000001 01 06 614263 646566 00 000000");
  const ByteVector xr = hex("80 cf 0004 00000001 04000002 d8ac5b4f3a6e978d");
  const Result result = read_all(concat({kReport, sdes, xr, kPli}));
  EXPECT_FALSE(result.malformed);
  EXPECT_EQ(result.unknown, 0u) << "SDES and XR are known, and of no use";
  ASSERT_EQ(result.messages.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<SenderReport>(result.messages[0]));
  EXPECT_TRUE(std::holds_alternative<PictureLossIndication>(result.messages[1]));
}

TEST(RtcpReader, UnknownPacketsAreCountedAndSkipped) {
  const ByteVector app = hex("80 cc 0002 00000001 61626364");
  const ByteVector transport_format = hex("8b cd 0002 00000001 00000002");
  const ByteVector payload_format = hex("82 ce 0003 00000001 00000002 ffffffff");
  const ByteVector other_application = hex("8f ce 0003 00000001 00000002 61626364");
  const ByteVector short_application = hex("8f ce 0002 00000001 00000002");
  const Result result =
      read_all(concat({app, transport_format, payload_format, other_application, short_application, kPli}));
  EXPECT_FALSE(result.malformed);
  EXPECT_EQ(result.unknown, 5u);
  EXPECT_EQ(result.messages.size(), 1u);
}

TEST(RtcpReader, PaddingIsCutOff) {
  const auto nack = only<Nack>(hex("a1 cd 0004 00000001 00000002 0005 0000 00000004"));
  EXPECT_THAT(items(nack.lost), ElementsAre(5));
}

TEST(RtcpReader, PaddingThatCannotBeIsMalformed) {
  EXPECT_TRUE(is_malformed(hex("a1 ce 0003 00000001 00000002 00000000")));
  EXPECT_TRUE(is_malformed(hex("a1 ce 0003 00000001 00000002 0000000d")));
  EXPECT_TRUE(is_malformed(hex("a0 cb 0000")));
}

TEST(RtcpReader, WhatCameBeforeAMalformedPacketCounts) {
  const Result result = read_all(concat({kPli, hex("41 ce 0002 00000001 00000002"), kPli}));
  EXPECT_TRUE(result.malformed);
  EXPECT_EQ(result.messages.size(), 1u);
}

TEST(RtcpReader, NothingFollowsAMalformedPacket) {
  const ByteVector packet = hex("81 ce 0001 00000001 81 ce 0002 00000001 00000002");
  Reader reader(packet);
  Message message;
  EXPECT_FALSE(reader.next(message));
  EXPECT_FALSE(reader.next(message));
  EXPECT_TRUE(reader.malformed());
}

TEST(RtcpReader, AnEmptyPacketHasNothing) {
  const Result result = read_all({});
  EXPECT_FALSE(result.malformed);
  EXPECT_TRUE(result.messages.empty());
}

TEST(RtcpReader, EveryCutOfAPacketIsMalformed) {
  for (const ByteVector& packet :
       {kReport, concat({hex("81 c9 0007 00000001"), kBlock}), hex("81 cb 0001 00000001"), kPli,
        hex("81 cd 0003 00000001 00000002 fffe 8005"), hex("84 ce 0004 00000001 00000000 0000000a 07 000000"),
        hex("8f ce 0005 00000001 00000000 52454d42 01 0ffffe 0000000a"),
        hex("8f cd 0005 00000001 00000002 0099 0001 3de80217 2001 94 00")}) {
    EXPECT_FALSE(read_all(packet).malformed);
    for (size_t size = 1; size < packet.size(); ++size) EXPECT_TRUE(is_malformed(prefix(packet, size))) << size;
  }
}

// The length field agrees with a cut body: now it is the bodies that must notice.
TEST(RtcpReader, EveryWholeWordCutOfABodyIsMalformedOrSmaller) {
  for (const ByteVector& packet : {kReport, kPli, hex("8f ce 0005 00000001 00000000 52454d42 01 0ffffe 0000000a"),
                                   hex("8f cd 0005 00000001 00000002 0099 0001 3de80217 2001 94 00")}) {
    for (size_t size = 4; size < packet.size(); size += 4) {
      ByteVector cut = prefix(packet, size);
      cut[3] = static_cast<uint8_t>(size / 4 - 1);
      EXPECT_TRUE(read_all(cut).messages.empty()) << size;
    }
  }
}

TEST(RtcpReader, RandomBytesNeverCrash) {
  Rng rng(3);
  size_t messages = 0;
  for (int round = 0; round < 50000; ++round) {
    ByteVector packet(4 * (1 + rng.below(24)));
    rng.fill(packet);
    packet[0] = static_cast<uint8_t>(0x80 | (packet[0] & 0x1f));
    packet[1] = static_cast<uint8_t>(200 + rng.below(8));
    packet[2] = 0;
    packet[3] = static_cast<uint8_t>(packet.size() / 4 - 1);
    messages += read_all(packet).messages.size();
  }
  EXPECT_GT(messages, 2000u) << "the generator must reach the insides of the readers";
}

}  // namespace
}  // namespace parley::rtp::rtcp
