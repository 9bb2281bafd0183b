// links: ice
// The input is a script for one agent: good checks, damaged ones, raw bytes, restarts and lost paths.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "ice/lite_agent.hpp"

using namespace parley;
using namespace parley::ice;
using Verdict = CheckResult::Verdict;

namespace {

const Credentials kCredentials[] = {
    {"aaaa", "password number one 24 c"}, {"bbbb", "password number two 24 c"}, {"cccc", "password number 3, 24 ch"}};

Path path_of(uint8_t number) {
  const bool tcp = number & 0x80;
  return {tcp ? Path::Protocol::Tcp : Path::Protocol::Udp, tcp ? number : 0u, {IpAddress::v4(0xc0000200), number}};
}

std::vector<uint8_t> make_check(ByteReader& script) {
  const uint8_t flags = script.u8();
  const Credentials& local = kCredentials[flags % 3];
  std::array<uint8_t, stun::Writer::kMaxSize> buffer;
  stun::Writer writer(buffer, stun::Class::Request, stun::kBinding, {flags});
  writer.username(local.ufrag + ":peer");
  writer.priority(script.u8());
  if (flags & 0x10) writer.use_candidate();
  if (flags & 0x20) writer.ice_controlled(1);
  writer.integrity(stun::IntegrityKey(as_bytes(kCredentials[(flags & 0x40) ? 0 : flags % 3].pwd)));
  const size_t size = *writer.finish();
  return {buffer.begin(), buffer.begin() + static_cast<long>(size)};
}

void receive(LiteAgent& agent, Bytes datagram, const Path& from, Timestamp now) {
  static DatagramBatch out;
  out.clear();
  const std::optional<Path> before = agent.selected();
  const CheckResult result = agent.receive(datagram, from, now, out);
  const bool answered = result.verdict != Verdict::Malformed && result.verdict != Verdict::Ignored;
  PARLEY_CHECK(out.entries().size() == (answered ? 1 : 0));
  PARLEY_CHECK(result.selected_changed == (agent.selected() != before));
  PARLEY_CHECK(!agent.selected() || agent.is_valid(*agent.selected()));
  PARLEY_CHECK(result.verdict != Verdict::Accepted || agent.is_valid(from));
  if (!answered) return;
  PARLEY_CHECK(out.entries()[0].path == from);
  const auto answer = stun::MessageView::parse(out.bytes(out.entries()[0]));
  PARLEY_CHECK(answer && answer->has_fingerprint);
  PARLEY_CHECK((answer->message_class == stun::Class::Success) == (result.verdict == Verdict::Accepted));
  PARLEY_CHECK(answer->integrity_offset.has_value() == (result.verdict != Verdict::BadAuth));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader script({data, size});
  LiteAgent agent(kCredentials[0]);
  Timestamp now = Timestamp::from_us(1);
  while (script.ok() && script.remaining() > 0) {
    now += TimeDelta::millis(1);
    const uint8_t step = script.u8();
    const Path path = path_of(script.u8());
    switch (step % 5) {
      case 0: receive(agent, make_check(script), path, now); break;
      case 1: {
        std::vector<uint8_t> check = make_check(script);
        for (int i = 0; i < 1 + step / 64; ++i) check[script.u8() % check.size()] ^= script.u8();
        receive(agent, check, path, now);
        break;
      }
      case 2: receive(agent, script.take(script.u8()), path, now); break;
      case 3: agent.restart(kCredentials[step / 5 % 3]); break;
      default: agent.forget(path); PARLEY_CHECK(!agent.is_valid(path));
    }
    addressed_ufrag({data, size});
  }
  return 0;
}
