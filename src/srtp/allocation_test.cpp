// No packet may allocate: neither by operator new nor, underneath, by OpenSSL.
#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include "base/counted_allocations.hpp"
#include "srtp/receiver.hpp"
#include "srtp/sender.hpp"
#include "srtp/test_packets.hpp"

namespace {

using parley::allocations;

void* count_malloc(size_t size, const char*, int) {
  ++allocations;
  return std::malloc(size);
}
void* count_realloc(void* p, size_t size, const char*, int) {
  ++allocations;
  return std::realloc(p, size);
}
void plain_free(void* p, const char*, int) { std::free(p); }

// Before anything of OpenSSL allocates, which is too late for main.
const int counts_openssl = CRYPTO_set_mem_functions(count_malloc, count_realloc, plain_free);

}  // namespace

namespace parley::srtp {
namespace {

TEST(Allocation, NonePerPacket) {
  ASSERT_EQ(counts_openssl, 1);
  for (Profile profile : kProfiles) {
    Rng rng(1);
    const MasterKey key = random_key(profile, rng);
    const size_t before_setup = allocations;
    Sender sender(key);
    Receiver receiver(key);
    EXPECT_GT(allocations, before_setup) << "the counter counts";

    RtpPacket packet = make_rtp({.payload = 1100, .extension_words = 2, .extension = true}, rng);
    const Packet report = make_rtcp(3, 20, rng);
    Packet out(2000);
    const auto round = [&](uint16_t n) {
      store_be16(&packet.header[2], n);
      const auto rtp = sender.protect_rtp(packet.header, packet.payload, out);
      const bool opened = rtp && receiver.unprotect_rtp(MutableBytes(out).first(*rtp));
      const auto rtcp = sender.protect_rtcp(report, out);
      return opened && rtcp && receiver.unprotect_rtcp(MutableBytes(out).first(*rtcp));
    };
    ASSERT_TRUE(round(0));  // makes the streams' state
    const size_t before = allocations;
    size_t good = 0;
    for (uint16_t n = 1; n <= 1000; ++n) good += round(n);
    size_t refused = 0;
    for (uint16_t n = 0; n < 1000; ++n) {  // forgeries, each of a new SSRC
      store_be32(&packet.header[8], n + 10u);
      std::copy(packet.header.begin(), packet.header.end(), out.begin());
      refused += !receiver.unprotect_rtp(MutableBytes(out).first(500));
    }
    EXPECT_EQ(allocations - before, 0u) << static_cast<int>(profile);
    EXPECT_EQ(good, 1000u);
    EXPECT_EQ(refused, 1000u);
  }
}

}  // namespace
}  // namespace parley::srtp
