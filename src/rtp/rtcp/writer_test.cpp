#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.hpp"
#include "rtp/rtcp/rtcp.hpp"
#include "rtp/test_bytes.hpp"

namespace parley::rtp::rtcp {
namespace {

using ::testing::ElementsAreArray;

template <typename T>
ByteVector written(const T& message) {
  ByteVector buffer(1500);
  ByteWriter out(buffer);
  EXPECT_TRUE(write(out, message));
  buffer.resize(out.size());
  return buffer;
}

template <typename T>
T read_back(const ByteVector& packet) {
  Reader reader(packet);
  Message message;
  EXPECT_TRUE(reader.next(message));
  EXPECT_TRUE(std::holds_alternative<T>(message));
  T result = std::get<T>(message);
  EXPECT_FALSE(reader.next(message));
  EXPECT_FALSE(reader.malformed());
  return result;
}

// Writing into any buffer that is too small must leave it, and what is in it already, alone.
template <typename Write>
void expect_all_or_nothing(size_t size, Write write_to) {
  for (size_t room = 0; room < size; ++room) {
    ByteVector buffer(4 + room, 0xee);
    ByteWriter out(buffer);
    out.u32(0x11223344);
    EXPECT_FALSE(write_to(out)) << room;
    EXPECT_EQ(out.size(), 4u);
    EXPECT_TRUE(out.ok()) << "what is smaller can still follow";
    EXPECT_EQ(std::count(buffer.begin() + 4, buffer.end(), 0xee), static_cast<ptrdiff_t>(room));
  }
}
template <typename T>
void expect_all_or_nothing(const T& message) {
  expect_all_or_nothing(written(message).size(), [&](ByteWriter& out) { return write(out, message); });
}

ReportBlock random_block(Rng& rng) {
  return {Ssrc(rng.u32()),
          static_cast<uint8_t>(rng.below(256)),
          static_cast<int32_t>(rng.below(1 << 24)) - (1 << 23),
          rng.u32(),
          rng.u32(),
          rng.u32(),
          rng.u32()};
}

bool same(const ReportBlock& a, const ReportBlock& b) {
  return a.source == b.source && a.fraction_lost == b.fraction_lost && a.cumulative_lost == b.cumulative_lost &&
         a.highest_sequence == b.highest_sequence && a.jitter == b.jitter && a.last_sr == b.last_sr &&
         a.delay_since_last_sr == b.delay_since_last_sr;
}

TEST(RtcpWriter, SenderReport) {
  SenderReport report{Ssrc(0x902f9e2e), {0xd8ac5b4f3a6e978dull}, 0x00112233, 1000, 200000, {}};
  EXPECT_EQ(written(report), hex("80 c8 0006 902f9e2e d8ac5b4f 3a6e978d 00112233 000003e8 00030d40"));
  expect_all_or_nothing(report);
}

TEST(RtcpWriter, ReportBlocks) {
  ReceiverReport report{Ssrc(1), {{Ssrc(0x12345678), 0x40, -2, 0x10203, 0x50, 0x5b4f3a6e, 0x8000}}};
  EXPECT_EQ(written(report), hex("81 c9 0007 00000001 12345678 40 fffffe 00010203 00000050 5b4f3a6e 00008000"));
  expect_all_or_nothing(report);
}

TEST(RtcpWriter, LossBeyond24BitsStaysAtTheEnd) {
  ReceiverReport report{Ssrc(1), {{Ssrc(1), 0, 0x800000}, {Ssrc(2), 0, -0x800001}}};
  const auto read = read_back<ReceiverReport>(written(report));
  EXPECT_EQ(read.reports[0].cumulative_lost, 0x7fffff);
  EXPECT_EQ(read.reports[1].cumulative_lost, -0x800000);
}

TEST(RtcpWriter, RandomReportsComeBack) {
  Rng rng(1);
  for (int round = 0; round < 500; ++round) {
    SenderReport sent{Ssrc(rng.u32()), {rng.u64()}, rng.u32(), rng.u32(), rng.u32(), {}};
    for (uint64_t n = rng.below(kMaxReportBlocks + 1); n > 0; --n) sent.reports.push_back(random_block(rng));
    const auto read = read_back<SenderReport>(written(sent));
    EXPECT_EQ(read.sender, sent.sender);
    EXPECT_EQ(read.ntp, sent.ntp);
    EXPECT_EQ(read.rtp_timestamp, sent.rtp_timestamp);
    EXPECT_EQ(read.packet_count, sent.packet_count);
    EXPECT_EQ(read.octet_count, sent.octet_count);
    ASSERT_EQ(read.reports.size(), sent.reports.size());
    EXPECT_TRUE(std::equal(read.reports.begin(), read.reports.end(), sent.reports.begin(), same));
  }
}

TEST(RtcpWriter, Bye) {
  EXPECT_EQ(written(Bye{{Ssrc(1), Ssrc(2)}}), hex("82 cb 0002 00000001 00000002"));
  expect_all_or_nothing(Bye{{Ssrc(1), Ssrc(2)}});
}

TEST(RtcpWriter, NackPacksNeighbours) {
  EXPECT_EQ(written(Nack{Ssrc(1), Ssrc(2), {0xfffe, 0xffff, 1, 14, 15}}),
            hex("81 cd 0004 00000001 00000002 fffe 8005 000f 0000"));
  expect_all_or_nothing(Nack{Ssrc(1), Ssrc(2), {1, 2, 3, 500}});
}

TEST(RtcpWriter, NackTakesAnyOrder) {
  const auto read = read_back<Nack>(written(Nack{Ssrc(1), Ssrc(2), {10, 5, 5, 12}}));
  std::vector<uint16_t> lost(read.lost.begin(), read.lost.end());
  std::sort(lost.begin(), lost.end());
  lost.erase(std::unique(lost.begin(), lost.end()), lost.end());
  EXPECT_THAT(lost, ElementsAreArray({5, 10, 12}));
}

TEST(RtcpWriter, NackOfNothingIsNotWritten) {
  ByteVector buffer(100);
  ByteWriter out(buffer);
  EXPECT_FALSE(write(out, Nack{Ssrc(1), Ssrc(2), {}}));
  EXPECT_EQ(out.size(), 0u);
}

TEST(RtcpWriter, RandomNacksComeBack) {
  Rng rng(2);
  for (int round = 0; round < 500; ++round) {
    Nack sent{Ssrc(rng.u32()), Ssrc(rng.u32()), {}};
    uint16_t next = rng.u16();
    for (uint64_t n = 1 + rng.below(sent.lost.capacity()); n > 0; --n) {
      sent.lost.push_back(next);
      next = static_cast<uint16_t>(next + 1 + rng.below(rng.chance(0.1) ? 200 : 3));
    }
    const auto read = read_back<Nack>(written(sent));
    EXPECT_EQ(read.sender, sent.sender);
    EXPECT_EQ(read.media, sent.media);
    EXPECT_THAT(items(read.lost), ElementsAreArray(sent.lost.begin(), sent.lost.end()));
  }
}

TEST(RtcpWriter, KeyFrameRequests) {
  EXPECT_EQ(written(PictureLossIndication{Ssrc(1), Ssrc(2)}), hex("81 ce 0002 00000001 00000002"));
  EXPECT_EQ(written(FullIntraRequest{Ssrc(1), Ssrc(10), 7}), hex("84 ce 0004 00000001 00000000 0000000a 07 000000"));
  expect_all_or_nothing(PictureLossIndication{Ssrc(1), Ssrc(2)});
  expect_all_or_nothing(FullIntraRequest{Ssrc(1), Ssrc(10), 7});
}

TEST(RtcpWriter, Remb) {
  EXPECT_EQ(written(Remb{Ssrc(1), DataRate::bps(0x3fffe << 3), {Ssrc(10)}}),
            hex("8f ce 0005 00000001 00000000 52454d42 01 0ffffe 0000000a"));
  EXPECT_EQ(written(Remb{Ssrc(1), DataRate::bps(0x3ffff), {}}), hex("8f ce 0004 00000001 00000000 52454d42 00 03ffff"));
  expect_all_or_nothing(Remb{Ssrc(1), DataRate::kbps(500), {Ssrc(10)}});
}

TEST(RtcpWriter, RembRoundsDown) {
  Rng rng(5);
  for (int round = 0; round < 2000; ++round) {
    const int64_t bps = static_cast<int64_t>(rng.u64() >> (1 + rng.below(62)));
    const int64_t read = read_back<Remb>(written(Remb{Ssrc(1), DataRate::bps(bps), {}})).bitrate.bps();
    EXPECT_LE(read, bps);
    EXPECT_GE(read, bps - (bps >> 17));
  }
  EXPECT_EQ(read_back<Remb>(written(Remb{Ssrc(1), DataRate::bps(-5), {}})).bitrate, DataRate::zero());
  EXPECT_GT(read_back<Remb>(written(Remb{Ssrc(1), DataRate::infinite(), {}})).bitrate, DataRate::kbps(1'000'000'000));
}

ByteVector cname(std::string_view text) {
  ByteVector buffer(400);
  ByteWriter out(buffer);
  EXPECT_TRUE(write_cname(out, Ssrc(0x01020304), text));
  buffer.resize(out.size());
  return buffer;
}

TEST(RtcpWriter, CnameEndsWithAtLeastOneZero) {
  EXPECT_EQ(cname("a"), hex("81 ca 0002 01020304 01 01 61 00"));
  EXPECT_EQ(cname("ab"), hex("81 ca 0003 01020304 01 02 6162 00000000"));
  EXPECT_EQ(cname("abc"), hex("81 ca 0003 01020304 01 03 616263 000000"));
  EXPECT_EQ(cname(std::string(255, 'x')).size(), 268u);
  expect_all_or_nothing(12, [](ByteWriter& out) { return write_cname(out, Ssrc(1), "a"); });
}

TEST(RtcpWriter, CnameTooLongForItsLengthIsRefused) {
  ByteVector buffer(400);
  ByteWriter out(buffer);
  EXPECT_FALSE(write_cname(out, Ssrc(1), std::string(256, 'x')));
  EXPECT_EQ(out.size(), 0u);
}

TEST(RtcpWriter, PacketsFollowEachOther) {
  ByteVector buffer(200);
  ByteWriter out(buffer);
  ASSERT_TRUE(write(out, ReceiverReport{Ssrc(1), {}}));
  ASSERT_TRUE(write_cname(out, Ssrc(1), "name"));
  ASSERT_TRUE(write(out, PictureLossIndication{Ssrc(1), Ssrc(2)}));
  Reader reader(out.written());
  Message message;
  ASSERT_TRUE(reader.next(message));
  EXPECT_TRUE(std::holds_alternative<ReceiverReport>(message));
  ASSERT_TRUE(reader.next(message));
  EXPECT_TRUE(std::holds_alternative<PictureLossIndication>(message));
  EXPECT_FALSE(reader.next(message));
  EXPECT_FALSE(reader.malformed());
}

TEST(NtpTime, MicrosecondsComeBack) {
  Rng rng(9);
  for (int round = 0; round < 2000; ++round) {
    const auto us = static_cast<int64_t>(rng.below(4'294'967'296ull * 1'000'000));
    EXPECT_EQ(NtpTime::from_us(us).to_us(), us);
  }
  EXPECT_EQ(NtpTime::from_us(1'500'000).value, 0x180000000ull);
  EXPECT_EQ(NtpTime::from_us(1'500'000).compact(), 0x18000u);
}

}  // namespace
}  // namespace parley::rtp::rtcp
