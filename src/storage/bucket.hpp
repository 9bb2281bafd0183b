#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "storage/error.hpp"
#include "storage/sigv4.hpp"

namespace parley::storage {

/// Where the bucket's name stands in a URL.
enum class Addressing : uint8_t {
  Automatic,  ///< in the host at Amazon (unless the name has dots, which its certificates do not cover), else in the
              ///< path
  Path,       ///< https://host/bucket/object: MinIO, Ceph, most others
  Host,       ///< https://bucket.host/object
};

/// An S3-compatible bucket: AWS, MinIO, Ceph, …
struct Bucket {
  std::string endpoint;  ///< "https://host[:port]"; empty: Amazon's of the region
  std::string name;
  std::string region;  ///< empty: us-east-1, which most other servers take for any
  Credentials credentials;
  Addressing addressing = Addressing::Automatic;
};

/// How a bucket is reached; made of a Bucket that was checked.
struct BucketAddress {
  std::string origin;     ///< "https://host[:port]"
  std::string host;       ///< "host[:port]", as the Host header has it
  std::string base_path;  ///< "" or "/bucket"

  std::string path_of(std::string_view object) const;  ///< encoded
};

/// Refuses what no server could be asked with: the message says which part is wrong.
std::expected<BucketAddress, StorageError> address_of(const Bucket& bucket);

std::string region_of(const Bucket& bucket);

/// AWS's longest: a week.
inline constexpr TimeDelta kLongestLink = TimeDelta::seconds(7 * 86'400);

struct LinkOptions {
  TimeDelta valid_for = TimeDelta::seconds(3600);  ///< limited to 1 s … kLongestLink
  std::string download_as;                         ///< a file name, if browsers are to save rather than show it
};

/// A URL with which anybody may read the object until it expires, in ranges too. It is a secret as long as it lives.
std::expected<std::string, StorageError> presigned_link(const Bucket& bucket, std::string_view object, UtcTime now,
                                                        const LinkOptions& options);

}  // namespace parley::storage
