// Sender and Receiver together.
#include <gtest/gtest.h>

#include <algorithm>

#include "srtp/receiver.hpp"
#include "srtp/sender.hpp"
#include "srtp/stream_table.hpp"
#include "srtp/test_packets.hpp"

namespace parley::srtp {
namespace {

class SessionTest : public testing::TestWithParam<Profile> {
 protected:
  std::expected<Packet, Error> protect(const RtpPacket& packet) {
    Packet out(packet.header.size() + packet.payload.size() + kMaxOverhead);
    const auto size = sender_.protect_rtp(packet.header, packet.payload, out);
    if (!size) return std::unexpected(size.error());
    out.resize(*size);
    return out;
  }
  std::expected<Packet, Error> protect_rtcp(const Packet& packet) {
    Packet out(packet.size() + kMaxOverhead);
    const auto size = sender_.protect_rtcp(packet, out);
    if (!size) return std::unexpected(size.error());
    out.resize(*size);
    return out;
  }
  std::expected<Packet, Error> open(Packet packet) { return trim(packet, receiver_.unprotect_rtp(packet)); }
  std::expected<Packet, Error> open_rtcp(Packet packet) { return trim(packet, receiver_.unprotect_rtcp(packet)); }
  static std::expected<Packet, Error> trim(Packet& packet, std::expected<size_t, Error> size) {
    if (!size) return std::unexpected(size.error());
    packet.resize(*size);
    return packet;
  }
  RtpPacket rtp(uint16_t sequence_number, uint32_t ssrc = 1) {
    return make_rtp({.ssrc = ssrc, .sequence_number = sequence_number}, rng_);
  }

