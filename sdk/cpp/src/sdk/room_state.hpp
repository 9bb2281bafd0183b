#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "parley/egress.hpp"
#include "parley/types.hpp"
#include "wire/parley.pb.h"

namespace parley::sdk {

// ---- what changed, for those who show it. Ids name others or the client itself
// ---------------------------------------
struct MemberJoined {
  Participant participant;
};
struct MemberLeft {
  Participant participant;
  LeaveInfo reason;
};
struct MemberModeChanged {
  Participant participant;
};
struct StreamEnabled {
  Participant participant;
  Stream stream;
};
struct StreamDisabled {
  Participant participant;
  StreamKind kind = StreamKind::Audio;
};
/// By its publisher.
struct StreamPauseChanged {
  std::string id;
  StreamKind kind = StreamKind::Audio;
  bool paused = false;
};
struct PinChanged {
  std::string id;
  PinState state;
  std::string by;
};
struct ConnectionQualityChanged {
  std::string id;
  int quality = 0;
};
struct ReconnectingChanged {
  std::string id;
  bool reconnecting = false;
};
struct SeatsMoved {};
struct SpeakerChanged {
  std::string id;
};
struct PresenterChanged {
  std::string id;
};
struct MainChanged {
  std::string id;
};
struct EgressChanged {
  Egress egress;
};
using RoomEvent = std::variant<MemberJoined, MemberLeft, MemberModeChanged, StreamEnabled, StreamDisabled,
                               StreamPauseChanged, PinChanged, ConnectionQualityChanged, ReconnectingChanged,
                               SeatsMoved, SpeakerChanged, PresenterChanged, MainChanged, EgressChanged>;
using RoomEvents = std::vector<RoomEvent>;

/// The room as one client sees it. A core: messages of the server in, what they changed out.
class RoomState {
 public:
  /// Whoever sits where; empty seats are not in it.
  using Seats = std::map<uint32_t, std::string>;

  explicit RoomState(Participant self) : self_(std::move(self)) { self_.local = true; }

  /// Messages about other things change nothing.
  void apply(const wire::ServerMessage& message, RoomEvents& events);
  /// Takes over the whole state, after joining (again) or a Resume that could not replay: events tell the difference.
  template <class AssignedSeats>
  void take_over(const wire::RoomState& room, const AssignedSeats& seats, RoomEvents& events) {
    replace(room, events);
    Seats taken;
    for (const wire::SeatAssignment& seat : seats) {
      if (!seat.participant_id().empty()) taken[seat.seat()] = seat.participant_id();
    }
    set_seats(std::move(taken), events);
  }
  /// The others are gone: the meeting is over.
  void clear();
  void set_self_id(const std::string& id) { self_.id = id; }
  void set_self_mode(Mode mode) { self_.mode = mode; }
  void set_self_streams(std::vector<Stream> streams) { self_.streams = std::move(streams); }

  const Participant& self() const { return self_; }
  const std::vector<Participant>& others() const { return others_; }
  const Participant* find(const std::string& id) const;
  const Seats& seats() const { return seats_; }
  const std::string& speaker() const { return speaker_; }
  const std::string& presenter() const { return presenter_; }
  const std::string& main() const { return main_; }
  const std::vector<Egress>& egresses() const { return egresses_; }

 private:
  Participant* edit(const std::string& id);
  void replace(const wire::RoomState& room, RoomEvents& events);
  void set_member(const wire::ParticipantInfo& info, bool pins_too, RoomEvents& events);
  void compare(const Participant& before, const Participant& after, bool pins_too, RoomEvents& events);
  void remove(const std::string& id, LeaveInfo reason, RoomEvents& events);
  template <class AssignedSeats>
  void assign(const AssignedSeats& assignments, RoomEvents& events);
  void set_seats(Seats seats, RoomEvents& events);
  void apply_pin(const wire::PinStateChanged& change, RoomEvents& events);
  void set_main(const std::string& id, RoomEvents& events);
  void set_egress(const wire::EgressState& state, RoomEvents& events);

  Participant self_;
  std::vector<Participant> others_;  // in the order they joined
  Seats seats_;
  std::string speaker_, presenter_, main_;
  std::vector<Egress> egresses_;
};

}  // namespace parley::sdk
