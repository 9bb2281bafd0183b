#include "server/egress_wire.hpp"

#include "api/egress_resource.hpp"
#include "egress/job_json.hpp"
#include "egress/names.hpp"

namespace parley::server {

std::optional<wire::EgressKind> to_wire(egress::Kind kind) {
  switch (kind) {
    case egress::Kind::Recording: return wire::RECORDING;
    case egress::Kind::Livestream: return wire::LIVESTREAM;
    case egress::Kind::Hls: return wire::HLS;
    default: return std::nullopt;
  }
}

egress::Kind from_wire(wire::EgressKind kind) {
  switch (kind) {
    case wire::LIVESTREAM: return egress::Kind::Livestream;
    case wire::HLS: return egress::Kind::Hls;
    default: return egress::Kind::Recording;
  }
}

wire::EgressState to_wire(const egress::Egress& egress, const std::string& base_url) {
  wire::EgressState out;
  out.set_kind(to_wire(egress.kind).value_or(wire::RECORDING));
  out.set_egress_id(egress.id.value());
  out.set_status(egress::status_name(egress.kind, egress.status));
  if (egress.error) {
    out.mutable_error()->set_code(egress::code::of(egress.kind).died);
    out.mutable_error()->set_message(egress.error->message);
  }
  out.set_paused(egress.paused);
  if (egress.started_at) out.set_started_at_ms(egress.started_at->ms());
  for (const egress::OutputStatus& o : egress.outputs) {
    wire::EgressOutput& output = *out.add_outputs();
    output.set_id(o.id);
    output.set_url(o.url);
    output.set_state(std::string(egress::name_of(o.state)));
    output.set_message(o.message);
  }
  if (egress.kind == egress::Kind::Hls) {
    out.set_playback_hls_url(api::playback_url(base_url, egress.id));
    out.set_livestream_url(api::live_url(base_url, egress.id));
  }
  out.set_config_json(egress::to_json(egress.config));
  return out;
}

wire::Error to_wire(const egress::Refusal& refusal) {
  wire::Error error;
  error.set_code(refusal.code);
  error.set_message(refusal.message);
  return error;
}

}  // namespace parley::server
