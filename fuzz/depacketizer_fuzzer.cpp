// links: rtp base
#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "rtp/payload/annex_b.hpp"
#include "rtp/payload/depacketizer.hpp"
#include "rtp/payload/opus.hpp"
#include "rtp/payload/packetizer.hpp"

using namespace parley;
using namespace parley::rtp;

/// Hostile payloads to each depacketizer; and hostile frames to each packetizer, whose payloads have to come together
/// again.
namespace {

std::vector<Bytes> views(const Payloads& payloads, size_t limit) {
  std::vector<Bytes> all;
  for (size_t i = 0; i < payloads.size(); ++i) {
    PARLEY_CHECK(!payloads[i].empty() && payloads[i].size() <= limit);
    all.push_back(payloads[i]);
  }
  return all;
}

void depacketize_pieces(Codec codec, ByteReader input) {
  std::vector<Bytes> payloads;
  size_t total = 0;
  while (input.remaining() > 0) {
    const Bytes payload = input.take(std::min<size_t>(input.u8(), input.remaining()));
    if (!payload.empty()) payloads.push_back(payload);
    total += payload.size();
  }
  const auto picture = depacketize(codec, payloads);
  if (!picture) return;
  // Start codes, size fields and a superframe's index come on top.
  PARLEY_CHECK(picture->data.size() <= 4 * total + 34);
  PARLEY_CHECK(!picture->key || picture->decodes);
}

// The units of `frame` that travel.
std::vector<uint8_t> normalised_annex_b(Bytes frame) {
  std::vector<uint8_t> stream;
  AnnexBReader nals(frame);
  while (const auto nal = nals.next()) {
    if (nal_type(*nal) < NalType::Delimiter || nal_type(*nal) > NalType::Filler) append_annex_b(*nal, stream);
  }
  return stream;
}

void packetize_all(Bytes frame, size_t limit) {
  Payloads out;
  packetize_vp8(frame, {.picture_id = 1, .layer = TemporalLayer{1, true, 2}}, limit, out);
  if (const auto picture = depacketize(Codec::Vp8, views(out, limit))) {
    PARLEY_CHECK(std::ranges::equal(picture->data, frame));
  }
  packetize_vp9(frame, {.picture_id = 1, .inter_picture = false, .size = PictureSize{2, 3}}, limit, out);
  const auto vp9 = depacketize(Codec::Vp9, views(out, limit));
  PARLEY_CHECK(frame.empty() ? out.empty() : vp9 && std::ranges::equal(vp9->data, frame));
  packetize_h264(frame, limit, out);
  if (const auto picture = depacketize(Codec::H264, views(out, limit)); picture && !out.empty()) {
    PARLEY_CHECK(std::ranges::equal(picture->data, normalised_annex_b(frame)));
  }
  packetize_av1(frame, limit, out);
  const auto av1 = depacketize(Codec::Av1, views(out, limit));
  PARLEY_CHECK(out.empty() || av1);
  if (out.empty()) return;
  // What came together is in the form that it is packetized from.
  Payloads again;
  packetize_av1(av1->data, limit, again);
  const auto twice = depacketize(Codec::Av1, views(again, limit));
  PARLEY_CHECK(twice && twice->data == av1->data);
}

}  // namespace

// The first byte chooses the codec, or the packetizers and their limit.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes rest(data + 1, size - 1);
  if (data[0] & 0x80) {
    packetize_all(rest, kMinPayloadLimit + (data[0] & 0x7f) * 8);
  } else {
    depacketize_pieces(static_cast<Codec>(data[0] % 5), ByteReader(rest));
    const auto samples = opus_samples(rest);
    PARLEY_CHECK(!samples || (*samples > 0 && *samples <= kMaxOpusSamples));
  }
  return 0;
}
