// links: sdp
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "sdp/limits.hpp"
#include "sdp/session_description.hpp"

// What parses is written and parsed back to the same value, and then written the same again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace parley;
  const auto session = sdp::parse(as_text({data, size}));
  if (!session) {
    PARLEY_CHECK(!session.error().message.empty());
    return 0;
  }
  const std::string text = sdp::serialize(*session);
  if (text.size() > sdp::kMaxTextSize) return 0;  // LF became CRLF
  const auto again = sdp::parse(text);
  PARLEY_CHECK(again.has_value());
  PARLEY_CHECK(*again == *session);
  PARLEY_CHECK(sdp::serialize(*again) == text);
  return 0;
}
