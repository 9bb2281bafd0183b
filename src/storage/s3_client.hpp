#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "storage/bucket.hpp"
#include "storage/clock.hpp"
#include "storage/http.hpp"
#include "storage/s3_reply.hpp"

namespace parley::storage {

/// What the client stands on. All of it outlives the client.
struct Surroundings {
  HttpTransport& transport;
  Clock& clock;
  Rng& rng;
};

/// Between tries: half a second, then twice as long each time up to the longest, each times a random factor below one,
/// so that workers that failed together do not come back together. Ten tries take about two minutes at the most.
struct RetryPolicy {
  int tries = 10;
  TimeDelta first_pause = TimeDelta::millis(500);
  TimeDelta longest_pause = TimeDelta::seconds(30);
};

struct ObjectInfo {
  uint64_t size = 0;
  std::string etag;
};

/// The operations of S3 that Parley uses, one bucket, one at a time. Each tries again by itself what may succeed later;
/// what is sent is signed with its hash, so that damage on the way is refused. Blocks; not thread-safe.
class S3Client {
 public:
  static std::expected<S3Client, StorageError> make(const Bucket& bucket, Surroundings surroundings,
                                                    RetryPolicy policy = {});

  std::expected<void, StorageError> put(std::string_view object, const FileRange& content, std::string_view type);
  std::expected<ObjectInfo, StorageError> head(std::string_view object);
  /// Names of objects, in order: the first page (at most kMaxListed) of those that begin with `prefix` and come after
  /// `after`. Empty: there are no more.
  std::expected<std::vector<std::string>, StorageError> list(std::string_view prefix, std::string_view after);
  /// Of an object that is not there too.
  std::expected<void, StorageError> remove(std::string_view object);

  /// A large object, in parts of at least 5 MiB (the last may be smaller), at most kMaxParts. Gives the upload's id.
  std::expected<std::string, StorageError> begin_upload(std::string_view object, std::string_view type);
  std::expected<Part, StorageError> upload_part(std::string_view object, std::string_view upload_id, int number,
                                                const FileRange& content);
  std::expected<std::vector<Part>, StorageError> list_parts(std::string_view object, std::string_view upload_id);
  std::expected<void, StorageError> complete_upload(std::string_view object, std::string_view upload_id,
                                                    const std::vector<Part>& parts);
  /// Frees the parts. Of an upload that is not there too.
  std::expected<void, StorageError> abort_upload(std::string_view object, std::string_view upload_id);

 private:
  struct Request {
    std::string method;
    std::string_view object;
    Query query;
    std::string content_type;
    std::variant<std::string, FileRange> body;
  };

  S3Client(Bucket bucket, BucketAddress address, Surroundings surroundings, RetryPolicy policy);
  std::expected<HttpResponse, StorageError> perform(const Request& request);
  HttpRequest sign(const Request& request, const std::string& payload_hash) const;
  TimeDelta pause_after(int tries);

  Bucket bucket_;
  BucketAddress address_;
  Surroundings at_;
  RetryPolicy policy_;
};

}  // namespace parley::storage
