#include "rtp/payload/av1_obu.hpp"
#include "rtp/payload/depacketizer.hpp"
#include "rtp/payload/leb128.hpp"

/// AV1: "RTP Payload Format For AV1" section 4.
namespace parley::rtp {
namespace {

using Status = std::expected<void, PayloadError>;
constexpr auto fail(PayloadError error) { return std::unexpected(error); }

// Aggregation header.
constexpr uint8_t kContinuesFirst = 0x80;  // Z
constexpr uint8_t kContinuesLast = 0x40;   // Y
constexpr uint8_t kNewSequence = 0x08;     // N

class TemporalUnit {
 public:
  // With W = 0 each element has its size in front, else there are W and the last one goes to the end.
  Status add(Bytes payload) {
    if (payload.size() < 2) return fail(PayloadError::Malformed);
    const uint8_t aggregation = payload[0];
    const unsigned count = aggregation >> 4 & 3;
    ByteReader reader(payload.subspan(1));
    if (first_ && (aggregation & kNewSequence)) new_sequence_ = true;
    first_ = false;
    bool continues = (aggregation & kContinuesFirst) != 0;
    if (continues != fragmented_) return fail(PayloadError::Incomplete);
    for (unsigned i = 0; count == 0 ? reader.remaining() > 0 : i < count; ++i) {
      const bool has_size = count == 0 || i + 1 < count;
      const Bytes element = reader.take(has_size ? read_leb128(reader) : reader.remaining());
      if (!reader.ok()) return fail(PayloadError::Malformed);
      const bool last = count == 0 ? reader.remaining() == 0 : i + 1 == count;
      if (const Status status = add_element(element, last && (aggregation & kContinuesLast)); !status) return status;
    }
    return {};
  }

  std::expected<CodedPicture, PayloadError> finish() && {
    if (fragmented_) return fail(PayloadError::Incomplete);
    if (picture_.data.empty()) return fail(PayloadError::Malformed);
    picture_.key = new_sequence_ && sequence_header_;
    return std::move(picture_);
  }

 private:
  Status add_element(Bytes element, bool goes_on) {
    if (fragmented_ || goes_on) {
      fragments_.insert(fragments_.end(), element.begin(), element.end());
      fragmented_ = goes_on;
      if (goes_on) return {};
      const Status status = add_obu(fragments_);
      fragments_.clear();
      return status;
    }
    return add_obu(element);
  }

  // In low-overhead form each OBU has its size (AV1 specification section 5.2).
  Status add_obu(Bytes element) {
    if (element.empty()) return {};
    ByteReader reader(element);
    const std::optional<Obu> obu = read_obu(reader);
    if (!obu) return fail(PayloadError::Malformed);
    if (!travels(obu->type)) return {};
    if (obu->type == ObuType::SequenceHeader) {
      sequence_header_ = true;
      picture_.size = av1_picture_size(obu->payload);
    }
    std::vector<uint8_t>& data = picture_.data;
    data.push_back(static_cast<uint8_t>(obu->header[0] | kObuHasSize));
    data.insert(data.end(), obu->header.begin() + 1, obu->header.end());
    write_leb128(obu->payload.size(), [&](uint8_t byte) { data.push_back(byte); });
    data.insert(data.end(), obu->payload.begin(), obu->payload.end());
    return {};
  }

  CodedPicture picture_;
  std::vector<uint8_t> fragments_;
  bool first_ = true;
  bool fragmented_ = false;
  bool new_sequence_ = false;
  bool sequence_header_ = false;
};

}  // namespace

std::expected<CodedPicture, PayloadError> depacketize_av1(std::span<const Bytes> payloads) {
  TemporalUnit unit;
  for (const Bytes payload : payloads) {
    if (const Status status = unit.add(payload); !status) return fail(status.error());
  }
  return std::move(unit).finish();
}

}  // namespace parley::rtp
