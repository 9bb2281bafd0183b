#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/egress_call.hpp"
#include "api/fields.hpp"

/// Bodies of REST calls (and `options_json` of signalling) about egresses, as the values that the egress core takes.
namespace parley::api {

struct EgressRules {
  bool allow_private_destinations = false;
};

/// The body of a start. Errors name the field.
Field<StartEgress> parse_start(egress::Kind kind, const nlohmann::json& body, const EgressRules& rules);
/// The body of a layout change: `config {layout, theme}`, or these two directly.
Field<ChangeLayout> parse_layout_change(egress::Selector which, const nlohmann::json& body);
/// `add [{url, streamKey}]` (or `outputs`) and `remove [url or id]`.
Field<ChangeOutputs> parse_output_change(egress::Selector which, const nlohmann::json& body, const EgressRules& rules);
/// UpdateEgress of signalling: a livestream's outputs or any one's layout, by what the body has.
Field<EgressCall> parse_update(egress::Selector which, const nlohmann::json& body, const EgressRules& rules);

/// "rtmp://…" or "rtmps://…" with a host that strangers may name: see EgressRules. Names are resolved later.
Field<void> check_destination(const std::string& name, const std::string& url, const EgressRules& rules);
/// The host of such a URL, without brackets and port.
std::string destination_host(const std::string& url);

/// What may stand between a bucket's prefix and a file's name: plain segments. "" for none.
Field<std::string> check_dir_path(const std::string& name, const std::string& path);

}  // namespace parley::api
