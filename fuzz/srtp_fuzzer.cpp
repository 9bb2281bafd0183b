// links: srtp
// The input is a script for a sender and a receiver: good packets, damaged ones and raw bytes. Nothing but what was
// sent, and that once, may come out.
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/check.hpp"
#include "srtp/receiver.hpp"
#include "srtp/sender.hpp"

using namespace parley;
using namespace parley::srtp;

namespace {

using Packet = std::vector<uint8_t>;

MasterKey key_of(uint8_t choice) {
  constexpr Profile kProfiles[] = {Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1_80};
  MasterKey key{.profile = kProfiles[choice % 3]};
  for (size_t i = 0; i < key_size(key.profile); ++i) key.key.push_back(static_cast<uint8_t>(i));
  for (size_t i = 0; i < salt_size(key.profile); ++i) key.salt.push_back(static_cast<uint8_t>(i));
  return key;
}

std::expected<size_t, Error> open(Receiver& receiver, bool rtcp, MutableBytes packet) {
  const auto size = rtcp ? receiver.unprotect_rtcp(packet) : receiver.unprotect_rtp(packet);
  PARLEY_CHECK(!size || *size < packet.size());
  return size;
}

// A packet of RTP or RTCP from few fields, and what became of it at the sender.
struct Sealed {
  Packet plain;
  Packet sealed;
};
Sealed seal(Sender& sender, bool rtcp, ByteReader& script) {
  Sealed out;
  const size_t header = rtcp ? 8 : 12;
  out.plain.assign(header + script.u8(), 0x5a);
  out.plain[0] = 0x80;
  if (rtcp) out.plain[1] = 200;
  store_be16(&out.plain[2], script.u16());
  store_be32(&out.plain[rtcp ? 4 : 8], script.u8() % 4);
  out.sealed.resize(out.plain.size() + kMaxOverhead);
  const Bytes plain = out.plain;
  const auto size = rtcp ? sender.protect_rtcp(plain, out.sealed)
                         : sender.protect_rtp(plain.first(header), plain.subspan(header), out.sealed);
  out.sealed.resize(size.value_or(0));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader script({data, size});
  const MasterKey key = key_of(script.u8());
  Sender sender(key);
  Receiver receiver(key);
  while (script.ok() && script.remaining() > 0) {
    const uint8_t step = script.u8();
    const bool rtcp = step & 1;
    if (step / 2 % 3 == 0) {
      const Bytes raw = script.take(script.u8());
      Packet packet(raw.begin(), raw.end());
      PARLEY_CHECK(!open(receiver, rtcp, packet));
      continue;
    }
    const Sealed sent = seal(sender, rtcp, script);
    Packet packet = sent.sealed;
    if (packet.empty()) continue;  // an index that was used
    if (step / 2 % 3 == 1) packet[script.u16() % packet.size()] ^= script.u8();
    const bool damaged = packet != sent.sealed;
    const auto opened = open(receiver, rtcp, packet);
    if (opened) PARLEY_CHECK(!damaged && std::ranges::equal(Bytes(packet).first(*opened), sent.plain));
    if (opened) {
      packet = sent.sealed;
      PARLEY_CHECK(open(receiver, rtcp, packet) == std::unexpected(Error::Replayed));
    }
  }
  return 0;
}
