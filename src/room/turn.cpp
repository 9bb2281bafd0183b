#include "room/turn.hpp"

#include "auth/rules.hpp"

namespace parley::room {

void Turn::tell_admitters(const wire::ServerMessage& message) {
  for (const Participant& participant : roster_.all()) {
    if (auth::may_admit(participant.permissions) && !participant.hidden) send(participant, message);
  }
}

}  // namespace parley::room
