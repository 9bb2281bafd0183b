// links: auth base
#include <cstdint>
#include <cstdlib>
#include <string>

#include "auth/base64url.hpp"
#include "auth/hs256.hpp"
#include "auth/token.hpp"
#include "base/bytes.hpp"

// Bytes become a token in two ways: as they are, and as header and payload (split at the first newline) that are
// encoded and signed properly, so that the claims behind the signature are reached as well.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace parley;
  const std::string secret(32, 's');
  auth::KeyRing keys;
  if (!keys.add("key", secret)) std::abort();
  const UtcTime now = UtcTime::from_ms(1'700'000'000'000);
  const std::string_view text = as_text({data, size});

  if (auth::verify(text, keys, now)) std::abort();  // only a forger could have made one

  const size_t cut = text.find('\n');
  if (cut == text.npos) return 0;
  const std::string input = auth::base64url_encode(as_bytes(text.substr(0, cut))) + "." +
                            auth::base64url_encode(as_bytes(text.substr(cut + 1)));
  const auto claims = auth::verify(input + "." + auth::base64url_encode(auth::hs256_sign(input, secret)), keys, now);
  if (!claims) return 0;
  // What was accepted is sound, and can be written and read again.
  const auto& may = claims->permissions;
  if (claims->apikey != "key" || (may.ask_join && (may.allow_join || may.allow_mod))) std::abort();
  if (!(may.ask_join || may.allow_join || may.allow_mod)) std::abort();
  const std::string again = auth::issue(*claims, secret);
  if (again.size() <= auth::kMaxTokenSize && !auth::verify(again, keys, now, TimeDelta::seconds(31))) std::abort();
  return 0;
}
