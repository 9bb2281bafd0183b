// links: dtls
// The input is a script for a handshake between our two roles: datagrams delivered, lost, repeated, damaged or made up.
// OpenSSL's random numbers differ from run to run, so coverage is a little noisy.
#include <cstdint>
#include <deque>
#include <vector>

#include "base/check.hpp"
#include "dtls/endpoint.hpp"

using namespace parley;
using namespace parley::dtls;

namespace {

const Path kPath = {Path::Protocol::Udp, 0, {IpAddress::v4(0xc0000201), 5000}};
using Packet = std::vector<uint8_t>;

struct Side {
  Endpoint endpoint;
  std::deque<Packet> sent;
  uint64_t messages = 0;

  void collect(DatagramBatch& out) {
    for (const auto& entry : out.entries()) {
      PARLEY_CHECK(entry.size <= Endpoint::kMtu);
      if (sent.size() < 64) sent.emplace_back(out.bytes(entry).begin(), out.bytes(entry).end());
    }
    out.clear();
    const bool connected = endpoint.state() == State::Connected;
    PARLEY_CHECK((endpoint.srtp_keys() != nullptr) == connected);
    PARLEY_CHECK((endpoint.failure() != Failure::None) == (endpoint.state() == State::Failed));
  }
  void receive(Bytes datagram, Timestamp now) {
    static DatagramBatch out;
    endpoint.receive(datagram, kPath, now, out);
    for (size_t i = 0; i < endpoint.message_count(); ++i) messages += endpoint.message(i).size();
    collect(out);
  }
  void expire(Timestamp& now) {
    static DatagramBatch out;
    if (endpoint.next_deadline().is_never()) return;
    now = std::max(now, endpoint.next_deadline());
    endpoint.on_deadline(kPath, now, out);
    collect(out);
  }
};

void damage(Packet& packet, ByteReader& script) {
  const uint8_t count = script.u8() % 4;
  for (int i = 0; i < count && !packet.empty(); ++i) packet[script.u16() % packet.size()] ^= script.u8();
  if (count == 0) packet.resize(script.u16() % (packet.size() + 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Rng rng(1);
  static const auto ours = Identity::generate(UtcTime::from_ms(1'800'000'000'000), rng);
  ByteReader script({data, size});
  Side sides[] = {{Endpoint({ours, Role::Active, {ours->fingerprint()}}), {}},
                  {Endpoint({ours, Role::Passive, {ours->fingerprint()}}), {}}};
  Timestamp now = Timestamp::from_us(1);
  DatagramBatch out;
  sides[0].endpoint.start(kPath, now, out);
  sides[0].collect(out);
  while (script.ok() && script.remaining() > 0) {
    const uint8_t step = script.u8();
    Side& from = sides[step & 1];
    Side& to = sides[1 - (step & 1)];
    if (step / 2 % 7 == 5) from.expire(now);
    if (step / 2 % 7 == 6) to.receive(script.take(script.u8()), now);
    if (step / 2 % 7 >= 5 || from.sent.empty()) continue;
    Packet packet = from.sent.front();
    switch (step / 2 % 7) {
      case 0: to.receive(packet, now); [[fallthrough]];
      case 1: from.sent.pop_front(); break;    // lost, or delivered before
      case 2: to.receive(packet, now); break;  // and again later
      case 3:
        from.sent.push_back(packet);
        from.sent.pop_front();
        break;  // reordered
      default:
        from.sent.pop_front();
        damage(packet, script);
        to.receive(packet, now);
    }
  }
  return 0;
}
