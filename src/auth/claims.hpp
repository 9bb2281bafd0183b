#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/id.hpp"
#include "base/time.hpp"

/// Who may do what: tokens in VideoSDK's format, and the rules that follow from what they claim.
namespace parley::auth {

/// Why somebody is turned away: VideoSDK's 40xx number and a sentence for the developer who reads it.
struct Refusal {
  uint32_t code = 0;
  std::string message;
};

inline constexpr uint32_t kBadApiKey = 4001;
inline constexpr uint32_t kBadToken = 4002;  ///< malformed, forged, expired or not yet valid
inline constexpr uint32_t kBadPermissions = 4008;
inline constexpr uint32_t kNotForThisRoom = 4022;
inline constexpr uint32_t kNotForThisParticipant = 4023;
inline constexpr uint32_t kNotForThisRole = 4024;
inline constexpr uint32_t kApiKeyDeactivated = 4053;

/// The `permissions` claim. `verify` accepts only tokens that name at least one, and `ask_join` only on its own.
struct Permissions {
  bool allow_join = false;  ///< enters directly, and admits those who knock
  bool ask_join = false;    ///< must knock
  bool allow_mod = false;   ///< switches others' devices, removes them, ends the meeting
  friend bool operator==(const Permissions&, const Permissions&) = default;
};

/// The `roles` claim: where the token may be used. A token without the claim may be used for both.
struct Roles {
  bool crawler = true;  ///< REST calls
  bool rtc = true;      ///< joining a room
  friend bool operator==(const Roles&, const Roles&) = default;
};

/// What a verified token says. RFC 7519 section 4.1 names iat, nbf, exp and jti; the rest are VideoSDK's.
struct Claims {
  std::string apikey;
  Permissions permissions;
  Roles roles;
  std::optional<int> version;                ///< 1 or 2; ours honours every claim whatever it says
  std::optional<RoomId> room;                ///< the only room (its roomId or customRoomId) that the token opens
  std::optional<ParticipantId> participant;  ///< the only id that its holder may take
  std::optional<UtcTime> issued_at;
  std::optional<UtcTime> not_before;
  /// The holder only watches: the room never shows, counts or announces it (recorders, supervisors). Ours, not VideoSDK's.
  bool hidden = false;
  UtcTime expires_at;  ///< required: a token that never ends cannot be taken back
  std::string jti;     ///< "" for none
  friend bool operator==(const Claims&, const Claims&) = default;
};

}  // namespace parley::auth
