// links: sdp transport
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/rng.hpp"
#include "sdp/session_description.hpp"
#include "transport/negotiation.hpp"

namespace parley::transport {
namespace {

void check(const Answer& answer) {
  const auto sdp = sdp::parse(answer.sdp);
  PARLEY_CHECK(sdp.has_value());
  const auto& lines = answer.description.lines;
  PARLEY_CHECK(sdp->media.size() == lines.size());
  std::unordered_set<uint32_t> ssrcs;
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    PARLEY_CHECK(sdp->media[i].mid == line.mid.value());
    PARLEY_CHECK((sdp->media[i].port == 0) == line.codecs.empty());
    PARLEY_CHECK((line.direction == Direction::Send) == line.ssrcs.has_value());
    PARLEY_CHECK(line.rids.size() <= 3);
    if (!line.ssrcs) continue;
    PARLEY_CHECK(ssrcs.insert(line.ssrcs->media.value()).second);
    PARLEY_CHECK(!line.ssrcs->rtx || ssrcs.insert(line.ssrcs->rtx->value()).second);
  }
}

}  // namespace
}  // namespace parley::transport

// The input is a run of offers of one peer connection, divided by NUL bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace parley;
  using namespace parley::transport;
  Rng rng(1);
  Negotiator negotiator;
  OfferContext context{.fingerprint = {"sha-256", std::vector<uint8_t>(32, 1)},
                       .candidates = {{LocalCandidate::Kind::UdpHost, "192.0.2.1", 50000}}};
  std::string_view rest = as_text({data, size});
  for (int offers = 0; offers < 8 && !rest.empty(); ++offers) {
    const size_t end = rest.find('\0');
    context.seats = {{1, Mid("2"), Mid("3")}};
    auto answer = negotiator.accept(rest.substr(0, end), context, rng);
    if (!answer) {
      PARLEY_CHECK(!answer.error().message.empty());
      context.seats.clear();
      answer = negotiator.accept(rest.substr(0, end), context, rng);
    }
    if (answer) check(*answer);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return 0;
}
