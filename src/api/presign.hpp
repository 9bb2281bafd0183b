#pragma once

#include <string>

#include "base/time.hpp"
#include "egress/job.hpp"

namespace parley::api {

/// What a link to an object of an S3-compatible bucket asks for.
struct ObjectLink {
  std::string object;               ///< name in the bucket
  std::string content_disposition;  ///< "" for none
  TimeDelta life = TimeDelta::seconds(3600);
};

/// A URL that gets the object until it expires: AWS Signature Version 4 in the query, path-style address (which all
/// S3-compatible servers understand).
std::string presign_get(const egress::Bucket& bucket, const ObjectLink& link, UtcTime now);

}  // namespace parley::api
