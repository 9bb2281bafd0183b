#pragma once

#include "base/rng.hpp"
#include "store/store.hpp"

namespace parley::api {

/// "abcd-efgh-ijkl": twelve letters and digits, 62 bits, as easy to read out as they get.
RoomId make_room_id(Rng& rng);

/// Gives the room its ids and inserts it.
store::Result<void> insert_with_new_ids(store::RoomStore& rooms, store::RoomRecord& room, Rng& rng);

}  // namespace parley::api
