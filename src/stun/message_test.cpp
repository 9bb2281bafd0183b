#include "stun/message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.hpp"
#include "stun/attribute.hpp"
#include "stun/crc32.hpp"

namespace parley::stun {
namespace {

using Packet = std::vector<uint8_t>;

Packet from_hex(std::string_view text) {
  Packet out;
  std::string digits;
  for (char c : text) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    out.push_back(static_cast<uint8_t>(std::stoi(digits, nullptr, 16)));
    digits.clear();
  }
  return out;
}

// RFC 5769 section 2: all four, with the password "VOkJxbRl1RmTxUk/WvJxBt" (the fourth: a long-term key).
const char kPassword[] = "VOkJxbRl1RmTxUk/WvJxBt";
const Packet kRequest = from_hex(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff"
    "80290008932ff9b151263b36"
    "00060009 6576746a3a68367659202020"
    "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf");
const Packet kResponseV4 = from_hex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000080001a147e112a643"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96");
const Packet kResponseV6 = from_hex(
    "010100482112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004c8fb0b4c");
const Packet kLongTerm = from_hex(
    "000100602112a44278ad3433c6ad72c029da412e"
    "00060012e3839ee38388e383aae38383e382afe382b90000"
    "0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341"
    "0014000b6578616d706c652e6f726700"
    "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666");

TEST(StunMessage, Rfc5769Request) {
  const auto m = MessageView::parse(kRequest);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->message_class, Class::Request);
  EXPECT_EQ(m->method, kBinding);
  EXPECT_EQ(m->software, "STUN test client");
  EXPECT_EQ(m->priority, 0x6e0001ffu);
  EXPECT_EQ(m->ice_controlled, 0x932ff9b151263b36u);
  EXPECT_FALSE(m->ice_controlling);
  EXPECT_EQ(m->username, "evtj:h6vY");
  EXPECT_TRUE(m->has_fingerprint);
  EXPECT_TRUE(m->verify(IntegrityKey(as_bytes(kPassword))));
  EXPECT_FALSE(m->verify(IntegrityKey(as_bytes("VOkJxbRl1RmTxUk/WvJxBu"))));
}

TEST(StunMessage, Rfc5769Responses) {
  const auto four = MessageView::parse(kResponseV4);
  ASSERT_TRUE(four);
  EXPECT_EQ(four->message_class, Class::Success);
  EXPECT_EQ(four->xor_mapped_address->to_string(), "192.0.2.1:32853");
  EXPECT_TRUE(four->verify(IntegrityKey(as_bytes(kPassword))));

  const auto six = MessageView::parse(kResponseV6);
  ASSERT_TRUE(six);
  EXPECT_EQ(six->xor_mapped_address->to_string(), "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
  EXPECT_TRUE(six->verify(IntegrityKey(as_bytes(kPassword))));
}

TEST(StunMessage, Rfc5769LongTerm) {
  const auto m = MessageView::parse(kLongTerm);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->username->size(), 18u);
  EXPECT_FALSE(m->has_fingerprint);
  EXPECT_TRUE(m->not_understood.empty()) << "REALM and NONCE are known";
  // MD5 of "<username>:example.org:TheMatrIX" (RFC 8489 section 9.2.2).
  EXPECT_TRUE(m->verify(IntegrityKey(from_hex("e8ca7ad59d5eb0518e312911d2dab2a9"))));
}

Packet finish(Writer& writer, const std::array<uint8_t, Writer::kMaxSize>& buffer) {
  const auto size = writer.finish();
  EXPECT_TRUE(size);
  return Packet(buffer.begin(), buffer.begin() + static_cast<long>(size.value_or(0)));
}

const TransactionId kTransaction = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
const IntegrityKey kKey(as_bytes("a password of ICE size"));

TEST(StunWriter, RequestRoundTrip) {
  std::array<uint8_t, Writer::kMaxSize> buffer;
  Writer w(buffer, Class::Request, kBinding, kTransaction);
  w.username("local:remote");
  w.priority(0x7e7f00ff);
  w.ice_controlling(0x0123456789abcdef);
  w.use_candidate();
  w.software("parley");
  w.integrity(kKey);
  const Packet packet = finish(w, buffer);
  const auto m = MessageView::parse(packet);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->message_class, Class::Request);
  EXPECT_EQ(m->transaction, kTransaction);
  EXPECT_EQ(m->username, "local:remote");
  EXPECT_EQ(m->priority, 0x7e7f00ffu);
  EXPECT_EQ(m->ice_controlling, 0x0123456789abcdefu);
  EXPECT_TRUE(m->use_candidate);
  EXPECT_EQ(m->software, "parley");
  EXPECT_TRUE(m->has_fingerprint);
  EXPECT_TRUE(m->verify(kKey));
}

