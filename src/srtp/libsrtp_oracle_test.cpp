// libsrtp2 as the oracle: what either side protects, the other opens to the same bytes.
#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <string>

#include "srtp/receiver.hpp"
#include "srtp/sender.hpp"
#include "srtp/test_packets.hpp"

namespace parley::srtp {
namespace {

class Libsrtp {
 public:
  Libsrtp(const MasterKey& key, srtp_ssrc_type_t direction) {
    static const srtp_err_status_t initialised = srtp_init();
    EXPECT_EQ(initialised, srtp_err_status_ok);
    srtp_policy_t policy{};
    switch (key.profile) {
      case Profile::Aes128CmSha1_80:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
        break;
      case Profile::AeadAes128Gcm:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
        break;
      case Profile::AeadAes256Gcm:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
        break;
    }
    Packet joined(key.key.begin(), key.key.end());
    joined.insert(joined.end(), key.salt.begin(), key.salt.end());
    policy.key = joined.data();
    policy.ssrc.type = direction;
    policy.window_size = 1024;
    EXPECT_EQ(srtp_create(&session_, &policy), srtp_err_status_ok);
  }
  ~Libsrtp() { srtp_dealloc(session_); }
  Libsrtp(const Libsrtp&) = delete;

  Packet protect(Packet packet) { return apply(srtp_protect, packet); }
  Packet unprotect(Packet packet) { return apply(srtp_unprotect, packet); }
  Packet protect_rtcp(Packet packet) { return apply(srtp_protect_rtcp, packet); }
  Packet unprotect_rtcp(Packet packet) { return apply(srtp_unprotect_rtcp, packet); }

 private:
  // An empty packet if libsrtp refuses.
  template <typename Function>
  Packet apply(Function function, Packet& packet) {
    int size = static_cast<int>(packet.size());
    packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN + 4);
    const srtp_err_status_t status = function(session_, packet.data(), &size);
    packet.resize(status == srtp_err_status_ok ? static_cast<size_t>(size) : 0);
    return packet;
  }
  srtp_t session_ = nullptr;
};

class LibsrtpOracle : public testing::TestWithParam<Profile> {
 protected:
  RtpPacket random_rtp(uint32_t ssrc, uint16_t sequence_number) {
    return make_rtp({.ssrc = ssrc,
                     .sequence_number = sequence_number,
                     .payload = rng_.chance(0.1) ? 0 : rng_.below(1200),
                     .csrcs = rng_.chance(0.5) ? rng_.below(16) : 0,
                     .extension_words = rng_.below(10),
                     .extension = rng_.chance(0.6)},
                    rng_);
  }
  Packet ours(const RtpPacket& packet) {
    Packet out(packet.header.size() + packet.payload.size() + kMaxOverhead);
    const auto size = sender_.protect_rtp(packet.header, packet.payload, out);
    out.resize(size.value_or(0));
    return out;
  }
  Packet open(Packet packet) {
    packet.resize(receiver_.unprotect_rtp(packet).value_or(0));
    return packet;
  }

  Rng rng_{7};
  MasterKey key_ = random_key(GetParam(), rng_);
  Sender sender_{key_};
  Receiver receiver_{key_};
  Libsrtp their_sender_{key_, ssrc_any_outbound};
  Libsrtp their_receiver_{key_, ssrc_any_inbound};
};

INSTANTIATE_TEST_SUITE_P(Profiles, LibsrtpOracle, testing::ValuesIn(kProfiles), [](const auto& test) {
  return is_gcm(test.param) ? "Gcm" + std::to_string(key_size(test.param) * 8) : std::string("Sha1");
});

// Numbers that wrap many times, with gaps: three streams interleaved.
TEST_P(LibsrtpOracle, RtpBothWaysOverManyWraps) {
  uint16_t next[3] = {0, 20000, 65000};
  for (int i = 0; i < 3000; ++i) {
    const uint32_t stream = static_cast<uint32_t>(rng_.below(3));
    const RtpPacket packet = random_rtp(0xabc00000 + stream, next[stream]);
    next[stream] = static_cast<uint16_t>(next[stream] + 1 + (rng_.chance(0.2) ? rng_.below(30000) : 0));
    const Packet sealed = ours(packet);
    ASSERT_EQ(sealed, their_sender_.protect(packet.whole())) << "byte for byte, " << i;
    ASSERT_EQ(their_receiver_.unprotect(sealed), packet.whole()) << i;
    ASSERT_EQ(open(sealed), packet.whole()) << i;
  }
}

TEST_P(LibsrtpOracle, OutOfOrder) {
  std::vector<Packet> plain, sealed;
  for (int i = 0; i < 600; ++i) {
    const RtpPacket packet = random_rtp(5, static_cast<uint16_t>(65300 + i));
    plain.push_back(packet.whole());
    sealed.push_back(their_sender_.protect(packet.whole()));
    if (i == 0) {  // the first packet sets the roll-over count: it must not come after the wrap
      ASSERT_EQ(open(sealed[0]), plain[0]);
      ASSERT_EQ(their_receiver_.unprotect(sealed[0]), plain[0]);
    }
  }
  std::vector<size_t> order;
  for (size_t i = 1; i < sealed.size(); ++i) order.push_back(i);
  for (size_t i = order.size() - 1; i > 0; --i) {  // shuffled within blocks that fit the window
    const size_t block = i / 100 * 100;
    std::swap(order[i], order[block + rng_.below(i - block + 1)]);
  }
  for (size_t i : order) {
    ASSERT_EQ(open(sealed[i]), plain[i]) << i;
    ASSERT_EQ(their_receiver_.unprotect(sealed[i]), plain[i]) << i;
    ASSERT_TRUE(open(sealed[i]).empty() && their_receiver_.unprotect(sealed[i]).empty()) << "both refuse a replay";
  }
}

TEST_P(LibsrtpOracle, OurOutOfOrderSendingOpens) {
  for (int block = 0; block < 50; ++block) {
    for (int i : {2, 0, 3, 1}) {
      const RtpPacket packet = random_rtp(5, static_cast<uint16_t>(65500 + block * 4 + i));
      ASSERT_EQ(their_receiver_.unprotect(ours(packet)), packet.whole()) << block << ' ' << i;
    }
  }
}

TEST_P(LibsrtpOracle, RtcpBothWays) {
  for (int i = 0; i < 500; ++i) {
    const Packet report = make_rtcp(static_cast<uint32_t>(rng_.below(4)), rng_.below(300), rng_);
    Packet sealed(report.size() + kMaxOverhead);
    const auto size = sender_.protect_rtcp(report, sealed);
    ASSERT_TRUE(size);
    sealed.resize(*size);
    ASSERT_EQ(their_receiver_.unprotect_rtcp(sealed), report) << i;

    Packet theirs = their_sender_.protect_rtcp(report);
    theirs.resize(receiver_.unprotect_rtcp(theirs).value_or(0));
    ASSERT_EQ(theirs, report) << i;
  }
}

TEST_P(LibsrtpOracle, BothRefuseTheSameForgeries) {
  for (int i = 0; i < 2000; ++i) {
    const RtpPacket packet = random_rtp(6, static_cast<uint16_t>(i));
    Packet sealed = ours(packet);
    sealed[rng_.below(sealed.size())] ^= static_cast<uint8_t>(1 << rng_.below(8));
    ASSERT_TRUE(open(sealed).empty()) << i;
    ASSERT_TRUE(their_receiver_.unprotect(sealed).empty()) << i;
  }
}

}  // namespace
}  // namespace parley::srtp
