#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace parley::rtp {

/// H.264's byte stream: ITU-T H.264 Annex B. Yields NAL units with their header byte, without start codes and trailing
/// zeros; bytes in front of the first start code and empty units are passed over.
class AnnexBReader {
 public:
  explicit AnnexBReader(Bytes stream);
  /// Nothing at the end.
  std::optional<Bytes> next();

 private:
  Bytes rest_;  // behind a start code, or empty
};

void append_annex_b(Bytes nal, std::vector<uint8_t>& stream);

enum class NalType : uint8_t {
  Slice = 1,
  IdrSlice = 5,
  SequenceParameterSet = 7,
  PictureParameterSet = 8,
  Delimiter = 9,
  EndOfSequence = 10,
  EndOfStream = 11,
  Filler = 12,
  LastSingle = 23,  ///< up to here a packet that begins with it is a NAL unit (RFC 6184 section 5.2)
  StapA = 24,
  FuA = 28,
};
/// `nal` is not empty.
constexpr NalType nal_type(Bytes nal) { return static_cast<NalType>(nal[0] & 0x1f); }

}  // namespace parley::rtp
