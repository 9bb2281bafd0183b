// links: room wire auth base
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "room/room.hpp"

// A meeting played by bytes: each step is who acts, what happens, how many bytes of ClientMessage follow, and those
// bytes. Whatever clients send, every request gets one reply, and the room's account of itself stays sound.
namespace {

using namespace parley;
using namespace parley::room;

class Meeting {
 public:
  void step(ByteReader& in) {
    const uint8_t who = in.u8() % kPeople;
    const uint8_t what = in.u8();
    const Bytes body = in.take(std::min<size_t>(in.u8(), in.remaining()));
    at_.now += TimeDelta::millis(what * 20);
    at_.utc = at_.utc + TimeDelta::millis(what * 20);
    wire::ClientMessage message;
    const bool parsed = message.ParseFromArray(body.data(), static_cast<int>(body.size()));
    Effects effects;
    act(ParticipantId(std::string(1, static_cast<char>('a' + who))), what % 8, parsed ? &message : nullptr, effects);
    check();
  }

 private:
  static constexpr uint8_t kPeople = 4;

  void act(const ParticipantId& who, int what, wire::ClientMessage* message, Effects& effects) {
    switch (what) {
      case 0: return join(who, message ? message->join() : wire::Join(), effects);
      case 1: return room_.on_signalling_lost(who, at_, effects);
      case 2: return room_.on_signalling_resumed(who, at_, effects);
      case 3: return room_.on_speaker(who, at_, effects);
      case 4: return room_.on_deadline(at_, effects);
      default:
        if (message) request(who, *message, effects);
    }
  }

  void join(const ParticipantId& who, wire::Join join, Effects& effects) {
    JoinRequest request;
    request.client = ClientId(++clients_);
    request.claims.permissions = {.allow_join = clients_ % 3 != 0, .ask_join = clients_ % 3 == 0, .allow_mod = true};
    if (const auto media = OfferedMedia::parse(join.offer())) request.media = *media;
    join.set_participant_id(who.value());
    request.join = std::move(join);
    const bool refused = !room_.join(std::move(request), at_, effects);
    PARLEY_CHECK(refused == effects.empty());
  }

  void request(const ParticipantId& who, wire::ClientMessage& message, Effects& effects) {
    message.set_id(7);
    const auto before = room_.snapshot();
    const bool there = before && std::ranges::any_of(before->participants, [&](const auto& p) {
                         return p.info.participant_id() == who.value();
                       });
    const wire::Offer& offer =
        message.has_change_mode() ? message.change_mode().offer() : message.renegotiate().offer();
    const auto media = OfferedMedia::parse(offer);
    const bool with_offer = media && (message.has_renegotiate() || message.change_mode().has_offer());
    room_.handle(who, message, with_offer ? &*media : nullptr, at_, effects);
    size_t replies = 0;
    for (const Effect& effect : effects) {
      const auto* sent = std::get_if<SendMessage>(&effect);
      replies += sent && sent->message.reply_to() == 7 ? 1 : 0;
    }
    PARLEY_CHECK(replies == (there ? 1 : 0));
  }

  void check() const {
    const auto session = room_.snapshot();
    PARLEY_CHECK(!session || !session->participants.empty());
    if (!session) return;
    for (const auto& p : session->participants) {
      PARLEY_CHECK(p.info.mode() == wire::SEND_AND_RECV || p.info.streams().empty());
      for (const wire::SeatAssignment& seat : room_.seats_of(ParticipantId(p.info.participant_id()))) {
        PARLEY_CHECK(seat.participant_id() != p.info.participant_id());
      }
    }
    PARLEY_CHECK(room_.next_deadline() <= at_.now + room_.settings().auto_close);
  }

  Moment at_{Timestamp::from_us(1'000'000), UtcTime::from_ms(1'700'000'000'000)};
  Room room_{RoomSettings{.room = RoomId("fuzz")}, Rng(1)};
  uint64_t clients_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto quiet =
      google::protobuf::SetLogHandler(nullptr);  // it prints a line for each string that is not UTF-8
  static_cast<void>(quiet);
  ByteReader in({data, size});
  Meeting meeting;
  for (int steps = 0; in.remaining() > 0 && steps < 200; ++steps) meeting.step(in);
  return 0;
}
