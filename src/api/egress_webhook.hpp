#pragma once

#include <string>

#include "api/egress_resource.hpp"
#include "store/store.hpp"

namespace parley::api {

/// The body of the call that tells of an egress' status: `{"webhookType": "recording-stopped", "data": {…}}`.
std::string webhook_body(const egress::Egress& egress, const LinkContext& context);

/// Puts it into the outbox for the room's webhook, if that wants it, and for the egress' own. Returns how many.
store::Result<int> enqueue(store::Store& store, const egress::Egress& egress, const LinkContext& context);

}  // namespace parley::api
