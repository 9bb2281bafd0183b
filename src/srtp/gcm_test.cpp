#include "srtp/gcm.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.hpp"
#include "srtp/hex.hpp"

namespace parley::srtp {
namespace {

using Packet = std::vector<uint8_t>;

struct Implementation {
  const char* name;
  std::unique_ptr<Gcm> (*create)(Bytes key, Gcm::Use use);
};

class GcmTest : public testing::TestWithParam<Implementation> {
 protected:
  std::unique_ptr<Gcm> create(Bytes key, Gcm::Use use) {
    auto made = GetParam().create(key, use);
    if (!made) skipped_ = true;
    return made;
  }
  bool skipped_ = false;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 4 (128 bits) and 16 (256 bits).
struct Vector {
  const char* key;
  const char* cipher;
  const char* tag;
};
constexpr Vector kVectors[] = {
    {"feffe9928665731c6d6a8f9467308308",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST_P(GcmTest, PublishedVectors) {
  const Packet nonce = from_hex("cafebabefacedbaddecaf888");
  const Packet clear = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const Packet plain = from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  for (const Vector& v : kVectors) {
    const auto sealer = create(from_hex(v.key), Gcm::Use::Seal);
    const auto opener = create(from_hex(v.key), Gcm::Use::Open);
    if (skipped_) GTEST_SKIP() << "not on this machine";
    Packet cipher(plain.size()), tag(Gcm::kTagSize);
    sealer->seal(nonce.data(), clear, plain, cipher.data(), tag.data());
    EXPECT_EQ(cipher, from_hex(v.cipher));
    EXPECT_EQ(tag, from_hex(v.tag));
    EXPECT_TRUE(opener->open(nonce.data(), clear, cipher, tag.data()));
    EXPECT_EQ(cipher, plain);
  }
}

TEST_P(GcmTest, EveryChangedBitIsNoticed) {
  const Packet key(16, 7), nonce(12, 3), clear(20, 1), plain(33, 9);
  const auto sealer = create(key, Gcm::Use::Seal);
  const auto opener = create(key, Gcm::Use::Open);
  if (skipped_) GTEST_SKIP() << "not on this machine";
  Packet whole = clear;  // clear, cipher, tag
  whole.resize(clear.size() + plain.size() + Gcm::kTagSize);
  uint8_t* cipher = whole.data() + clear.size();
  sealer->seal(nonce.data(), clear, plain, cipher, cipher + plain.size());
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Packet changed = whole;
    changed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const MutableBytes all(changed);
    const MutableBytes data = all.subspan(clear.size(), plain.size());
    EXPECT_FALSE(opener->open(nonce.data(), all.first(clear.size()), data, &all[clear.size() + plain.size()])) << bit;
  }
}

// Against EVP: every size up to some blocks of the widest kernel and those of packets, apart and in place.
TEST_P(GcmTest, EqualsEvp) {
  Rng rng(5);
  for (const size_t key_size : {size_t{16}, size_t{32}}) {
    Packet key(key_size);
    rng.fill(key);
    const auto sealer = create(key, Gcm::Use::Seal);
    const auto opener = create(key, Gcm::Use::Open);
    if (skipped_) GTEST_SKIP() << "not on this machine";
    const auto reference = Gcm::create_evp(key, Gcm::Use::Seal);
    for (size_t size = 0; size <= 1500; size += size < 600 ? 1 : 37) {
      Packet nonce(12), clear(rng.below(90)), plain(size);
      rng.fill(nonce);
      rng.fill(clear);
      rng.fill(plain);
      Packet expected(size), expected_tag(16), apart(size), tag(16), in_place = plain, tag_in_place(16);
      reference->seal(nonce.data(), clear, plain, expected.data(), expected_tag.data());
      sealer->seal(nonce.data(), clear, plain, apart.data(), tag.data());
      sealer->seal(nonce.data(), clear, in_place, in_place.data(), tag_in_place.data());
      ASSERT_EQ(apart, expected) << size;
      ASSERT_EQ(in_place, expected) << size;
      ASSERT_EQ(tag, expected_tag) << size;
      ASSERT_EQ(tag_in_place, expected_tag) << size;
      ASSERT_TRUE(opener->open(nonce.data(), clear, apart, tag.data())) << size;
      ASSERT_EQ(apart, plain) << size;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Both, GcmTest,
                         testing::Values(Implementation{"evp", Gcm::create_evp},
                                         Implementation{"ipsec_mb",
                                                        [](Bytes key, Gcm::Use) { return Gcm::create_ipsec_mb(key); }}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace parley::srtp
