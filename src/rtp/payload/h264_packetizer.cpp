#include <algorithm>
#include <vector>

#include "rtp/payload/annex_b.hpp"
#include "rtp/payload/packetizer.hpp"

/// H.264: RFC 6184 sections 5.6 (single NAL unit), 5.7.1 (STAP-A), 5.8 (FU-A).
namespace parley::rtp {
namespace {

constexpr uint8_t kReferenceMask = 0x60;  // nal_ref_idc
constexpr uint8_t kTypeMask = 0x1f;
constexpr size_t kLengthSize = 2;

void put_single(Bytes nal, Payloads& out) {
  out.put(nal);
  out.end();
}

// The aggregate's importance is that of its most important unit (section 5.7).
void put_aggregate(std::span<const Bytes> nals, Payloads& out) {
  uint8_t importance = 0;
  for (const Bytes nal : nals) importance = std::max(importance, static_cast<uint8_t>(nal[0] & kReferenceMask));
  out.put(static_cast<uint8_t>(importance | static_cast<uint8_t>(NalType::StapA)));
  for (const Bytes nal : nals) {
    out.put(static_cast<uint8_t>(nal.size() >> 8));
    out.put(static_cast<uint8_t>(nal.size()));
    out.put(nal);
  }
  out.end();
}

void put_fragments(Bytes nal, size_t limit, Payloads& out) {
  constexpr uint8_t kStart = 0x80, kEnd = 0x40;
  const auto indicator = static_cast<uint8_t>((nal[0] & ~kTypeMask) | static_cast<uint8_t>(NalType::FuA));
  const auto type = static_cast<uint8_t>(nal[0] & kTypeMask);
  Bytes body = nal.subspan(1);
  const size_t piece = equal_piece(body.size(), limit - 2);
  uint8_t flags = kStart;
  while (!body.empty()) {
    const size_t size = std::min(piece, body.size());
    if (size == body.size()) flags |= kEnd;
    out.put(indicator);
    out.put(static_cast<uint8_t>(flags | type));
    out.put(body.first(size));
    out.end();
    body = body.subspan(size);
    flags = 0;
  }
}

// Small units that wait for company.
class Aggregate {
 public:
  Aggregate(size_t limit, Payloads& out) : limit_(limit), out_(out) {}
  void add(Bytes nal) {
    if (size_ + kLengthSize + nal.size() > limit_) flush();
    nals_.push_back(nal);
    size_ += kLengthSize + nal.size();
  }
  void flush() {
    if (nals_.size() == 1) put_single(nals_.front(), out_);
    if (nals_.size() > 1) put_aggregate(nals_, out_);
    nals_.clear();
    size_ = 1;
  }

 private:
  size_t limit_;
  Payloads& out_;
  std::vector<Bytes> nals_;
  size_t size_ = 1;  // of the aggregate: its header
};

}  // namespace

void packetize_h264(Bytes frame, size_t limit, Payloads& out) {
  out.clear();
  limit = std::clamp(limit, kMinPayloadLimit, size_t{UINT16_MAX});
  Aggregate aggregate(limit, out);
  AnnexBReader nals(frame);
  while (const std::optional<Bytes> nal = nals.next()) {
    const NalType type = nal_type(*nal);
    if (type >= NalType::Delimiter && type <= NalType::Filler) continue;
    if (nal->size() <= limit) {
      aggregate.add(*nal);
    } else {
      aggregate.flush();
      put_fragments(*nal, limit, out);
    }
  }
  aggregate.flush();
}

}  // namespace parley::rtp
