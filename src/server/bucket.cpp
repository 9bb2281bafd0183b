#include "server/bucket.hpp"

namespace parley::server {

std::optional<egress::Bucket> bucket_of(const Config& config) {
  if (config.s3_endpoint.empty()) return std::nullopt;
  return egress::Bucket{config.s3_endpoint, config.s3_bucket, config.s3_region, config.s3_access_key,
                        config.s3_secret_key};
}

storage::Bucket to_storage(const egress::Bucket& bucket) {
  return {.endpoint = bucket.endpoint,
          .name = bucket.name,
          .region = bucket.region,
          .credentials = {bucket.access_key, bucket.secret_key}};
}

std::string bucket_origin(const Config& config) {
  const auto bucket = bucket_of(config);
  const auto address = bucket ? storage::address_of(to_storage(*bucket))
                              : std::expected<storage::BucketAddress, storage::StorageError>();
  return address ? address->origin : "";
}

std::expected<void, std::string> check_bucket(const Config& config) {
  const auto bucket = bucket_of(config);
  if (!bucket) return {};
  const auto address = storage::address_of(to_storage(*bucket));
  if (!address)
    return std::unexpected("The bucket that --s3-… describe cannot be used: " + address.error().message + ".");
  return {};
}

std::string object_prefix(const std::string& bucket_prefix, const egress::Egress& egress) {
  std::string prefix = bucket_prefix;
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
  if (!egress.dir_path.empty()) prefix += egress.dir_path + "/";
  if (egress.target) prefix += egress.session.value() + "/" + egress.target->participant.value() + "/";
  return prefix + egress.id.value() + "/";
}

}  // namespace parley::server
