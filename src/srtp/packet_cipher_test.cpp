#include "srtp/packet_cipher.hpp"

#include <gtest/gtest.h>

#include <string>

#include "srtp/hex.hpp"

namespace parley::srtp {
namespace {

using Packet = std::vector<uint8_t>;

// --- RFC 3711 appendix B.3 -----------------------------------------------------------------------------------------

MasterKey rfc3711_master() {
  MasterKey master{.profile = Profile::Aes128CmSha1_80};
  assign(master.key, "E1F97A0D3E018BE0D64FA32C06DE4139");
  assign(master.salt, "0EC675AD498AFEEBB6960B3AABE6");
  return master;
}

TEST(KeyDerivation, Rfc3711B3) {
  Packet key(16), salt(14), authentication(94);
  derive(rfc3711_master(), 0, key);
  derive(rfc3711_master(), 1, authentication);
  derive(rfc3711_master(), 2, salt);
  EXPECT_EQ(key, from_hex("C61E7A93744F39EE10734AFE3FF7A087"));
  EXPECT_EQ(salt, from_hex("30CBBC08863D8C85D49DB34A9AE1"));
  EXPECT_EQ(authentication, from_hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"
                                     "8F0A0ACF3C34E2359E6CDBCEE049646C43D9327A"
                                     "D175578EF72270986371C10C9A369AC2F94A8C5F"
                                     "BCDDDC256D6E919A48B610EF17C2041E47403576"
                                     "6B68642C59BBFC2F34DB60DBDFB2"));
}

TEST(KeyDerivation, RtcpLabelsDiffer) {
  const SessionKey rtp(rfc3711_master(), Stream::Rtp);
  const SessionKey rtcp(rfc3711_master(), Stream::Rtcp);
  EXPECT_FALSE(std::equal(rtp.encryption.begin(), rtp.encryption.end(), rtcp.encryption.begin()));
  EXPECT_FALSE(std::equal(rtp.authentication.begin(), rtp.authentication.end(), rtcp.authentication.begin()));
  EXPECT_FALSE(std::equal(rtp.salt.begin(), rtp.salt.end(), rtcp.salt.begin()));
  Packet expected(16);
  derive(rfc3711_master(), 3, expected);
  EXPECT_TRUE(std::equal(rtcp.encryption.begin(), rtcp.encryption.end(), expected.begin(), expected.end()));
}

// --- RFC 3711 appendix B.2: the key stream at SSRC 0, index 0, read off a text of zeros
// -------------------------------

TEST(CounterMode, Rfc3711B2) {
  SessionKey key;
  assign(key.encryption, "2B7E151628AED2A6ABF7158809CF4F3C");
  assign(key.salt, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
  assign(key.authentication, "00");
  PacketCipher cipher(Profile::Aes128CmSha1_80, key, PacketCipher::Use::Seal);
  Packet text(0xff02 * 16);
  Packet tag(10);
  cipher.seal({}, {}, text, text.data(), tag.data());
  const auto block = [&](size_t counter) {
    return Packet(text.begin() + static_cast<long>(counter * 16), text.begin() + static_cast<long>(counter * 16 + 16));
  };
  EXPECT_EQ(block(0), from_hex("E03EAD0935C95E80E166B16DD92B4EB4"));
  EXPECT_EQ(block(1), from_hex("D23513162B02D0F72A43A2FE4A5F97AB"));
  EXPECT_EQ(block(2), from_hex("41E95B3BB0A2E8DD477901E4FCA894C0"));
  EXPECT_EQ(block(0xfeff), from_hex("EC8CDF7398607CB0F2D21675EA9EA1E4"));
  EXPECT_EQ(block(0xff00), from_hex("362B7C3C6773516318A077D7FC5073AE"));
  EXPECT_EQ(block(0xff01), from_hex("6A2CC3787889374FBEB4C81B17BA6C44"));
}

// --- RFC 7714 sections 16 and 17: session keys given, no derivation
// ----------------------------------------------------

void set_gcm_key(Profile profile, SessionKey& key) {
  const std::string all = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  assign(key.encryption, all.substr(0, 2 * key_size(profile)));
  assign(key.salt, "517569642070726f2071756f");
}

const Packet kRtpHeader = from_hex("8040f17b 8041f8d3 5501a0b2");
const Packet kRtpPayload =
    from_hex("47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573");
const PacketCipher::Position kRtpPosition = {0x5501a0b2, 0xf17b};

const Packet kRtcpHeader = from_hex("81c8000d 4d617273");
const Packet kRtcpBody =
    from_hex("4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef");
const Packet kRtcpWord = from_hex("800005d4");
const PacketCipher::Position kRtcpPosition = {0x4d617273, 0x5d4};

struct GcmVector {
  Profile profile;
  const Packet& header;
  const Packet trailer;
  const Packet& text;
  PacketCipher::Position position;
  Packet sealed;  // and the tag
};

std::vector<GcmVector> gcm_vectors() {
  return {
      {Profile::AeadAes128Gcm,
       kRtpHeader,
       {},
       kRtpPayload,
       kRtpPosition,
       from_hex("f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833"
                "899d7f27 beb16a91 52cf765e e4390cce")},
      {Profile::AeadAes256Gcm,
       kRtpHeader,
       {},
       kRtpPayload,
       kRtpPosition,
       from_hex("32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b"
                "7aa3db36 dfffd6b0 f9bb7878 d7a76c13")},
      {Profile::AeadAes128Gcm, kRtcpHeader, kRtcpWord, kRtcpBody, kRtcpPosition,
       from_hex("63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded"
                "0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade")},
      {Profile::AeadAes256Gcm, kRtcpHeader, kRtcpWord, kRtcpBody, kRtcpPosition,
       from_hex("d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047"
                "6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be")},
  };
}

TEST(Gcm, Rfc7714Seal) {
  for (const GcmVector& v : gcm_vectors()) {
    SessionKey key;
    set_gcm_key(v.profile, key);
    PacketCipher cipher(v.profile, key, PacketCipher::Use::Seal);
    for (int repeat = 0; repeat < 2; ++repeat) {
      Packet out(v.text.size() + 16);
      cipher.seal(v.position, {v.header, v.trailer}, v.text, out.data(), out.data() + v.text.size());
      EXPECT_EQ(out, v.sealed);
    }
  }
}

TEST(Gcm, Rfc7714Open) {
  for (const GcmVector& v : gcm_vectors()) {
    SessionKey key;
    set_gcm_key(v.profile, key);
    PacketCipher cipher(v.profile, key, PacketCipher::Use::Open);
    Packet data(v.sealed.begin(), v.sealed.begin() + static_cast<long>(v.text.size()));
    EXPECT_TRUE(cipher.open(v.position, {v.header, v.trailer}, data, Bytes(v.sealed).last(16)));
    EXPECT_EQ(data, v.text);
  }
}

}  // namespace
}  // namespace parley::srtp
