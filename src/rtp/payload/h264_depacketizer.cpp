#include "rtp/payload/annex_b.hpp"
#include "rtp/payload/depacketizer.hpp"
#include "rtp/payload/h264_sps.hpp"

/// H.264: RFC 6184 in packetization modes 0 and 1.
namespace parley::rtp {
namespace {

using Status = std::expected<void, PayloadError>;
constexpr auto fail(PayloadError error) { return std::unexpected(error); }

constexpr uint8_t kTypeMask = 0x1f;
constexpr uint8_t kForbiddenBit = 0x80;

class AccessUnit {
 public:
  Status add(Bytes payload) {
    if (payload.size() < 2 || (payload[0] & kForbiddenBit)) return fail(PayloadError::Malformed);
    const NalType type = nal_type(payload);
    if (type == NalType::FuA) return add_fragment(payload);
    if (fragmented_) return fail(PayloadError::Incomplete);
    if (type == NalType::StapA) return add_aggregate(ByteReader(payload.subspan(1)));
    if (type > NalType::LastSingle) return fail(PayloadError::Unsupported);
    return add_nal(payload);
  }

  std::expected<CodedPicture, PayloadError> finish() && {
    if (fragmented_) return fail(PayloadError::Incomplete);
    return std::move(picture_);
  }

 private:
  // Access unit delimiters carry nothing that the frame border does not.
  Status add_nal(Bytes nal) {
    const NalType type = nal_type(nal);
    if (type == NalType::Delimiter) return {};
    if (type > NalType::LastSingle || type < NalType::Slice) return fail(PayloadError::Malformed);
    note(type);
    if (type == NalType::SequenceParameterSet) {
      if (const auto size = h264_picture_size(nal)) picture_.size = size;
    }
    append_annex_b(nal, picture_.data);
    return {};
  }

  void note(NalType type) {
    picture_.key = picture_.key || type == NalType::IdrSlice;
    picture_.decodes = picture_.decodes || (type >= NalType::Slice && type <= NalType::IdrSlice);
  }

  Status add_aggregate(ByteReader reader) {
    while (reader.remaining() > 0) {
      const Bytes nal = reader.take(reader.u16());
      if (!reader.ok() || nal.empty() || (nal[0] & kForbiddenBit)) return fail(PayloadError::Malformed);
      if (const Status status = add_nal(nal); !status) return status;
    }
    return {};
  }

  // Section 5.8. The NAL header is made of the indicator's first bits and the fragment header's type.
  Status add_fragment(Bytes payload) {
    constexpr uint8_t kStart = 0x80, kEnd = 0x40;
    if (payload.size() < 3) return fail(PayloadError::Malformed);
    const bool starts = (payload[1] & kStart) != 0;
    const bool ends = (payload[1] & kEnd) != 0;
    const auto header = static_cast<uint8_t>((payload[0] & ~kTypeMask) | (payload[1] & kTypeMask));
    if (starts && ends) return fail(PayloadError::Malformed);
    if (starts == fragmented_) return fail(PayloadError::Incomplete);
    const Bytes body = payload.subspan(2);
    if (starts) {
      const auto type = static_cast<NalType>(header & kTypeMask);
      if (type < NalType::Slice || type > NalType::LastSingle) return fail(PayloadError::Malformed);
      note(type);
      fragment_header_ = header;
      append_annex_b(Bytes(&header, 1), picture_.data);
    } else if (header != fragment_header_) {
      return fail(PayloadError::Malformed);
    }
    picture_.data.insert(picture_.data.end(), body.begin(), body.end());
    fragmented_ = !ends;
    return {};
  }

  CodedPicture picture_{.decodes = false};
  bool fragmented_ = false;  // between a first and a last fragment
  uint8_t fragment_header_ = 0;
};

}  // namespace

std::expected<CodedPicture, PayloadError> depacketize_h264(std::span<const Bytes> payloads) {
  AccessUnit unit;
  for (const Bytes payload : payloads) {
    if (const Status status = unit.add(payload); !status) return fail(status.error());
  }
  return std::move(unit).finish();
}

}  // namespace parley::rtp
