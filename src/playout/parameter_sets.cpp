#include "playout/parameter_sets.hpp"

#include <algorithm>

#include "rtp/payload/annex_b.hpp"
#include "rtp/payload/bit_reader.hpp"
#include "rtp/payload/h264_sps.hpp"

namespace parley::playout {

using rtp::NalType;

void ParameterSets::learn(Bytes access_unit) {
  rtp::AnnexBReader nals(access_unit);
  while (const std::optional<Bytes> nal = nals.next()) {
    const NalType type = rtp::nal_type(*nal);
    // ITU-T H.264 sections 7.3.2.1 and 7.3.2.2: the id is the first code of a PPS, and stands behind profile and level
    // in an SPS.
    if (type == NalType::SequenceParameterSet && nal->size() > 4) {
      keep(sequence_, rtp::BitReader(nal->subspan(4)).exp_golomb(), *nal);
      if (const auto size = rtp::h264_picture_size(*nal)) size_ = size;
    } else if (type == NalType::PictureParameterSet && nal->size() > 1) {
      keep(picture_, rtp::BitReader(nal->subspan(1)).exp_golomb(), *nal);
    }
  }
}

void ParameterSets::keep(std::vector<Set>& sets, uint32_t id, Bytes nal) {
  if (nal.size() > kMaxSetSize) return;
  std::erase_if(sets, [id](const Set& set) { return set.id == id; });
  if (sets.size() == kMaxSets) sets.erase(sets.begin());
  sets.push_back({id, std::vector<uint8_t>(nal.begin(), nal.end())});
}

std::optional<std::vector<uint8_t>> ParameterSets::complete(std::vector<uint8_t> key_frame) const {
  bool has_sequence = false;
  bool has_picture = false;
  rtp::AnnexBReader nals(key_frame);
  while (const std::optional<Bytes> nal = nals.next()) {
    has_sequence = has_sequence || rtp::nal_type(*nal) == NalType::SequenceParameterSet;
    has_picture = has_picture || rtp::nal_type(*nal) == NalType::PictureParameterSet;
  }
  if ((!has_sequence && sequence_.empty()) || (!has_picture && picture_.empty())) return std::nullopt;
  if (has_sequence && has_picture) return key_frame;
  std::vector<uint8_t> whole;
  for (const Set& set : sequence_) {
    if (!has_sequence) rtp::append_annex_b(set.nal, whole);
  }
  for (const Set& set : picture_) {
    if (!has_picture) rtp::append_annex_b(set.nal, whole);
  }
  whole.insert(whole.end(), key_frame.begin(), key_frame.end());
  return whole;
}

}  // namespace parley::playout
