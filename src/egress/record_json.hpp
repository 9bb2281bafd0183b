#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "egress/egress.hpp"
#include "egress/job_json.hpp"

/// What the store keeps of an egress, as text.
namespace parley::egress {

/// The word of a status: "started", … And back.
std::string status_word(Status status);
Parsed<Status> parse_status(std::string_view word);

/// Everything of it but its stream keys.
std::string to_record_json(const Egress& egress);
/// The error names what is wrong; only a damaged or foreign database gives one.
Parsed<Egress> parse_record_json(std::string_view json);

/// The outputs with their stream keys: the store's secret.
std::string to_secrets_json(const std::vector<Output>& outputs);
Parsed<std::vector<Output>> parse_secrets_json(std::string_view json);

}  // namespace parley::egress