TEST(StunWriter, AddressesRoundTrip) {
  for (const char* text : {"192.0.2.33", "255.255.255.255", "2001:db8::1", "::"}) {
    std::array<uint8_t, Writer::kMaxSize> buffer;
    Writer w(buffer, Class::Success, kBinding, kTransaction);
    const SocketAddress address{*IpAddress::parse(text), 0xbeef};
    w.xor_mapped_address(address);
    const Packet packet = finish(w, buffer);
    const auto m = MessageView::parse(packet);
    ASSERT_TRUE(m) << text;
    EXPECT_EQ(m->message_class, Class::Success);
    EXPECT_EQ(m->xor_mapped_address, address);
  }
}

TEST(StunWriter, ErrorsRoundTrip) {
  std::array<uint8_t, Writer::kMaxSize> buffer;
  Writer w(buffer, Class::Error, kBinding, kTransaction);
  const std::array<uint16_t, 3> types = {0x0003, 0x7fff, 0x0026};
  w.error({420, "Unknown Attribute"});
  w.unknown_attributes(types);
  w.ice_controlled(7);
  w.integrity(kKey);
  const Packet packet = finish(w, buffer);
  const auto m = MessageView::parse(packet);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->message_class, Class::Error);
  ASSERT_TRUE(m->error);
  EXPECT_EQ(m->error->code, 420);
  EXPECT_EQ(m->error->reason, "Unknown Attribute");
  ASSERT_EQ(m->unknown_attributes.size(), 3u);
  EXPECT_EQ(m->unknown_attributes[1], 0x7fff);
  EXPECT_EQ(m->ice_controlled, 7u);
  EXPECT_TRUE(m->verify(kKey));
}

TEST(StunWriter, EveryClassAndMethodBit) {
  for (Class c : {Class::Request, Class::Indication, Class::Success, Class::Error}) {
    // Methods from 0x100 on would have a first byte that RFC 7983 gives to other protocols.
    for (uint16_t method = 1; method < 0x100; method = static_cast<uint16_t>(method << 1)) {
      std::array<uint8_t, Writer::kMaxSize> buffer;
      Writer w(buffer, c, method, kTransaction);
      const Packet packet = finish(w, buffer);
      const auto m = MessageView::parse(packet);
      ASSERT_TRUE(m);
      EXPECT_EQ(m->message_class, c);
      EXPECT_EQ(m->method, method);
    }
  }
  std::array<uint8_t, Writer::kMaxSize> buffer;
  Writer error(buffer, Class::Error, kBinding, kTransaction);
  EXPECT_EQ(load_be16(finish(error, buffer).data()), 0x0111) << "as every tool shows a Binding error response";
}

TEST(StunWriter, SmallBuffersFail) {
  std::array<uint8_t, Writer::kMaxSize> whole;
  const auto write = [](MutableBytes buffer) {
    Writer w(buffer, Class::Request, kBinding, kTransaction);
    w.username("local:remote");
    w.integrity(kKey);
    return w.finish();
  };
  const size_t size = *write(whole);
  for (size_t n = 0; n < size; ++n) EXPECT_FALSE(write(MutableBytes(whole).first(n))) << n;
  EXPECT_EQ(write(MutableBytes(whole).first(size)), size);
}

TEST(StunWriter, LargestUsernameFits) {
  std::array<uint8_t, Writer::kMaxSize> buffer;
  Writer w(buffer, Class::Request, kBinding, kTransaction);
  w.username(std::string(513, 'u'));
  w.priority(1);
  w.ice_controlling(1);
  w.use_candidate();
  w.integrity(kKey);
  const Packet packet = finish(w, buffer);
  EXPECT_EQ(MessageView::parse(packet)->username->size(), 513u);
}

// A header, the attribute bytes given, and a length that fits.
Packet message_of(std::string_view attributes_hex) {
  Packet packet = from_hex("000100002112a4420102030405060708090a0b0c");
  const Packet attributes = from_hex(attributes_hex);
  packet.insert(packet.end(), attributes.begin(), attributes.end());
  store_be16(&packet[2], static_cast<uint16_t>(attributes.size()));
  return packet;
}

