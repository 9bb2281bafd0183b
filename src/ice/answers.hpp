#pragma once

#include "base/address.hpp"
#include "base/datagram_batch.hpp"
#include "stun/message.hpp"

/// The answers of either agent to a Binding request; not for other modules.
namespace parley::ice {

// RFC 8489 section 14.8 and RFC 8445 section 7.3.1.1.
inline constexpr stun::ErrorCode kBadRequest = {400, "Bad Request"};
inline constexpr stun::ErrorCode kUnauthenticated = {401, "Unauthenticated"};
inline constexpr stun::ErrorCode kUnknownAttribute = {420, "Unknown Attribute"};
inline constexpr stun::ErrorCode kRoleConflict = {487, "Role Conflict"};

bool is_binding_request(const stun::MessageView& message);

/// The part of USERNAME before the colon: the answering agent's ufrag (RFC 8445 section 7.2.2). Only that is ours to
/// judge (section 7.3).
std::optional<std::string_view> ufrag_of(const stun::MessageView& request);

/// Finishes the message and sends it; it must fit.
void send(stun::Writer& writer, const Path& to, DatagramBatch& out);

void answer_success(const stun::MessageView& request, const stun::IntegrityKey& key, const Path& to,
                    DatagramBatch& out);

/// `key` is empty where the request was not authenticated (RFC 8489 section 9.1.3). Such an answer is smaller than any
/// request that has credentials, so it cannot be used to amplify a flood.
void answer_error(const stun::MessageView& request, const stun::ErrorCode& error, const stun::IntegrityKey* key,
                  const Path& to, DatagramBatch& out);

/// 401, or 400 for a request without credentials.
void refuse_credentials(const stun::MessageView& request, const Path& to, DatagramBatch& out);

}  // namespace parley::ice
