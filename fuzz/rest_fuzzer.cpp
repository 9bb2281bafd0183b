// links: api
#include <cstdint>
#include <string>

#include "api/api.hpp"
#include "auth/token.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"
#include "store/memory/memory_store.hpp"

using namespace parley;

namespace {

constexpr UtcTime kNow = UtcTime::from_ms(1'700'000'000'000);

struct Fixture {
  Fixture() {
    PARLEY_CHECK(keys.add("key", secret).has_value());
    token = auth::issue(
        {.apikey = "key", .permissions = {.allow_join = true}, .expires_at = kNow + TimeDelta::seconds(60)}, secret);
  }
  const std::string secret = std::string(32, 's');
  auth::KeyRing keys;
  std::string token;
};

}  // namespace

// A method (one byte), a target (up to a line break) and a body, to a server with one room and one session.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Fixture fixture;
  ByteReader reader(Bytes(data, size));
  api::Request request{.method = reader.u8() % 2 == 0 ? "GET" : "POST", .authorization = fixture.token};
  const std::string_view rest = as_text(reader.rest());
  const size_t line = std::min(rest.find('\n'), rest.size());
  api::parse_target(rest.substr(0, line), request);
  if (line < rest.size()) request.body = rest.substr(line + 1);

  const auto store = store::open_memory_store();
  (void)store->rooms().insert({.id = RoomId("r"), .record_id = "x", .custom_room_id = "c"});
  (void)store->sessions().start({SessionId("s"), RoomId("r"), kNow, std::nullopt});
  (void)store->sessions().enter({SessionId("s"), ParticipantId("p"), "P", "", "SEND_AND_RECV", {}, kNow});
  Rng rng(1);
  const api::FileLinks links(std::string(32, 'k'), TimeDelta::seconds(60));
  const api::Outcome outcome = api::Api({*store, fixture.keys, rng, "PEM", links, {}}).handle(request, kNow);
  const int status = outcome.response.status;
  PARLEY_CHECK(status == 200 || (status >= 400 && status < 500));
  PARLEY_CHECK(status == 200 || outcome.actions.empty());
  return 0;
}
