#pragma once

#include <expected>
#include <optional>
#include <string>

#include "egress/egress.hpp"
#include "server/config.hpp"
#include "storage/bucket.hpp"

/// The bucket of finished files, as the configuration has it.
namespace parley::server {

/// Nothing without one.
std::optional<egress::Bucket> bucket_of(const Config& config);
storage::Bucket to_storage(const egress::Bucket& bucket);
/// "https://s3.example.org": where browsers are sent for files, "" without a bucket.
std::string bucket_origin(const Config& config);
/// Refuses a bucket that no server could be asked for, in a sentence.
std::expected<void, std::string> check_bucket(const Config& config);

/// The name of an egress' object in a bucket, without the file's own: "<prefix>/<dir path>/…/<id>/".
std::string object_prefix(const std::string& bucket_prefix, const egress::Egress& egress);

}  // namespace parley::server
