// links: playout frame rtp base
#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "playout/sound_stream.hpp"

/// Hostile packets to a sound stream, paced and not. Pieces follow one another in RTP time without a gap, and nothing
/// waits beyond its deadline.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace parley;
  ByteReader input({data, size});
  playout::SoundStream stream;
  playout::CaptureClock clock;
  if (input.u8() & 1) stream.set_delay(TimeDelta::millis(60));
  Timestamp now = Timestamp::from_us(1'000'000'000);
  rtp::PacketView view;
  while (input.remaining() > 0) {
    const uint8_t what = input.u8();
    const uint8_t how = input.u8();
    now += TimeDelta::millis(how & 31);
    if ((what & 0x1f) == 1) stream.restart();
    if ((what & 0x1f) == 2) stream.receive_report({uint64_t{how} << 32}, uint32_t{how} << 20);
    if ((what & 0x1f) == 3) now += TimeDelta::seconds(how);
    if ((what & 0x1f) == 4) clock.receive_report({uint64_t{how} << 30}, now);
    if ((what & 0x1f) == 5) view.sequence_number = static_cast<uint16_t>(view.sequence_number + how * 251);
    if ((what & 0x1f) > 5) {
      const auto shift = static_cast<uint16_t>((what >> 5) - 3);
      view.sequence_number = static_cast<uint16_t>(view.sequence_number + 1 + shift);
      view.timestamp += (what & 0x10) ? uint32_t{how} << 16 : 960;
      view.payload = input.take(std::min<size_t>(input.u8(), input.remaining()));
      stream.receive(view, now);
      view.sequence_number = static_cast<uint16_t>(view.sequence_number - shift);
    }
    std::optional<uint32_t> end;
    while (const auto piece = stream.next(clock, now)) {
      PARLEY_CHECK(piece->sound.duration > TimeDelta::zero());
      PARLEY_CHECK(piece->kind == playout::SoundPiece::Kind::Pause || piece->sound.duration <= TimeDelta::millis(200));
      PARLEY_CHECK((piece->kind == playout::SoundPiece::Kind::Packet) <= (piece->sound.data.size() > 0));
      PARLEY_CHECK(piece->kind == playout::SoundPiece::Kind::Packet || !end || piece->sound.rtp_timestamp == *end);
      end = piece->sound.rtp_timestamp + static_cast<uint32_t>((piece->sound.duration.us() * 48 + 500) / 1000);
    }
    PARLEY_CHECK(stream.next_deadline(clock) > now);
  }
  return 0;
}
