// links: ice
// The input is a script for one full agent: good and damaged messages of the peer, raw bytes, time, streams, restarts.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "ice/full_agent.hpp"

using namespace parley;
using namespace parley::ice;

namespace {

const Credentials kLocal[] = {{"aaaa", "password number one 24 c"}, {"bbbb", "password number two 24 c"}};
const Credentials kRemote[] = {{"cccc", "password number 3 of 24c"}, {"dddd", "password number 4 of 24c"}};

SocketAddress address(uint8_t number) { return {IpAddress::v4(0xc0000200u + number % 8), number}; }

std::vector<HostCandidate> hosts(uint8_t number) {
  std::vector<HostCandidate> list;
  for (uint32_t i = 0; i < number % 4u; ++i) list.push_back({{IpAddress::v4(0x0a000000u + i), 1}});
  if (number & 0x40) list.push_back({});
  return list;
}

std::vector<RemoteCandidate> remotes(uint8_t number) {
  std::vector<RemoteCandidate> list;
  for (uint8_t i = 0; i < number % 5; ++i) {
    const auto protocol = number >> (3 + i) & 1 ? Path::Protocol::Tcp : Path::Protocol::Udp;
    list.push_back({protocol, address(i), uint32_t{number} << 16});
  }
  return list;
}

/// The agent and what it has said.
struct Fixture {
  FullAgent agent{
      {.local = kLocal[0], .remote = kRemote[0], .hosts = hosts(2), .remotes = remotes(0x22), .rng = Rng(1)}};
  Timestamp now = Timestamp::from_us(1);
  DatagramBatch& out;
  std::vector<std::pair<stun::TransactionId, Path>> checks;
  std::vector<Path> streams;
  size_t restarts = 0;

  void settle() {
    for (const auto& entry : out.entries()) {
      const auto message = stun::MessageView::parse(out.bytes(entry));
      PARLEY_CHECK(message && message->has_fingerprint);
      if (message->message_class == stun::Class::Request) checks.emplace_back(message->transaction, entry.path);
    }
    PARLEY_CHECK(out.entries().size() <= 4);
    out.clear();
    for (const StreamRequest& request : agent.take_stream_requests()) {
      if (request.kind == StreamRequest::Kind::Open) streams.push_back(request.path);
      PARLEY_CHECK(request.path.protocol == Path::Protocol::Tcp && request.path.stream > 0);
    }
    PARLEY_CHECK(!agent.nominated() || agent.selected());
    PARLEY_CHECK(!agent.selected() || agent.knows(*agent.selected()));
    PARLEY_CHECK(agent.failure() == FullAgent::Failure::None || !agent.selected());
  }

  std::vector<uint8_t> message(ByteReader& script, Path& path) {
    const uint8_t flags = script.u8();
    const bool request = flags & 1;
    std::vector<uint8_t> buffer(stun::Writer::kMaxSize);
    stun::TransactionId id{flags};
    if (!request && !checks.empty()) {
      const auto& [check, by] = checks[script.u8() % checks.size()];
      id = check;
      path = by;
    }
    const auto kind = request ? stun::Class::Request : flags & 2 ? stun::Class::Error : stun::Class::Success;
    stun::Writer writer(buffer, kind, stun::kBinding, id);
    if (request) writer.username(kLocal[restarts % 2].ufrag + ":peer");
    if (request) writer.priority(script.u8());
    if (kind == stun::Class::Error) writer.error({flags & 4 ? uint16_t{487} : uint16_t{400}, "x"});
    if (flags & 8) writer.use_candidate();
    if (flags & 16) writer.ice_controlled(script.u8());
    if (flags & 32) writer.ice_controlling(flags & 64 ? UINT64_MAX : 0);
    const Credentials& key = request ? kLocal[restarts % 2] : kRemote[restarts % 2];
    if (!(flags & 128)) writer.integrity(stun::IntegrityKey(as_bytes(key.pwd)));
    buffer.resize(*writer.finish());
    return buffer;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader script({data, size});
  static DatagramBatch out;  // its arena is large
  out.clear();
  Fixture f{.out = out};
  while (script.ok() && script.remaining() > 0) {
    const uint8_t step = script.u8();
    const uint8_t number = script.u8();
    Path path{number & 0x80 ? Path::Protocol::Tcp : Path::Protocol::Udp, number & 0x80 ? number % 4u : 0u,
              address(number), IpAddress::v4(0x0a000000u + number % 2)};
    switch (step % 9) {
      case 0:
      case 1: {
        std::vector<uint8_t> bytes = f.message(script, path);
        if (step % 9 == 1) bytes[script.u8() % bytes.size()] ^= script.u8();
        f.agent.receive(bytes, path, f.now, f.out);
        break;
      }
      case 2: f.agent.receive(script.take(number), path, f.now, f.out); break;
      case 3:
      case 4:
        f.now += TimeDelta::millis(step % 9 == 3 ? number : number * 100);
        f.agent.on_deadline(f.now, f.out);
        // A deadline that was dealt with must not stay due for ever, or a loop would spin.
        f.settle();
        for (int i = 0; i < 100 && f.agent.next_deadline() <= f.now; ++i) {
          PARLEY_CHECK(i < 99);
          f.agent.on_deadline(f.now, f.out);
          f.settle();
        }
        break;
      case 5:
        if (!f.streams.empty()) f.agent.on_stream_opened(f.streams[number % f.streams.size()], f.now);
        break;
      case 6: f.agent.forget(number < f.streams.size() ? f.streams[number] : path); break;
      case 7:
        ++f.restarts;
        f.agent.restart(kLocal[f.restarts % 2], kRemote[f.restarts % 2], remotes(number));
        break;
      default: f.agent.set_hosts(hosts(number)); f.agent.add_remote({path.protocol, path.remote, number});
    }
    f.settle();
  }
  return 0;
}
