#include "playout/continuity.hpp"

#include <algorithm>

namespace parley::playout {

bool Continuity::accept(const Picture& picture) {
  if (picture.key) {
    begin(picture);
    return true;
  }
  if (!started_) return false;
  if (clean_) return accept_clean(picture);
  if (described_ && !picture.frames.empty()) return accept_by_descriptor(picture);
  if (lost_) return accept_behind_loss(picture);
  return accept_by_layer(picture);
}

void Continuity::restart() { *this = Continuity(); }

void Continuity::begin(const Picture& picture) {
  restart();
  started_ = true;
  described_ = !picture.frames.empty();
  for (const rtp::DependencyDescriptor& frame : picture.frames) note(frame.frame_number);
  if (picture.facts.has_tl0_picture_index) tl0_picture_index_ = picture.facts.tl0_picture_index;
}

bool Continuity::accept_clean(const Picture& picture) {
  if (picture.frames.empty()) described_ = false;
  for (const rtp::DependencyDescriptor& frame : picture.frames) note(frame.frame_number);
  return accept_by_layer(picture);
}

// A frame whose reference was left out is left out as well. Of the base layer that is the end: all later ones refer to
// it.
bool Continuity::accept_by_descriptor(const Picture& picture) {
  lost_ = false;
  size_t decodable = 0;
  for (const rtp::DependencyDescriptor& frame : picture.frames) {
    if (!refers_to_usable(frame)) break;
    note(frame.frame_number);  // the layers above may refer to it
    ++decodable;
  }
  if (decodable == picture.frames.size()) return true;
  // The picture is left out as a whole, its lower layers too.
  for (const rtp::DependencyDescriptor& frame : picture.frames.first(decodable)) forget(frame.frame_number);
  if (picture.frames.front().temporal_id == 0) started_ = false;
  return false;
}

bool Continuity::refers_to_usable(const rtp::DependencyDescriptor& frame) const {
  return std::ranges::all_of(frame.frame_diffs,
                             [&](uint16_t diff) { return usable(static_cast<uint16_t>(frame.frame_number - diff)); });
}

bool Continuity::accept_behind_loss(const Picture& picture) {
  const rtp::VideoFacts& facts = picture.facts;
  if (!facts.has_tl0_picture_index || !tl0_picture_index_ || facts.spatial_id != 0) {
    started_ = false;
    return false;
  }
  const bool base = facts.temporal_id == 0;
  const auto expected = static_cast<uint8_t>(*tl0_picture_index_ + (base ? 1 : 0));
  if (facts.tl0_picture_index != expected) {
    started_ = false;
    return false;
  }
  lost_ = false;
  highest_layer_ = 0;
  return accept_by_layer(picture);
}

bool Continuity::accept_by_layer(const Picture& picture) {
  const rtp::VideoFacts& facts = picture.facts;
  if (facts.temporal_id == 0 && facts.has_tl0_picture_index) tl0_picture_index_ = facts.tl0_picture_index;
  const bool vp8 = picture.codec == rtp::Codec::Vp8;
  const bool usable = facts.temporal_id <= highest_layer_;
  // VP8's Y: this picture needs the base layer only. Later ones of its layer may need a layer between.
  if (vp8 && facts.switching_up_point && facts.temporal_id == highest_layer_ + 1) highest_layer_ = facts.temporal_id;
  // VP9's U: later pictures of upper layers need nothing older.
  if (!vp8 && usable && facts.switching_up_point) highest_layer_ = kAllLayers;
  return usable || (vp8 && facts.switching_up_point);
}

}  // namespace parley::playout
