// links: sfu rtp base
#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "sfu/allocator.hpp"
#include "sfu/subscription.hpp"
#include "sfu/track.hpp"

/// Hostile packets of one publisher through its track to two subscribers that change their targets, ask again and move
/// to the track anew, in any order. Two bytes say what comes next, the packets take theirs from what follows.
namespace {

using namespace parley;

uint64_t touched = 0;

void touch(const std::optional<sfu::ForwardedPacket>& packet, size_t most) {
  if (!packet) return;
  PARLEY_CHECK(packet->payload_size() <= most);
  for (const Bytes part : {packet->payload_prefix(), packet->payload, packet->dependency_descriptor()}) {
    for (const uint8_t byte : part) touched += byte;
  }
}

rtp::PacketView read_packet(ByteReader& input) {
  rtp::PacketView view;
  view.sequence_number = static_cast<uint16_t>(input.u8() * 257);
  view.timestamp = uint32_t{input.u8()} << 24 | input.u8();
  view.dependency_descriptor = input.take(std::min<size_t>(input.u8(), input.remaining()));
  view.payload = input.take(std::min<size_t>(input.u8(), input.remaining()));
  return view;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader input({data, size});
  const auto layers = static_cast<uint8_t>(1 + input.u8() % sfu::kMaxSpatialLayers);
  sfu::Track track({rtp::MediaKind::Video, layers});
  sfu::Subscription subscriptions[2] = {sfu::Subscription({rtp::MediaKind::Video, 0, 0}),
                                        sfu::Subscription({rtp::MediaKind::Video, 65000, 1})};
  Timestamp now = Timestamp::from_us(1);
  uint16_t sequence = 0;
  for (sfu::Subscription& each : subscriptions) each.bind(track);
  while (input.remaining() > 0) {
    const uint8_t what = input.u8();
    const uint8_t how = input.u8();
    now += TimeDelta::millis(how & 31);
    sfu::Subscription& one = subscriptions[what >> 7];
    switch (what & 7) {
      case 0: one.set_target(track, {static_cast<int8_t>(how % 4 - 1), static_cast<int8_t>(how / 4 % 4)}, now); break;
      case 1: touch(one.retransmit(track, static_cast<uint16_t>(how * 3), TimeDelta::millis(how), now), 1500); break;
      case 2: one.bind(track); break;
      case 3: track.on_sender_report(how % 4, uint32_t{how} << 24, now); break;
      default: {
        rtp::PacketView view = read_packet(input);
        view.marker = (how & 1) != 0;
        if ((how & 6) != 0) view.sequence_number = static_cast<uint16_t>(++sequence + (how >> 6));
        const auto codec = static_cast<rtp::Codec>(1 + (what >> 3) % 4);
        const sfu::MediaPacket* packet = track.accept((what >> 5) % layers, view, codec, now);
        if (!packet) break;
        for (sfu::Subscription& each : subscriptions) {
          touch(each.forward(track, *packet, now), packet->payload.size());
          if (const auto wanted = each.wanted_keyframe()) track.request_keyframe(*wanted, now);
        }
      }
    }
    track.take_keyframe_requests(now);
    sfu::AllocationItem item{.layers = track.layers(now)};
    sfu::allocate(DataRate::kbps(what * 10), {&item, 1}, now);
  }
  return 0;
}
