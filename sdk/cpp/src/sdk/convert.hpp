#pragma once

#include "parley/egress.hpp"
#include "parley/pubsub.hpp"
#include "parley/types.hpp"
#include "wire/parley.pb.h"

/// The words of the wire and the words of the public interface.
namespace parley::sdk {

wire::Mode to_wire(Mode mode);
wire::Source to_wire(StreamKind kind);
wire::Quality to_wire(Quality quality);
wire::PinTarget to_wire(PinTarget target);
wire::EgressKind to_wire(EgressKind kind);

Mode from_wire(wire::Mode mode);
StreamKind from_wire(wire::Source source);
Quality from_wire(wire::Quality quality);
Stream from_wire(const wire::StreamInfo& info);
Participant from_wire(const wire::ParticipantInfo& info);
Egress from_wire(const wire::EgressState& state);
PubSubMessage from_wire(const wire::PubSubMessage& message);
DataMessage from_wire(const wire::DataReceived& data);

}  // namespace parley::sdk
