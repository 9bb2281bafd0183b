#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "auth/claims.hpp"
#include "base/id.hpp"
#include "room/effect.hpp"
#include "room/offered_media.hpp"
#include "room/settings.hpp"
#include "wire/parley.pb.h"

namespace parley::room {

/// What a client brings along to the door.
struct JoinRequest {
  ClientId client;
  uint32_t request_id = 0;            ///< ClientMessage.id of the Join, which Joined, EntryPending and Error answer
  auth::Claims claims;                ///< of the verified token
  wire::Join join;                    ///< token and offer are not looked at
  std::optional<OfferedMedia> media;  ///< of join.offer; not used with SIGNALLING_ONLY
};

inline constexpr size_t kMaxParticipantIdSize = 128;  ///< bytes: a UUID or an e-mail address with room to spare
inline constexpr size_t kMaxDisplayNameSize = 256;    ///< bytes: 64 characters of the widest
/// Bytes. It goes to everybody for everybody; what is larger belongs in the application's own store.
inline constexpr size_t kMaxMetaDataSize = 4096;
inline constexpr size_t kMaxDeviceInfoSize = 2048;  ///< bytes, serialized: user agents have up to some 500

/// Whether the fields of the request are well formed: 4004 for the id (once it is chosen), 3073 for the others.
std::expected<void, auth::Refusal> check(const JoinRequest& request, const ParticipantId& id);

}  // namespace parley::room
