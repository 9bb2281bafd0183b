#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "auth/claims.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "room/effect.hpp"
#include "room/media_requests.hpp"
#include "room/member.hpp"
#include "room/offered_media.hpp"
#include "room/seats.hpp"
#include "room/token_bucket.hpp"
#include "room/wishes.hpp"
#include "wire/parley.pb.h"

namespace parley::room {

/// One published source.
struct Stream {
  bool on = false;
  bool paused = false;
  std::string codec;            ///< "" until the first packet
  std::string display_surface;  ///< of SHARE
  bool flows() const { return on && !paused; }
  friend bool operator==(const Stream&, const Stream&) = default;
};

/// PubSubPublish and SendData of one participant, a second and at once: each goes to everybody, so that signalling's
/// limit of all requests is not enough. A shared cursor or whiteboard sends some 30 a second.
inline constexpr int64_t kMessageRate = 50;
inline constexpr int64_t kMessageBurst = 100;

/// What one participant gets of the others.
struct Receiver {
  Seats main{wire::SeatLine::MAIN};
  Seats share{wire::SeatLine::SHARE};
  Wishes wishes;
  uint32_t asked_main = 0;  ///< the most seats that SeatsWanted asked for
  uint32_t asked_share = 0;

  /// The connection is gone and its seats with it; the wishes stay for the next.
  void close() {
    main.offer({});
    share.offer({});
    asked_main = asked_share = 0;
  }
};

/// One member of a session: what it is, sends, may do and receives. Data with small rules; `Room` decides.
struct Participant {
  MemberNumber number;
  ParticipantId id;
  ClientId client;
  auth::Permissions permissions;
  /// It only watches: the others never hear of it, it sends nothing, and no session lives by it.
  bool hidden = false;
  std::string display_name;
  std::string meta_data_json;
  wire::Mode mode = wire::SEND_AND_RECV;
  wire::DeviceInfo device;
  UtcTime joined_at;

  std::optional<OfferedMedia> media;  ///< of the open media connection
  std::array<Stream, kSources> streams;
  Receiver receiver;
  MediaRequests media_requests;
  TokenBucket messages{kMessageRate, kMessageBurst};

  uint32_t quality = 0;                       ///< 1 to 5, 0 not known
  Timestamp held_until = Timestamp::never();  ///< the end of the grace period while its socket is lost
  bool media_lost = false;
  Timestamp last_spoke;
  Timestamp last_presented;

  Stream& stream(wire::Source source) { return streams[static_cast<size_t>(source)]; }
  const Stream& stream(wire::Source source) const { return streams[static_cast<size_t>(source)]; }
  bool shows_main() const { return stream(wire::AUDIO).on || stream(wire::VIDEO).on; }
  bool shows_share() const { return stream(wire::SHARE).on || stream(wire::SHARE_AUDIO).on; }
  bool reconnecting() const { return !held_until.is_never() || media_lost; }

  /// As the others see it, with the pins that the room has put on it.
  wire::ParticipantInfo info(const wire::PinState& pin) const;
};

/// The names that SDKs, REST and timelines use.
const char* mode_name(wire::Mode mode);
const char* activity_name(wire::Source source);  ///< "mic", "webcam", "screenShare", "screenShareAudio"

}  // namespace parley::room
