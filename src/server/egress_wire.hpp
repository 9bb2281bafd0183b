#pragma once

#include <optional>
#include <string>

#include "egress/egress.hpp"
#include "egress/refusal.hpp"
#include "wire/parley.pb.h"

/// Egresses as signalling tells of them.
namespace parley::server {

/// Nothing for kinds that participants are not told of: recordings of one participant are a back end's matter.
std::optional<wire::EgressKind> to_wire(egress::Kind kind);
egress::Kind from_wire(wire::EgressKind kind);
/// `base_url` for the addresses of an HLS stream; "" gives paths.
wire::EgressState to_wire(const egress::Egress& egress, const std::string& base_url);
wire::Error to_wire(const egress::Refusal& refusal);

}  // namespace parley::server
