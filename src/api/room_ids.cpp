#include "api/room_ids.hpp"

namespace parley::api {
namespace {

constexpr std::string_view kLettersAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr size_t kRecordIdLength = 24;
/// With 62 random bits a second try is never seen; more of them mean that the generator is broken.
constexpr int kTries = 3;

}  // namespace

RoomId make_room_id(Rng& rng) {
  const std::string text = rng.text(12, kLettersAndDigits);
  return RoomId(text.substr(0, 4) + "-" + text.substr(4, 4) + "-" + text.substr(8, 4));
}

store::Result<void> insert_with_new_ids(store::RoomStore& rooms, store::RoomRecord& room, Rng& rng) {
  store::Result<void> inserted;
  for (int i = 0; i < kTries; ++i) {
    room.id = make_room_id(rng);
    room.record_id = rng.text(kRecordIdLength, kHexDigits);
    inserted = rooms.insert(room);
    if (inserted || inserted.error().kind != store::Error::Kind::Conflict) break;
  }
  return inserted;
}

}  // namespace parley::api
