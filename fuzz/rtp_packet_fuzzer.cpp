// links: rtp
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.hpp"
#include "rtp/color_space.hpp"
#include "rtp/packet.hpp"
#include "rtp/rtx.hpp"

using namespace parley;
using namespace parley::rtp;

namespace {

ExtensionMap make_map(bool high_ids) {
  ExtensionMap map;
  for (size_t i = 0; i < kExtensionCount - 1; ++i) {
    map.set(static_cast<Extension>(i), static_cast<uint8_t>(high_ids ? 241 + i : 1 + i));
  }
  return map;
}

template <typename View>
void check_inside(const View& view, Bytes packet) {
  const auto* begin = reinterpret_cast<const uint8_t*>(view.data());
  PARLEY_CHECK(view.empty() || (begin >= packet.data() && begin + view.size() <= packet.data() + packet.size()));
}

bool equal(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

// What was read can be written, and reads the same again.
void check_round_trip(const PacketView& view, const ExtensionMap& map) {
  HeaderWriter writer({view.marker, view.payload_type, view.sequence_number, view.timestamp, view.ssrc});
  writer.add(map.id(Extension::Mid), view.mid);
  writer.add(map.id(Extension::Rid), view.rid);
  writer.add(map.id(Extension::DependencyDescriptor), view.dependency_descriptor);
  if (view.transport_sequence) writer.add_u16(map.id(Extension::TransportSequence), *view.transport_sequence);
  if (view.abs_send_time) writer.add_u24(map.id(Extension::AbsSendTime), *view.abs_send_time);
  std::array<uint8_t, HeaderWriter::kMaxSize> header;
  const size_t size = writer.finish(header);
  const auto again = PacketView::parse(Bytes(header).first(size), map);
  PARLEY_CHECK(again.has_value() && again->header_size == size);
  PARLEY_CHECK(again->marker == view.marker && again->payload_type == view.payload_type && again->ssrc == view.ssrc);
  PARLEY_CHECK(again->sequence_number == view.sequence_number && again->timestamp == view.timestamp);
  const size_t wanted = view.mid.size() + view.rid.size() + view.dependency_descriptor.size() + 5;
  if (wanted > HeaderWriter::kMaxData) return;
  PARLEY_CHECK(again->mid == view.mid && again->rid == view.rid);
  PARLEY_CHECK(equal(again->dependency_descriptor, view.dependency_descriptor));
  PARLEY_CHECK(again->transport_sequence == view.transport_sequence && again->abs_send_time == view.abs_send_time);
}

}  // namespace

// The first byte chooses the extension ids and the handling of padding; the rest is the packet.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ExtensionMap kMaps[] = {make_map(false), make_map(true)};
  if (size == 0) return 0;
  const ExtensionMap& map = kMaps[data[0] & 1];
  const Bytes packet(data + 1, size - 1);
  const auto view = PacketView::parse(packet, map, static_cast<PacketView::Padding>(data[0] >> 1 & 1));
  if (!view) return 0;
  PARLEY_CHECK(view->header_size + view->payload.size() + view->padding_size == packet.size());
  for (const std::string_view text : {view->mid, view->rid, view->repaired_rid}) check_inside(text, packet);
  for (const Bytes bytes : {view->payload, view->dependency_descriptor, view->video_orientation, view->playout_delay,
                            view->video_content_type, view->abs_capture_time, view->color_space}) {
    check_inside(bytes, packet);
  }
  if (const auto space = read_color_space(view->color_space)) {
    PARLEY_CHECK(equal(write_color_space(*space), view->color_space.first(kColorSpaceSize)));
  }
  check_inside(original_payload(view->payload), packet);
  PARLEY_CHECK(original_sequence_number(view->payload).has_value() == (view->payload.size() >= kRtxHeaderSize));
  check_round_trip(*view, map);
  return 0;
}