  Rng rng_{42};
  MasterKey key_ = random_key(GetParam(), rng_);
  Sender sender_{key_};
  Receiver receiver_{key_};
};

INSTANTIATE_TEST_SUITE_P(Profiles, SessionTest, testing::ValuesIn(kProfiles), [](const auto& test) {
  return is_gcm(test.param) ? "Gcm" + std::to_string(key_size(test.param) * 8) : std::string("Sha1");
});

TEST_P(SessionTest, RoundTrip) {
  for (uint16_t n = 0; n < 200; ++n) {
    const RtpPacket packet = make_rtp({.sequence_number = n,
                                       .payload = rng_.below(1200),
                                       .csrcs = rng_.below(16),
                                       .extension_words = rng_.below(20),
                                       .extension = rng_.chance(0.5)},
                                      rng_);
    const auto sealed = protect(packet);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->size(), packet.whole().size() + tag_size(GetParam()));
    EXPECT_TRUE(std::equal(packet.header.begin(), packet.header.end(), sealed->begin())) << "the header stays readable";
    EXPECT_EQ(open(*sealed), packet.whole());
  }
}

TEST_P(SessionTest, EmptyPayload) {
  const RtpPacket packet = make_rtp({.payload = 0}, rng_);
  EXPECT_EQ(open(*protect(packet)), packet.whole());
}

TEST_P(SessionTest, InPlace) {
  const RtpPacket packet = rtp(1);
  Packet buffer = packet.whole();
  buffer.resize(buffer.size() + kMaxOverhead);
  const Bytes payload = Bytes(buffer).subspan(packet.header.size(), packet.payload.size());
  const auto size = sender_.protect_rtp(Bytes(buffer).first(packet.header.size()), payload, buffer);
  ASSERT_TRUE(size);
  buffer.resize(*size);
  EXPECT_EQ(open(buffer), packet.whole());

  const Packet report = make_rtcp(7, 5, rng_);
  buffer = report;
  buffer.resize(report.size() + kMaxOverhead);
  const auto rtcp_size = sender_.protect_rtcp(Bytes(buffer).first(report.size()), buffer);
  ASSERT_TRUE(rtcp_size);
  buffer.resize(*rtcp_size);
  EXPECT_EQ(open_rtcp(buffer), report);
}

TEST_P(SessionTest, PayloadIsReallyEncryptedAndNeverTheSameTwice) {
  RtpPacket packet = rtp(1);
  const Packet one = *protect(packet);
  store_be16(&packet.header[2], 2);
  const Packet two = *protect(packet);
  size_t same_as_plain = 0, same_as_other = 0;
  for (size_t i = 0; i < packet.payload.size(); ++i) {
    same_as_plain += one[12 + i] == packet.payload[i];
    same_as_other += one[12 + i] == two[12 + i];
  }
  EXPECT_LT(same_as_plain, 10u);
  EXPECT_LT(same_as_other, 10u);
}

TEST_P(SessionTest, RollOverCountIsFollowed) {
  for (int i = 0; i < 40; ++i) {
    const RtpPacket packet = rtp(static_cast<uint16_t>(60000 + i * 10000));  // six wraps
    EXPECT_EQ(open(*protect(packet)), packet.whole()) << i;
  }
}

TEST_P(SessionTest, OutOfOrderAcrossTheWrap) {
  std::vector<RtpPacket> packets;
  for (int i = 0; i < 200; ++i) packets.push_back(rtp(static_cast<uint16_t>(65436 + i)));
  std::vector<Packet> sealed;
  for (const RtpPacket& packet : packets) sealed.push_back(*protect(packet));
  // Within blocks of 100, backwards: the first numbers after the wrap come before the last ones before it.
  for (int block : {0, 50, 150}) {
    const int from = block == 0 ? 0 : block, to = block == 0 ? 50 : block == 50 ? 150 : 200;
    for (int i = to - 1; i >= from; --i) {
      EXPECT_EQ(open(sealed[static_cast<size_t>(i)]), packets[static_cast<size_t>(i)].whole()) << i;
    }
  }
}

TEST_P(SessionTest, SendingOutOfOrderAcrossTheWrap) {
  for (uint16_t n : {65534, 0, 65535, 1}) {
    const RtpPacket packet = rtp(n);
    EXPECT_EQ(open(*protect(packet)), packet.whole()) << n;
  }
}

TEST_P(SessionTest, ReplaysAreRefusedAndTheWindowIsBounded) {
  std::vector<Packet> sealed;
  for (uint16_t n = 0; n < 300; ++n) sealed.push_back(*protect(rtp(n)));
  ASSERT_TRUE(open(sealed[0]));
  EXPECT_EQ(open(sealed[0]).error(), Error::Replayed);
  ASSERT_TRUE(open(sealed[299]));
  EXPECT_TRUE(open(sealed[299 - 127])) << "the oldest in the window";
  EXPECT_EQ(open(sealed[299 - 127]).error(), Error::Replayed);
  EXPECT_EQ(open(sealed[299 - 128]).error(), Error::Replayed) << "too old to know";
}

TEST_P(SessionTest, AnIndexIsNeverSentTwice) {
  ASSERT_TRUE(protect(rtp(500)));
  EXPECT_EQ(protect(rtp(500)).error(), Error::Replayed);
  EXPECT_TRUE(protect(rtp(501)));
  EXPECT_TRUE(protect(rtp(499)));
  EXPECT_TRUE(protect(rtp(501 - 127)));
  EXPECT_EQ(protect(rtp(501 - 128)).error(), Error::Replayed);
}

TEST_P(SessionTest, TamperingWithAnyByteIsFound) {
  const RtpPacket packet = make_rtp({.payload = 40, .csrcs = 2, .extension_words = 2, .extension = true}, rng_);
  const Packet sealed = *protect(packet);
  for (size_t i = 0; i < sealed.size(); ++i) {
    Packet forged = sealed;
    forged[i] ^= 1;
    const auto opened = open(forged);
    ASSERT_FALSE(opened) << i;
    EXPECT_TRUE(opened.error() == Error::BadAuth || opened.error() == Error::Malformed) << i;
  }
  for (size_t n = 0; n < sealed.size(); ++n) {
    EXPECT_FALSE(open(Packet(sealed.begin(), sealed.begin() + static_cast<long>(n)))) << n;
  }
  EXPECT_EQ(open(sealed), packet.whole()) << "no forgery has moved the window";
}

TEST_P(SessionTest, TamperingWithAnyByteOfRtcpIsFound) {
  const Packet report = make_rtcp(9, 6, rng_);
  const Packet sealed = *protect_rtcp(report);
  EXPECT_EQ(sealed.size(), report.size() + rtcp_overhead(GetParam()));
  for (size_t i = 0; i < sealed.size(); ++i) {
    Packet forged = sealed;
    forged[i] ^= 1;
    EXPECT_FALSE(open_rtcp(forged)) << i;
  }
  for (size_t n = 0; n < sealed.size(); ++n) {
    EXPECT_FALSE(open_rtcp(Packet(sealed.begin(), sealed.begin() + static_cast<long>(n)))) << n;
  }
  EXPECT_EQ(open_rtcp(sealed), report);
  EXPECT_EQ(open_rtcp(sealed).error(), Error::Replayed);
}

TEST_P(SessionTest, RtcpOfManySendersInAnyOrder) {
  std::vector<Packet> reports, sealed;
  for (uint32_t i = 0; i < 100; ++i) {
    reports.push_back(make_rtcp(i % 3, rng_.below(30), rng_));
    sealed.push_back(*protect_rtcp(reports.back()));
  }
  for (size_t i = 100; i-- > 0;) EXPECT_EQ(open_rtcp(sealed[i]), reports[i]) << i;
}

TEST_P(SessionTest, RtcpInTheClearIsRefused) {
  Packet sealed = *protect_rtcp(make_rtcp(9, 6, rng_));
  const size_t word = sealed.size() - (is_gcm(GetParam()) ? 4 : 14);
  sealed[word] &= 0x7f;
  EXPECT_EQ(open_rtcp(sealed).error(), Error::NotEncrypted);
}

TEST_P(SessionTest, WrongKey) {
  Receiver other(random_key(GetParam(), rng_));
  Packet sealed = *protect(rtp(1));
  EXPECT_EQ(other.unprotect_rtp(sealed).error(), Error::BadAuth);
  Packet report = *protect_rtcp(make_rtcp(1, 4, rng_));
  EXPECT_EQ(other.unprotect_rtcp(report).error(), Error::BadAuth);
}

TEST_P(SessionTest, MalformedPackets) {
  Packet sealed = *protect(make_rtp({.payload = 20}, rng_));
  Packet p = sealed;
  p[0] = 0x40;
  EXPECT_EQ(open(p).error(), Error::Malformed);
  p = sealed;
  p[0] = 0x8f;  // 15 CSRCs that are not there
  EXPECT_EQ(open(p).error(), Error::Malformed);
  p = sealed;
  p[0] = 0x90;  // an extension whose length is payload
  p[14] = p[15] = 0xff;
  EXPECT_EQ(open(p).error(), Error::Malformed);
  EXPECT_EQ(open(Packet(12 + tag_size(GetParam()) - 1, 0x80)).error(), Error::TooShort);
  EXPECT_EQ(open_rtcp(Packet(8 + rtcp_overhead(GetParam()) - 1, 0x80)).error(), Error::TooShort);
  EXPECT_EQ(open_rtcp(Packet(40, 0x00)).error(), Error::Malformed);
}

TEST_P(SessionTest, BadArgumentsForSending) {
  const RtpPacket packet = make_rtp({.payload = 50, .csrcs = 1}, rng_);
  Packet out(packet.whole().size() + tag_size(GetParam()) - 1);
  EXPECT_EQ(sender_.protect_rtp(packet.header, packet.payload, out).error(), Error::NoRoom);
  out.resize(200);
  EXPECT_EQ(sender_.protect_rtp(Bytes(packet.header).first(11), packet.payload, out).error(), Error::TooShort);
  EXPECT_EQ(sender_.protect_rtp(Bytes(packet.header).first(12), packet.payload, out).error(), Error::Malformed);
  EXPECT_EQ(sender_.protect_rtcp(Packet(7, 0x80), out).error(), Error::TooShort);
  out.resize(8 + rtcp_overhead(GetParam()) - 1);
  EXPECT_EQ(sender_.protect_rtcp(Packet(8, 0x80), out).error(), Error::NoRoom);
}

TEST_P(SessionTest, StreamsAreBounded) {
  for (uint32_t ssrc = 0; ssrc < StreamTable::kMaxStreams; ++ssrc) {
    ASSERT_TRUE(open(*protect(rtp(5, ssrc)))) << ssrc;
    ASSERT_TRUE(open_rtcp(*protect_rtcp(make_rtcp(ssrc, 1, rng_)))) << ssrc;
  }
  constexpr uint32_t kOneTooMany = StreamTable::kMaxStreams;
  EXPECT_EQ(protect(rtp(5, kOneTooMany)).error(), Error::TooManyStreams);
  Sender fresh(key_);
  const RtpPacket packet = rtp(5, kOneTooMany);
  Packet sealed(200);
  sealed.resize(*fresh.protect_rtp(packet.header, packet.payload, sealed));
  EXPECT_EQ(open(sealed).error(), Error::TooManyStreams);
  EXPECT_EQ(open_rtcp(*protect_rtcp(make_rtcp(kOneTooMany, 1, rng_))).error(), Error::TooManyStreams);
  EXPECT_TRUE(open(*protect(rtp(6, 17)))) << "those known go on";
}

TEST_P(SessionTest, ForgedSsrcsTakeNoPlace) {
  const Packet sealed = *protect(rtp(1));
  for (uint32_t ssrc = 100; ssrc < 100 + 2 * StreamTable::kMaxStreams; ++ssrc) {
    Packet forged = sealed;
    store_be32(&forged[8], ssrc);
    ASSERT_EQ(open(forged).error(), Error::BadAuth);
  }
  EXPECT_TRUE(open(sealed));
}

TEST_P(SessionTest, MovedContextsKeepTheirState) {
  ASSERT_TRUE(protect(rtp(1)));
  Sender moved = std::move(sender_);
  sender_ = std::move(moved);
  EXPECT_EQ(protect(rtp(1)).error(), Error::Replayed);
  EXPECT_EQ(sender_.profile(), GetParam());
}

TEST(ReplayWindow, AgainstASetOfIndices) {
  Rng rng(3);
  ReplayWindow window;
  std::vector<int64_t> marked;
  int64_t base = 0;
  for (int i = 0; i < 20'000; ++i) {
    base += static_cast<int64_t>(rng.below(4));
    if (rng.chance(0.01)) base += static_cast<int64_t>(rng.below(400));
    const int64_t index = std::max<int64_t>(0, base - static_cast<int64_t>(rng.below(150)));
    const int64_t newest = marked.empty() ? -1 : *std::max_element(marked.begin(), marked.end());
    const bool known = std::find(marked.begin(), marked.end(), index) != marked.end();
    ASSERT_EQ(window.accepts(index), index > newest || (newest - index < ReplayWindow::kSize && !known)) << i;
    if (!window.accepts(index)) continue;
    window.mark(index);
    marked.push_back(index);
    if (marked.size() > 300) marked.erase(marked.begin());
  }
}

TEST(GuessIndex, Rfc3711Section331) {
  ReplayWindow window;
  EXPECT_EQ(guess_index(window, 40000), 40000) << "the first packet has roll-over count 0";
  window.mark(10);
  EXPECT_EQ(guess_index(window, 65530), 65530) << "there is nothing before count 0";
  window.mark(0x1fff0);
  EXPECT_EQ(guess_index(window, 5), 0x20005);
  EXPECT_EQ(guess_index(window, 0xff00), 0x1ff00);
  window.mark(0x20005);
  EXPECT_EQ(guess_index(window, 0xfff1), 0x1fff1);
  EXPECT_EQ(guess_index(window, 0x7000), 0x27000);
}

TEST(StreamTable, FindsAllWhateverTheSsrcs) {
  for (uint32_t step : {1u, 0x10000u, 0x61c88647u}) {  // the last is the hash's inverse direction: adversarial
    StreamTable table;
    EXPECT_FALSE(table.find(0));
    for (uint32_t i = 0; i < StreamTable::kMaxStreams; ++i) table.insert(i * step).mark(i);
    EXPECT_TRUE(table.full());
    for (uint32_t i = 0; i < StreamTable::kMaxStreams; ++i) {
      ASSERT_TRUE(table.find(i * step));
      EXPECT_EQ(table.find(i * step)->newest(), i);
    }
    EXPECT_FALSE(table.find(0xdeadbeef));
  }
}

}  // namespace
}  // namespace parley::srtp