TEST(StunMessage, MalformedAttributes) {
  for (const char* attributes : {
           "00240003010203 00",                          // PRIORITY of 3 bytes
           "00250004 00000000",                          // USE-CANDIDATE with a value
           "802a0004 00000000",                          // ICE-CONTROLLING of 4 bytes
           "80290000",                                   // ICE-CONTROLLED of none
           "00200008 0003a147e112a643",                  // XOR-MAPPED-ADDRESS of family 3
           "00200008 0002a147e112a643",                  // IPv6 with an IPv4 size
           "00200004 00010000",                          // no address
           "00090004 00000263",                          // ERROR-CODE 299
           "00090004 00000464",                          // error number 100
           "00090002 00000000",                          // too short
           "000a0003 00010200",                          // UNKNOWN-ATTRIBUTES of odd size
           "00080010 000102030405060708090a0b0c0d0e0f",  // MESSAGE-INTEGRITY of 16 bytes
           "00060008 61626364",                          // overruns the message
           "0006",                                       // no whole header: and not a multiple of 4
       }) {
    const auto m = MessageView::parse(message_of(attributes));
    ASSERT_FALSE(m) << attributes;
    EXPECT_TRUE(m.error() == ParseError::BadAttribute || m.error() == ParseError::BadLength) << attributes;
  }
}

TEST(StunMessage, UnknownRequiredAttributesAreListedUpToTheLimit) {
  std::string many;
  for (int i = 0; i < 12; ++i) many += "7f0" + std::string(1, "0123456789ab"[i]) + "0000";
  const Packet packet = message_of(many + "c0570000");
  const auto m = MessageView::parse(packet);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->not_understood.size(), MessageView::kMaxUnknown);
  EXPECT_EQ(m->not_understood[0], 0x7f00);
}

TEST(StunMessage, FirstOfRepeatedAttributesCounts) {
  const Packet packet = message_of("00240004 00000001 00240004 00000002 00060001 61000000 00060001 62000000");
  const auto m = MessageView::parse(packet);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->priority, 1u);
  EXPECT_EQ(m->username, "a");
}

TEST(StunMessage, AttributesBehindTheIntegrityAreIgnored) {
  const Packet packet = message_of("00080014 0000000000000000000000000000000000000000 00250000 00240004 00000001");
  const auto m = MessageView::parse(packet);
  ASSERT_TRUE(m);
  EXPECT_FALSE(m->use_candidate);
  EXPECT_FALSE(m->priority);
  EXPECT_FALSE(m->verify(kKey));
}

TEST(StunMessage, NoIntegrityNeverVerifies) {
  const Packet packet = message_of("00060001 61000000");
  EXPECT_FALSE(MessageView::parse(packet)->verify(kKey));
}

TEST(StunMessage, FingerprintMustBeLastAndRight) {
  Packet trailing = kRequest;
  for (uint8_t b : {0x80, 0x22, 0x00, 0x00}) trailing.push_back(static_cast<uint8_t>(b));
  store_be16(&trailing[2], static_cast<uint16_t>(trailing.size() - kHeaderSize));
  EXPECT_EQ(MessageView::parse(trailing).error(), ParseError::BadFingerprint);
}

TEST(StunMessage, EveryFlippedBitOfASignedMessageIsFound) {
  const IntegrityKey key(as_bytes(kPassword));
  for (size_t bit = 0; bit < kRequest.size() * 8; ++bit) {
    Packet packet = kRequest;
    packet[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const auto damaged = MessageView::parse(packet);
    EXPECT_FALSE(damaged && damaged->has_fingerprint) << bit;
    // With a fingerprint that fits again, only the integrity can tell.
    if (bit >= (kRequest.size() - 32) * 8) continue;
    store_be32(&packet[packet.size() - 4], crc32(Bytes(packet).first(packet.size() - 8)) ^ kFingerprintXor);
    const auto m = MessageView::parse(packet);
    EXPECT_FALSE(m && m->verify(key)) << bit;
  }
}

TEST(StunMessage, TruncationsAndOtherProtocols) {
  for (size_t n = 0; n < kRequest.size(); ++n) EXPECT_FALSE(MessageView::parse(Bytes(kRequest).first(n))) << n;
  EXPECT_FALSE(is_stun(from_hex("80c8000621 12a442")));
  EXPECT_TRUE(is_stun(kRequest));
  Packet no_cookie = kRequest;
  no_cookie[4] ^= 1;
  EXPECT_EQ(MessageView::parse(no_cookie).error(), ParseError::NotStun);
}

TEST(StunMessage, RandomBytesBehindAHeaderNeverConfuse) {
  Rng rng(1);
  size_t parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    Packet packet = message_of("");
    const size_t words = rng.below(12);
    for (size_t n = 0; n < words * 4; ++n) packet.push_back(static_cast<uint8_t>(rng.below(n % 4 == 0 ? 1 : 12)));
    store_be16(&packet[2], static_cast<uint16_t>(words * 4));
    const auto m = MessageView::parse(packet);
    if (!m) continue;
    ++parsed;
    EXPECT_FALSE(m->verify(kKey));
  }
  EXPECT_GT(parsed, 1000u);
}

}  // namespace
}  // namespace parley::stun
