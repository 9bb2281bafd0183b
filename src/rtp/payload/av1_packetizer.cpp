#include <algorithm>
#include <optional>
#include <vector>

#include "rtp/payload/av1_obu.hpp"
#include "rtp/payload/leb128.hpp"
#include "rtp/payload/packetizer.hpp"

/// AV1: "RTP Payload Format For AV1" section 4. Each element has its size in front (W = 0), which costs a byte or two a
/// packet and saves looking ahead.
namespace parley::rtp {
namespace {

constexpr uint8_t kContinuesFirst = 0x80;  // Z
constexpr uint8_t kContinuesLast = 0x40;   // Y
constexpr uint8_t kNewSequence = 0x08;     // N

// An OBU as it travels: without its size field.
struct Element {
  uint8_t header[2] = {};
  size_t header_size = 0;
  Bytes payload;

  size_t size() const { return header_size + payload.size(); }
  void put(size_t from, size_t count, Payloads& out) const {
    for (; from < header_size && count > 0; ++from, --count) out.put(header[from]);
    if (count > 0) out.put(payload.subspan(from - header_size, count));
  }
};

std::optional<std::vector<Element>> read_elements(Bytes frame, bool& sequence_header) {
  std::vector<Element> elements;
  ByteReader reader(frame);
  while (reader.remaining() > 0) {
    const std::optional<Obu> obu = read_obu(reader);
    if (!obu) return std::nullopt;
    if (!travels(obu->type)) continue;
    sequence_header = sequence_header || obu->type == ObuType::SequenceHeader;
    Element element{.header_size = obu->header.size(), .payload = obu->payload};
    std::copy(obu->header.begin(), obu->header.end(), element.header);
    element.header[0] = static_cast<uint8_t>(element.header[0] & ~kObuHasSize);
    elements.push_back(element);
  }
  return elements;
}

class Packer {
 public:
  Packer(size_t room, bool new_sequence, Payloads& out) : room_(room), out_(out) {
    begin(new_sequence ? kNewSequence : 0);
  }

  void add(const Element& element) {
    size_t from = 0;
    do {
      if (left_ < kLeast) turn(from > 0);
      const size_t rest = element.size() - from;
      size_t count = std::min(rest, left_ - leb128_size(std::min(rest, left_)));
      write_leb128(count, [&](uint8_t byte) { out_.put(byte); });
      element.put(from, count, out_);
      left_ -= count + leb128_size(count);
      from += count;
      if (from < element.size()) turn(true);
    } while (from < element.size());
  }

  void finish() { out_.end(); }

 private:
  /// A size and a byte or two behind it: less is not worth a fragment.
  static constexpr size_t kLeast = 4;

  void begin(uint8_t aggregation) {
    out_.put(aggregation);
    left_ = room_;
  }
  // Closes the payload and begins the next one; `inside` an element.
  void turn(bool inside) {
    if (inside) out_.open()[0] |= kContinuesLast;
    out_.end();
    begin(inside ? kContinuesFirst : 0);
  }

  size_t room_;
  Payloads& out_;
  size_t left_ = 0;
};

}  // namespace

void packetize_av1(Bytes frame, size_t limit, Payloads& out) {
  out.clear();
  bool sequence_header = false;
  const auto elements = read_elements(frame, sequence_header);
  if (!elements || elements->empty()) return;
  constexpr size_t kMaxSizeField = 3;  // a payload has less than 2 MiB
  size_t total = 0;
  for (const Element& element : *elements) total += element.size() + leb128_size(element.size());
  // Each border between payloads may cost one more size field.
  const size_t room = std::max(limit, kMinPayloadLimit) - 1;
  const size_t piece = std::min(room, equal_piece(total, room - kMaxSizeField) + kMaxSizeField);
  Packer packer(piece, sequence_header, out);
  for (const Element& element : *elements) packer.add(element);
  packer.finish();
}

}  // namespace parley::rtp
