#pragma once

#include <cstdint>
#include <string_view>

/// VideoSDK's numbers for errors and leave reasons, as far as the room itself gives them. Those that come from the
/// token alone are in auth/claims.hpp.
namespace parley::room::code {

// --- errors (the reply to a request) ------------------------------------------------------------------------------
inline constexpr uint32_t kBadParticipantId = 4004;  ///< malformed, not allowed in this room, or nobody has it
inline constexpr uint32_t kBadPermissions = 4008;
inline constexpr uint32_t kRoomFull = 4009;
inline constexpr uint32_t kReceive = 4047;  ///< a wish for a remote stream that cannot be kept
inline constexpr uint32_t kRoomDisabled = 4052;
inline constexpr uint32_t kRespondEntry = 4059;
inline constexpr uint32_t kChangeMode = 4065;
inline constexpr uint32_t kRemove = 4066;
inline constexpr uint32_t kRemoteMicOn = 4067;
inline constexpr uint32_t kRemoteMicOff = 4068;
inline constexpr uint32_t kRemoteWebcamOn = 4069;
inline constexpr uint32_t kRemoteWebcamOff = 4070;
inline constexpr uint32_t kPin = 4071;
inline constexpr uint32_t kUnpin = 4072;
inline constexpr uint32_t kPubSubPublish = 4087;
inline constexpr uint32_t kPubSubSubscribe = 4088;
inline constexpr uint32_t kPubSubUnsubscribe = 4089;
inline constexpr uint32_t kTooManyRequests = 5000;  ///< VideoSDK's generic error: it has no number for this
// Numbers that VideoSDK's SDK raises itself; the server gives them for the same reasons, so that one handler suffices.
inline constexpr uint32_t kCannotJoin = 3047;     ///< denied, or nobody answered the knock
inline constexpr uint32_t kProduceFailed = 3049;  ///< the offer holds no line for this source
inline constexpr uint32_t kNotInThisMode = 3066;
inline constexpr uint32_t kSendFailed = 3070;  ///< SendData too fast
inline constexpr uint32_t kPayloadTooLarge = 3072;
inline constexpr uint32_t kBadParameter = 3073;

// --- leave reasons ------------------------------------------------------------------------------------------------
inline constexpr uint32_t kSignallingLost = 1001;  ///< and not back within the grace period
inline constexpr uint32_t kRemoved = 1002;         ///< by a moderator
inline constexpr uint32_t kRoomClosed = 1006;      ///< deactivated, or the longest session length reached
inline constexpr uint32_t kAllRemoved = 1008;      ///< a moderator ended the meeting for all
inline constexpr uint32_t kEndedByApi = 1009;
inline constexpr uint32_t kRemovedByApi = 1010;
inline constexpr uint32_t kDuplicateId = 1011;  ///< the same participantId joined again
inline constexpr uint32_t kLeft = 1101;         ///< of its own will
inline constexpr uint32_t kJoinFailed = 1103;   ///< a guest who was not let in

/// What a leave reason says to people.
std::string_view leave_text(uint32_t reason);

}  // namespace parley::room::code
