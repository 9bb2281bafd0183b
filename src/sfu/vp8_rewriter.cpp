#include "sfu/vp8_rewriter.hpp"

#include "base/sequence.hpp"

namespace parley::sfu {
namespace {

constexpr uint16_t kIdMask = 0x7fff;

}  // namespace

void Vp8Rewriter::begin(const rtp::VideoFacts& facts) {
  pictures_.fill(Picture{});
  newest_ = int64_t{facts.picture_id} - 1;
  tl0_offset_ = static_cast<uint8_t>(newest_tl0_ + 1 - facts.tl0_picture_index);
}

std::optional<Vp8Rewriter::Ids> Vp8Rewriter::take(const rtp::VideoFacts& facts) {
  Ids ids;
  if (facts.has_picture_id) {
    Picture* found = locate(facts);
    if (!found || found->fate == Fate::Skipped) return std::nullopt;
    if (found->fate == Fate::New) found->id = next_id_++;
    found->fate = Fate::Sent;
    ids.picture_id = found->id & kIdMask;
  }
  ids.tl0_picture_index = static_cast<uint8_t>(facts.tl0_picture_index + tl0_offset_);
  if (is_newer(ids.tl0_picture_index, newest_tl0_)) newest_tl0_ = ids.tl0_picture_index;
  return ids;
}

void Vp8Rewriter::skip(const rtp::VideoFacts& facts) {
  if (!facts.has_picture_id) return;
  Picture* found = locate(facts);
  if (found && found->fate != Fate::Sent) found->fate = Fate::Skipped;
}

int64_t Vp8Rewriter::unwrap(const rtp::VideoFacts& facts) const {
  const int64_t modulus = facts.picture_id_is_15_bits ? 0x8000 : 0x80;
  int64_t ahead = (facts.picture_id - newest_) % modulus;
  if (ahead < 0) ahead += modulus;
  return newest_ + (ahead > modulus / 2 ? ahead - modulus : ahead);
}

Vp8Rewriter::Picture* Vp8Rewriter::locate(const rtp::VideoFacts& facts) {
  const int64_t source = unwrap(facts);
  if (source <= newest_) {
    Picture& found = picture(source);
    return found.source == source ? &found : nullptr;
  }
  if (source - newest_ <= kPictures) {
    for (int64_t missing = newest_ + 1; missing < source; ++missing) {
      picture(missing) = {missing, next_id_++, Fate::Missing};
    }
  }
  newest_ = source;
  picture(source) = {source, 0, Fate::New};
  return &picture(source);
}

}  // namespace parley::sfu
