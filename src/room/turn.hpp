#pragma once

#include <cstdint>
#include <iterator>
#include <utility>

#include "auth/claims.hpp"
#include "base/check.hpp"
#include "room/effect.hpp"
#include "room/roster.hpp"
#include "room/settings.hpp"
#include "wire/parley.pb.h"

namespace parley::room {

/// One call into the room: its moment, and where its effects go.
class Turn {
 public:
  Turn(const Roster& roster, Moment at, Effects& effects) : at_(at), roster_(roster), effects_(effects) {}

  Timestamp now() const { return at_.now; }
  UtcTime utc() const { return at_.utc; }

  Effects& effects() { return effects_; }

  void add(Effect effect) { effects_.push_back(std::move(effect)); }
  void add(Effects&& effects) {
    effects_.insert(effects_.end(), std::make_move_iterator(effects.begin()), std::make_move_iterator(effects.end()));
  }

  void send(const Participant& to, wire::ServerMessage message) {
    effects_.push_back(SendMessage{to.client, to.id, std::move(message)});
  }
  void tell_all(const wire::ServerMessage& message) {
    for (const Participant& participant : roster_.all()) send(participant, message);
  }
  void tell_others(const Participant& but, const wire::ServerMessage& message) {
    for (const Participant& participant : roster_.all()) {
      if (&participant != &but) send(participant, message);
    }
  }
  /// To those who may let guests in.
  void tell_admitters(const wire::ServerMessage& message);

 private:
  Moment at_;
  const Roster& roster_;
  Effects& effects_;
};

/// A participant's request in hand: gets exactly one reply, or none when the client wants none.
class Request {
 public:
  Request(Participant& from, uint32_t id, Turn& turn) : from_(from), id_(id), turn_(turn) {}

  void ok() {
    wire::ServerMessage message;
    message.mutable_ok();
    reply(std::move(message));
  }
  void fail(const auth::Refusal& refusal) {
    wire::ServerMessage message;
    message.mutable_error()->set_code(refusal.code);
    message.mutable_error()->set_message(refusal.message);
    reply(std::move(message));
  }
  void reply(wire::ServerMessage message) {
    PARLEY_CHECK(!std::exchange(replied_, true));
    if (id_ == 0) return;
    message.set_reply_to(id_);
    turn_.send(from_, std::move(message));
  }
  bool replied() const { return replied_; }

  Participant& from() { return from_; }
  Turn& turn() { return turn_; }

 private:
  Participant& from_;
  uint32_t id_;
  Turn& turn_;
  bool replied_ = false;
};

}  // namespace parley::room
