// links: sdp transport
// The input is a run of answers to the offers of one client, divided by NUL bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "sdp/session_description.hpp"
#include "transport/negotiation.hpp"
#include "transport/offerer.hpp"

namespace parley::transport {
namespace {

void check(const Description& description, const Offerer& offerer) {
  PARLEY_CHECK(description.lines.size() == offerer.line_count());
  PARLEY_CHECK(!description.remote_fingerprints.empty());
  std::unordered_set<uint32_t> ssrcs;
  for (size_t i = 0; i < description.lines.size(); ++i) {
    const Line& line = description.lines[i];
    PARLEY_CHECK(line.mid == offerer.mid(static_cast<uint8_t>(i)));
    PARLEY_CHECK(!line.codecs.empty() || line.direction == Direction::Inactive);
    PARLEY_CHECK(line.direction != Direction::Send || line.ssrcs);
    PARLEY_CHECK(line.rids.size() <= 3 && (line.rids.empty() || line.upper_ssrcs.size() + 1 == line.rids.size()));
    for (const CodecBinding& codec : line.codecs) PARLEY_CHECK(rtp::kind(codec.codec) == line.kind);
    if (line.ssrcs) PARLEY_CHECK(ssrcs.insert(line.ssrcs->media.value()).second);
    for (const StreamSsrcs& layer : line.upper_ssrcs) PARLEY_CHECK(ssrcs.insert(layer.media.value()).second);
  }
}

}  // namespace
}  // namespace parley::transport

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace parley;
  using namespace parley::transport;
  Offerer offerer({.fingerprint = {"sha-256", std::vector<uint8_t>(32, 1)}, .rng = Rng(1)});
  const auto audio = receivable_codecs(rtp::MediaKind::Audio);
  const auto video = receivable_codecs(rtp::MediaKind::Video);
  offerer.add_send_line({rtp::MediaKind::Audio, audio});
  offerer.add_send_line({rtp::MediaKind::Video, video, {"q", "h", "f"}});
  offerer.add_receive_line(rtp::MediaKind::Audio, audio);
  offerer.add_receive_line(rtp::MediaKind::Video, video);
  std::string text(as_text({data, size}));
  std::string_view rest = text;
  for (int answers = 0; answers < 8 && !rest.empty(); ++answers) {
    const size_t end = rest.find('\0');
    offerer.offer();
    const auto description = offerer.accept(rest.substr(0, end));
    if (description) check(*description, offerer);
    PARLEY_CHECK(description || !description.error().message.empty());
    if (answers % 2 == 1) offerer.restart_ice();
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return 0;
}
