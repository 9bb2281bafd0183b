// links: storage
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "storage/s3_reply.hpp"

using namespace parley;
using namespace parley::storage;

// What a storage server answers: a byte for the status, then the body.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  HttpResponse response{.status = 200 + data[0] * 2, .body = std::string(as_text(Bytes(data + 1, size - 1)))};
  const StorageError error = read_refusal(response);
  PARLEY_CHECK(error.message.size() < 2000 && error.message.find('\n') == std::string::npos);
  (void)is_temporary(response);
  (void)says_error(response);
  (void)read_upload_id(response);
  if (const auto names = read_object_list(response, "meetings/", "meetings/1")) {
    for (const std::string& name : *names) PARLEY_CHECK(name.starts_with("meetings/"));
  }
  if (const auto list = read_part_list(response)) {
    for (const Part& part : list->parts) PARLEY_CHECK(part.number >= 1 && part.number <= kMaxParts);
    (void)complete_upload_body(list->parts);
  }
  return 0;
}
