#include "rtp/packet.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "base/rng.hpp"
#include "rtp/test_bytes.hpp"

namespace parley::rtp {
namespace {

ExtensionMap chrome_map() {
  ExtensionMap map;
  map.set(Extension::AudioLevel, 1);
  map.set(Extension::AbsSendTime, 2);
  map.set(Extension::TransportSequence, 3);
  map.set(Extension::Mid, 4);
  map.set(Extension::Rid, 10);
  map.set(Extension::RepairedRid, 11);
  map.set(Extension::DependencyDescriptor, 13);
  map.set(Extension::VideoOrientation, 14);
  return map;
}

ByteVector bytes(Bytes view) { return ByteVector(view.begin(), view.end()); }

// A view together with the bytes that it points into.
struct Parsed {
  ByteVector packet;
  PacketView view;
  const PacketView* operator->() const { return &view; }
};

Parsed parsed(ByteVector packet, const ExtensionMap& map = chrome_map()) {
  const auto view = PacketView::parse(packet, map);
  EXPECT_TRUE(view.has_value());
  return {std::move(packet), view.value_or(PacketView())};
}

ParseError error_of(const ByteVector& packet, PacketView::Padding padding = PacketView::Padding::Cleartext) {
  const auto view = PacketView::parse(packet, chrome_map(), padding);
  EXPECT_FALSE(view.has_value());
  return view.has_value() ? ParseError{255} : view.error();
}

const ByteVector kFixedHeader = hex("80 e0 1234 89abcdef 01020304");

// The fixed header with other first byte, an extension block of `profile` and a payload of 3 bytes.
ByteVector with_extensions(std::string_view profile, std::string_view elements, std::string_view payload = "aabbcc") {
  ByteVector block = hex(elements);
  while (block.size() % 4 != 0) block.push_back(0);
  const auto words = static_cast<uint8_t>(block.size() / 4);
  ByteVector header = kFixedHeader;
  header[0] = 0x90;
  return concat({header, hex(profile), {0, words}, block, hex(payload)});
}

TEST(PacketView, FixedHeader) {
  const ByteVector packet = concat({kFixedHeader, hex("aabbcc")});
  const Parsed view = parsed(packet);
  EXPECT_TRUE(view->marker);
  EXPECT_EQ(view->payload_type, PayloadType(96));
  EXPECT_EQ(view->sequence_number, 0x1234);
  EXPECT_EQ(view->timestamp, 0x89abcdefu);
  EXPECT_EQ(view->ssrc, Ssrc(0x01020304));
  EXPECT_EQ(view->header_size, 12u);
  EXPECT_EQ(bytes(view->payload), hex("aabbcc"));
  EXPECT_EQ(view->padding_size, 0);
  EXPECT_EQ(bytes(view->packet), packet);
}

TEST(PacketView, ContributingSourcesAreSkipped) {
  ByteVector packet = concat({kFixedHeader, ByteVector(15 * 4, 0x77), hex("aa")});
  packet[0] = 0x8f;
  const Parsed view = parsed(packet);
  EXPECT_EQ(view->header_size, 12u + 15 * 4);
  EXPECT_EQ(bytes(view->payload), hex("aa"));
}

TEST(PacketView, EmptyPayloadIsAProbe) { EXPECT_TRUE(parsed(kFixedHeader)->payload.empty()); }

TEST(PacketView, OtherVersionsAreRefused) {
  for (const uint8_t first : {0x00, 0x40, 0xc0}) {
    ByteVector packet = kFixedHeader;
    packet[0] = first;
    EXPECT_EQ(error_of(packet), ParseError::BadVersion);
  }
}

TEST(PacketView, PaddingIsCutOff) {
  ByteVector packet = concat({kFixedHeader, hex("aabbcc 000003")});
  packet[0] = 0xa0;
  const Parsed view = parsed(packet);
  EXPECT_EQ(view->padding_size, 3);
  EXPECT_EQ(bytes(view->payload), hex("aabbcc"));
}

TEST(PacketView, PaddingMayBeAllThereIs) {
  ByteVector packet = concat({kFixedHeader, ByteVector(254, 0), {255}});
  packet[0] = 0xa0;
  const Parsed view = parsed(packet);
  EXPECT_EQ(view->padding_size, 255);
  EXPECT_TRUE(view->payload.empty());
}

TEST(PacketView, PaddingThatCannotBeIsRefused) {
  for (const char* payload : {"", "00", "aabbcc00", "aabbcc05", "ff"}) {
    ByteVector packet = concat({kFixedHeader, hex(payload)});
    packet[0] = 0xa0;
    EXPECT_EQ(error_of(packet), ParseError::BadPadding) << payload;
  }
}

TEST(PacketView, PaddingOfCiphertextIsLeftAlone) {
  ByteVector packet = concat({kFixedHeader, hex("aabbcc05")});
  packet[0] = 0xa0;
  const auto view = PacketView::parse(packet, chrome_map(), PacketView::Padding::Encrypted);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->padding_size, 0);
  EXPECT_EQ(bytes(view->payload), hex("aabbcc05"));
}

TEST(PacketView, OneByteElements) {
  const ByteVector packet = with_extensions("bede", "10 8a  22 123456  31 beef  40 30  a0 68  b0 71  d2 c00001  e0 03");
  const Parsed view = parsed(packet);
  ASSERT_TRUE(view->audio_level.has_value());
  EXPECT_TRUE(view->audio_level->voice);
  EXPECT_EQ(view->audio_level->level, 10);
  EXPECT_EQ(view->abs_send_time, 0x123456u);
  EXPECT_EQ(view->transport_sequence, 0xbeef);
  EXPECT_EQ(view->mid, "0");
  EXPECT_EQ(view->rid, "h");
  EXPECT_EQ(view->repaired_rid, "q");
  EXPECT_EQ(bytes(view->dependency_descriptor), hex("c00001"));
  EXPECT_EQ(bytes(view->video_orientation), hex("03"));
  EXPECT_EQ(bytes(view->payload), hex("aabbcc"));
}

TEST(PacketView, TwoByteElements) {
  // With appbits, padding between, an element without data, and one longer than the one-byte form can hold.
  const ByteVector packet =
      with_extensions("100f", "04 03 616263  00 00  0a 00  0d 12 c0000102030405060708090a0b0c0d0e0f10  01 01 7f");
  const Parsed view = parsed(packet);
  EXPECT_EQ(view->mid, "abc");
  EXPECT_EQ(view->rid, "");
  EXPECT_EQ(view->dependency_descriptor.size(), 18u);
  ASSERT_TRUE(view->audio_level.has_value());
  EXPECT_FALSE(view->audio_level->voice);
  EXPECT_EQ(view->audio_level->level, 127);
}

TEST(PacketView, PaddingBetweenOneByteElements) {
  const Parsed view = parsed(with_extensions("bede", "00 00 40 31 00 31 0007"));
  EXPECT_EQ(view->mid, "1");
  EXPECT_EQ(view->transport_sequence, 7);
}

TEST(PacketView, UnknownIdsAreSkipped) {
  const Parsed view = parsed(with_extensions("bede", "92 ffffff 31 0007"));
  EXPECT_EQ(view->transport_sequence, 7);
}

TEST(PacketView, WrongSizesAreNotTaken) {
  // RFC 6464, abs-send-time and transport-cc have one size each.
  const Parsed view = parsed(with_extensions("bede", "11 8a00  23 12345678  30 be  40 31"));
  EXPECT_FALSE(view->audio_level.has_value());
  EXPECT_FALSE(view->abs_send_time.has_value());
  EXPECT_FALSE(view->transport_sequence.has_value());
  EXPECT_EQ(view->mid, "1");
}

TEST(PacketView, Id15EndsTheOneByteForm) {
  const Parsed view = parsed(with_extensions("bede", "31 0007 f0 00 40 31"));
  EXPECT_EQ(view->transport_sequence, 7);
  EXPECT_EQ(view->mid, "");
  EXPECT_EQ(bytes(view->payload), hex("aabbcc"));
}

TEST(PacketView, Id0WithALengthEndsTheOneByteForm) {
  const Parsed view = parsed(with_extensions("bede", "31 0007 01 0000 40 31"));
  EXPECT_EQ(view->transport_sequence, 7);
  EXPECT_EQ(view->mid, "");
}

TEST(PacketView, ElementsThatOverrunTheBlockAreNotTaken) {
  const Parsed one_byte = parsed(with_extensions("bede", "31 0007 4f 616263 64"));
  EXPECT_EQ(one_byte->transport_sequence, 7);
  EXPECT_EQ(one_byte->mid, "");
  EXPECT_EQ(bytes(one_byte->payload), hex("aabbcc"));
  const Parsed two_byte = parsed(with_extensions("1000", "03 02 0007 04 03 6162"));
  EXPECT_EQ(two_byte->transport_sequence, 7);
  EXPECT_EQ(two_byte->mid, "");
  const Parsed no_length = parsed(with_extensions("1000", "03 02 0007 000000 04"));
  EXPECT_EQ(no_length->transport_sequence, 7);
  EXPECT_EQ(no_length->mid, "");
}

TEST(PacketView, OtherProfilesAreSkippedWhole) {
  const Parsed view = parsed(with_extensions("abcd", "40 31 31 0007"));
  EXPECT_EQ(view->mid, "");
  EXPECT_FALSE(view->transport_sequence.has_value());
  EXPECT_EQ(bytes(view->payload), hex("aabbcc"));
}

TEST(PacketView, AnEmptyBlockIsAllowed) { EXPECT_EQ(parsed(with_extensions("bede", ""))->header_size, 16u); }

TEST(PacketView, ABlockThatOverrunsThePacketIsRefused) {
  ByteVector packet = with_extensions("bede", "40 31 31 0007");
  packet[15] = 3;
  EXPECT_EQ(error_of(packet), ParseError::BadExtension);
  packet[14] = packet[15] = 0xff;
  EXPECT_EQ(error_of(packet), ParseError::BadExtension);
}

TEST(PacketView, EveryCutInTheHeaderIsRefused) {
  ByteVector packet = with_extensions("bede", "40 31 31 0007", "");
  packet.insert(packet.begin() + 12, 8, 0x55);
  packet[0] = 0x92;  // two CSRCs
  const size_t header = parsed(packet)->header_size;
  ASSERT_EQ(header, packet.size());
  for (size_t size = 0; size < header; ++size) {
    const ParseError expected = size < 20 ? ParseError::TooShort : ParseError::BadExtension;
    EXPECT_EQ(error_of(prefix(packet, size)), expected) << size;
  }
}

TEST(PacketView, RtpAndRtcpAreToldApart) {
  EXPECT_TRUE(is_rtp_or_rtcp(hex("80 60")));
  EXPECT_TRUE(is_rtp_or_rtcp(hex("bf 60")));
  EXPECT_FALSE(is_rtp_or_rtcp(hex("80")));
  EXPECT_FALSE(is_rtp_or_rtcp(hex("00 01")));
  EXPECT_FALSE(is_rtp_or_rtcp(hex("16 fe")));
  EXPECT_TRUE(is_rtcp(hex("80 c8")));
  EXPECT_TRUE(is_rtcp(hex("81 ce")));
  EXPECT_FALSE(is_rtcp(hex("80 60")));
  EXPECT_FALSE(is_rtcp(hex("80 e0"))) << "payload type 96 with the marker";
}

const HeaderWriter::Fields kFields{true, PayloadType(96), 0x1234, 0x89abcdef, Ssrc(0x01020304)};

ByteVector finished(const HeaderWriter& writer) {
  ByteVector out(HeaderWriter::kMaxSize);
  out.resize(writer.finish(out));
  return out;
}

TEST(HeaderWriter, WithoutExtensions) { EXPECT_EQ(finished(HeaderWriter(kFields)), kFixedHeader); }

TEST(HeaderWriter, OneByteFormAndItsPadding) {
  HeaderWriter writer(kFields);
  writer.add(4, "0");
  writer.add_u16(3, 0xbeef);
  writer.add_u24(2, 0x123456);
  writer.add_u8(1, 0x8a);
  EXPECT_EQ(finished(writer), with_extensions("bede", "40 30 31 beef 22 123456 10 8a", ""));
}

TEST(HeaderWriter, TwoByteFormForAHighId) {
  HeaderWriter writer(kFields);
  writer.add(15, "a");
  writer.add_u16(3, 7);
  EXPECT_EQ(finished(writer), with_extensions("1000", "0f 01 61 03 02 0007", ""));
}

TEST(HeaderWriter, TwoByteFormForALongElement) {
  HeaderWriter writer(kFields);
  writer.add(14, ByteVector(16, 0x11));
  EXPECT_EQ(finished(writer)[12], 0xbe) << "16 bytes still fit the one-byte form";
  writer.add(13, ByteVector(17, 0x22));
  EXPECT_EQ(finished(writer)[12], 0x10);
  EXPECT_EQ(finished(writer).size(), 12u + 4 + 18 + 19 + 3);
}

TEST(HeaderWriter, WhatCannotBeWrittenIsLeftOut) {
  HeaderWriter writer(kFields);
  writer.add(0, "a");
  writer.add(4, "");
  writer.add(4, ByteVector(HeaderWriter::kMaxData + 1));
  EXPECT_EQ(finished(writer), kFixedHeader);
}

TEST(HeaderWriter, AFullBlockTakesNoMore) {
  HeaderWriter data(kFields);
  data.add(13, ByteVector(HeaderWriter::kMaxData - 1, 1));
  data.add_u16(3, 7);
  data.add_u8(4, 9);
  ExtensionMap map = chrome_map();
  const ByteVector header = finished(data);
  const Parsed view = parsed(header, map);
  EXPECT_EQ(view->dependency_descriptor.size(), HeaderWriter::kMaxData - 1);
  EXPECT_FALSE(view->transport_sequence.has_value());
  EXPECT_EQ(view->mid.size(), 1u) << "what still fits is taken";

  HeaderWriter count(kFields);
  for (size_t i = 0; i < HeaderWriter::kMaxElements; ++i) count.add_u8(200, 1);
  const size_t full = finished(count).size();
  count.add_u8(200, 1);
  EXPECT_EQ(finished(count).size(), full);
}

TEST(HeaderWriter, LargestHeaderHasTheStatedSize) {
  HeaderWriter writer(kFields);
  for (size_t i = 0; i + 1 < HeaderWriter::kMaxElements; ++i) writer.add_u8(200, 1);
  writer.add(13, ByteVector(HeaderWriter::kMaxData - (HeaderWriter::kMaxElements - 1), 1));
  EXPECT_EQ(finished(writer).size(), HeaderWriter::kMaxSize);
}

// Whatever a writer is given, a reader gets back.
TEST(HeaderWriter, RoundTripsOfRandomHeaders) {
  Rng rng(7);
  for (int round = 0; round < 2000; ++round) {
    const uint8_t high = rng.chance(0.5) ? 0 : 100;  // ids of the two-byte form
    ExtensionMap map;
    map.set(Extension::Mid, static_cast<uint8_t>(high + 1));
    map.set(Extension::Rid, static_cast<uint8_t>(high + 2));
    map.set(Extension::TransportSequence, static_cast<uint8_t>(high + 3));
    map.set(Extension::AbsSendTime, static_cast<uint8_t>(high + 4));
    map.set(Extension::DependencyDescriptor, static_cast<uint8_t>(high + 5));
    map.set(Extension::AudioLevel, static_cast<uint8_t>(high + 6));
    const HeaderWriter::Fields fields{rng.chance(0.5), PayloadType(static_cast<uint8_t>(rng.below(128))), rng.u16(),
                                      rng.u32(), Ssrc(rng.u32())};
    const std::string mid = rng.text(rng.below(17));
    const std::string rid = rng.text(rng.below(17));
    ByteVector descriptor(rng.below(100));
    rng.fill(descriptor);
    const uint16_t sequence = rng.u16();
    const uint32_t send_time = rng.u32() & 0xffffff;
    HeaderWriter writer(fields);
    writer.add(map.id(Extension::Mid), mid);
    writer.add(map.id(Extension::Rid), rid);
    writer.add_u16(map.id(Extension::TransportSequence), sequence);
    writer.add_u24(map.id(Extension::AbsSendTime), send_time);
    writer.add(map.id(Extension::DependencyDescriptor), Bytes(descriptor));
    writer.add_u8(map.id(Extension::AudioLevel), 0x85);
    const ByteVector packet = concat({finished(writer), hex("aabb")});

    const Parsed view = parsed(packet, map);
    EXPECT_EQ(view->marker, fields.marker);
    EXPECT_EQ(view->payload_type, fields.payload_type);
    EXPECT_EQ(view->sequence_number, fields.sequence_number);
    EXPECT_EQ(view->timestamp, fields.timestamp);
    EXPECT_EQ(view->ssrc, fields.ssrc);
    EXPECT_EQ(view->mid, mid);
    EXPECT_EQ(view->rid, rid);
    EXPECT_EQ(view->transport_sequence, sequence);
    EXPECT_EQ(view->abs_send_time, send_time);
    EXPECT_EQ(bytes(view->dependency_descriptor), descriptor);
    EXPECT_EQ(view->audio_level.value_or(AudioLevel()).level, 5);
    EXPECT_EQ(bytes(view->payload), hex("aabb"));
  }
}

TEST(PacketView, RandomBytesNeverCrash) {
  Rng rng(11);
  size_t accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    ByteVector packet(rng.below(60));
    rng.fill(packet);
    if (!packet.empty()) packet[0] = static_cast<uint8_t>(0x80 | (packet[0] & 0x3f));
    if (packet.size() > 14 && rng.chance(0.5)) packet[12] = 0xbe, packet[13] = 0xde, packet[14] = 0;
    const auto view = PacketView::parse(packet, chrome_map());
    accepted += view.has_value();
    if (view) {
      ASSERT_EQ(view->header_size + view->payload.size() + view->padding_size, packet.size());
    }
  }
  EXPECT_GT(accepted, 1000u) << "the generator must reach the insides of the parser";
}

}  // namespace
}  // namespace parley::rtp
