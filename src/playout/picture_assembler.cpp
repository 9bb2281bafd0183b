#include "playout/picture_assembler.hpp"

#include <algorithm>
#include <utility>

#include "rtp/payload/video_facts.hpp"

namespace parley::playout {
namespace {

// 3GPP TS 26.114 section 7.4.5: the last two bits, clockwise quarters.
std::optional<frame::Rotation> read_rotation(Bytes orientation) {
  if (orientation.empty()) return std::nullopt;
  return static_cast<frame::Rotation>((orientation[0] & 3) * 90);
}

// What the matrix does not tell is left to the stream; senders that name a matrix and no range mean the limited one.
std::optional<frame::ColourSpace> colour_of(const rtp::ColorSpace& space) {
  const auto matrix = frame::matrix_of_h273(space.matrix);
  if (!matrix) return std::nullopt;
  const bool full = space.range == rtp::ColorSpace::Range::Full;
  return frame::ColourSpace{*matrix, full ? frame::Range::Full : frame::Range::Limited};
}

}  // namespace

PictureAssembler::Packet PictureAssembler::store(const rtp::PacketView& view, rtp::Codec codec, Timestamp now) {
  const rtp::VideoFacts facts = rtp::read_video_facts(codec, view.payload, view.marker);
  // An upper layer that is not predicted from the one below may stand alone: where an SFU forwards one layer of K-SVC.
  const bool lowest = facts.spatial_id == 0 || (codec == rtp::Codec::Vp9 && !facts.inter_layer);
  const bool starts = facts.starts_frame && lowest;
  return {.codec = codec,
          .timestamp = view.timestamp,
          .marker = view.marker,
          .starts_unit = starts,
          .key = facts.keyframe,
          .rotation = read_rotation(view.video_orientation),
          .color_space = rtp::read_color_space(view.color_space),
          .arrival = now,
          .payload = {view.payload.begin(), view.payload.end()},
          .descriptor = {view.dependency_descriptor.begin(), view.dependency_descriptor.end()}};
}

void PictureAssembler::receive(const rtp::PacketView& packet, rtp::Codec codec, Timestamp now) {
  if (rtp::kind(codec) != rtp::MediaKind::Video) return;
  const auto place = run_.place(packet.sequence_number);
  if (place && place->restarted) {
    packets_.clear();
    bytes_ = 0;
    next_.reset();
    boundary_ = false;
    continuity_.restart();
    ++stats_.restarts;
  }
  if (!place || (next_ && place->number < *next_)) {
    ++stats_.late_packets;
    return;
  }
  const auto [at, added] = packets_.try_emplace(place->number);
  if (!added) {
    ++stats_.duplicates;
    return;
  }
  at->second = store(packet, codec, now);
  bytes_ += at->second.payload.size() + at->second.descriptor.size();
  stream_seen_ = stream_seen_ || !packet.payload.empty();
  while (packets_.size() > kMaxPackets || bytes_ > kMaxBytes) {
    ++stats_.overflows;
    skip_gap();
  }
}

std::optional<frame::EncodedPicture> PictureAssembler::next(Timestamp now) {
  for (;;) {
    drop_leftovers();
    if (continuity_.key_frame_needed()) skip_to_key_frame();
    if (packets_.empty()) return std::nullopt;
    if (in_position(packets_.begin())) {
      if (const auto end = unit_end(packets_.begin()); end && !premature(*end)) {
        if (auto picture = take_unit(*end)) return picture;
        continue;
      }
    }
    if (next_deadline() > now) return std::nullopt;
    ++stats_.gaps;
    skip_gap();
  }
}

Timestamp PictureAssembler::next_deadline() const {
  if (!next_ && !packets_.empty()) return packets_.begin()->second.arrival + options_.longest_wait;
  const std::optional<int64_t> missing = first_missing();
  if (!missing) return Timestamp::never();
  const auto behind = packets_.upper_bound(*missing);
  const bool shorter = options_.wait_before_key_frame < options_.longest_wait && whole_key_frame_from(behind);
  return behind->second.arrival + (shorter ? options_.wait_before_key_frame : options_.longest_wait);
}

bool PictureAssembler::key_frame_wanted() const {
  const bool on_its_way = !packets_.empty() && packets_.begin()->second.key;
  return stream_seen_ && continuity_.key_frame_needed() && !on_its_way;
}

void PictureAssembler::restart() { *this = PictureAssembler(options_); }

// --- where units begin and end ---------------------------------------------------------------------------------------

bool PictureAssembler::in_position(Packets::const_iterator packet) const {
  const bool next = packet->first == next_;
  return packet->second.starts_unit ? next || !next_ : next && boundary_;
}

// One past the last packet of the unit that begins at `begin`, if all of it is here.
std::optional<PictureAssembler::Packets::const_iterator> PictureAssembler::unit_end(
    Packets::const_iterator begin) const {
  int64_t number = begin->first;
  for (auto packet = begin; packet != packets_.end(); ++packet, ++number) {
    if (packet->first != number) return std::nullopt;
    const bool filler = packet->second.payload.empty();
    if (!filler && !same_unit(packet->second, begin->second)) return packet;
    if (packet->second.marker) return std::next(packet);
  }
  return std::nullopt;
}

// A stream's first packets may come in any order: what is no key frame shall not lock out one that comes after it.
bool PictureAssembler::premature(Packets::const_iterator end) const {
  return !next_ && std::none_of(packets_.begin(), end, [](const auto& packet) { return packet.second.key; });
}

// The first number that is waited for although a later one has come. A stream joined in the middle of a picture waits
// for the beginning.
std::optional<int64_t> PictureAssembler::first_missing() const {
  if (packets_.empty()) return std::nullopt;
  const auto first = packets_.begin();
  if (!in_position(first)) return first->first - 1;
  int64_t number = first->first;
  for (const auto& [there, packet] : packets_) {
    if (there != number) return number;
    ++number;
  }
  return std::nullopt;
}

bool PictureAssembler::whole_key_frame_from(Packets::const_iterator packet) const {
  for (; packet != packets_.end(); ++packet) {
    if (packet->second.starts_unit && packet->second.key && unit_end(packet)) return true;
  }
  return false;
}

// --- leaving out -----------------------------------------------------------------------------------------------------

PictureAssembler::Packets::iterator PictureAssembler::erase(Packets::const_iterator packet) {
  bytes_ -= packet->second.payload.size() + packet->second.descriptor.size();
  return packets_.erase(packet);
}

void PictureAssembler::erase_until(Packets::const_iterator end, bool boundary) {
  for (auto packet = packets_.cbegin(); packet != end;) {
    next_ = packet->first + 1;
    packet = erase(packet);
  }
  boundary_ = boundary;
}

void PictureAssembler::go_on_at(Packets::const_iterator unit) {
  erase_until(unit, true);
  next_ = unit->first;
}

// Padding between pictures, numbers that an SFU filled for packets it left out, and the rest of a unit that was given
// up.
void PictureAssembler::drop_leftovers() {
  while (!packets_.empty() && packets_.begin()->first == next_) {
    const Packet& packet = packets_.begin()->second;
    const bool empty = packet.payload.empty();
    if (!empty && (boundary_ || packet.starts_unit)) return;
    erase_until(std::next(packets_.cbegin()), packet.marker || (empty && boundary_));
  }
}

// Goes to the first key frame that is whole, else to the first that has begun; nothing before it can be used.
void PictureAssembler::skip_to_key_frame() {
  std::optional<Packets::const_iterator> chosen;
  for (auto packet = packets_.cbegin(); packet != packets_.cend(); ++packet) {
    if (!packet->second.starts_unit || !packet->second.key) continue;
    const bool whole = unit_end(packet).has_value();
    if (whole || !chosen) chosen = packet;
    if (whole) break;
  }
  if (chosen) go_on_at(*chosen);
}

// Leaves out the unit that cannot be completed, and goes on where the next one begins.
void PictureAssembler::skip_gap() {
  continuity_.lose();
  auto packet = packets_.cbegin();
  const bool gap_in_front = !in_position(packet);
  if (gap_in_front && packet->second.starts_unit) return go_on_at(packet);
  const std::pair broken(packet->second.timestamp, packet->second.codec);
  bool ended = false;  // the packet before is there, and a unit ended with it
  int64_t expected = packet->first;
  for (; packet != packets_.cend(); ++packet) {
    const Packet& p = packet->second;
    const bool other = std::pair(p.timestamp, p.codec) != broken;
    const bool behind_end = ended && packet->first == expected;
    if (!p.payload.empty() && (behind_end || (other && p.starts_unit))) break;
    ended = p.marker;
    expected = packet->first + 1;
  }
  if (packet != packets_.cend()) return go_on_at(packet);
  erase_until(packet, ended);
}

// --- pictures --------------------------------------------------------------------------------------------------------

// The descriptors of the unit's frames, in order: also those of what is left out, since they may hold a structure.
bool PictureAssembler::read_descriptors(Packets::const_iterator end, std::vector<rtp::DependencyDescriptor>& frames) {
  for (auto packet = packets_.cbegin(); packet != end; ++packet) {
    if (packet->second.payload.empty()) continue;
    const auto descriptor = descriptors_.read(packet->second.descriptor);
    if (!descriptor) return false;
    if (descriptor->starts_frame) frames.push_back(*descriptor);
  }
  return !frames.empty();
}

std::optional<frame::EncodedPicture> PictureAssembler::take_unit(Packets::const_iterator end) {
  std::vector<Bytes> payloads;
  for (auto packet = packets_.cbegin(); packet != end; ++packet) {
    if (!packet->second.payload.empty()) payloads.push_back(packet->second.payload);
  }
  const Packet& first = packets_.begin()->second;
  if (std::exchange(codec_, first.codec) != first.codec) continuity_.restart();
  auto coded = rtp::depacketize(first.codec, payloads);
  std::optional<frame::EncodedPicture> picture;
  if (!coded) {
    ++stats_.malformed;
    continuity_.lose();
  } else if (usable(first, end, *coded)) {
    learn_appearance(end, coded->key);
    picture = finish(first, std::move(*coded));
  } else if (coded->decodes) {
    ++stats_.undecodable;
  }
  erase_until(end, true);
  return picture;
}

// TS 26.114 section 7.4.5: key frames tell the rotation, others if it changed; who never tells does not turn pictures.
// The same with colour spaces, which come with the last packet of key frames and when they change.
void PictureAssembler::learn_appearance(Packets::const_iterator end, bool key) {
  if (key) {
    rotation_ = frame::Rotation::None;
    colour_.reset();
  }
  for (auto packet = packets_.cbegin(); packet != end; ++packet) {
    if (packet->second.rotation) rotation_ = *packet->second.rotation;
    if (packet->second.color_space) colour_ = colour_of(*packet->second.color_space);
  }
}

bool PictureAssembler::usable(const Packet& first, Packets::const_iterator end, rtp::CodedPicture& coded) {
  std::vector<rtp::DependencyDescriptor> frames;
  if (!read_descriptors(end, frames)) frames.clear();
  if (first.codec == rtp::Codec::H264 && !complete_parameter_sets(coded)) return false;
  return continuity_.accept({.codec = first.codec,
                             .key = coded.key,
                             .facts = rtp::read_video_facts(first.codec, first.payload, false),
                             .frames = frames});
}

// False for what shows nothing: sets alone, or a key frame whose sets never came.
bool PictureAssembler::complete_parameter_sets(rtp::CodedPicture& coded) {
  parameter_sets_.learn(coded.data);
  if (!coded.decodes || !coded.key) return coded.decodes;
  auto whole = parameter_sets_.complete(std::move(coded.data));
  if (!whole) {
    continuity_.lose();
    return false;
  }
  coded.data = std::move(*whole);
  coded.size = parameter_sets_.size();
  return true;
}

frame::EncodedPicture PictureAssembler::finish(const Packet& first, rtp::CodedPicture coded) {
  ++stats_.pictures;
  if (coded.key) ++stats_.key_frames;
  if (coded.size) size_ = {coded.size->width, coded.size->height};
  return {.codec = first.codec,
          .key = coded.key,
          .size = size_,
          .rotation = rotation_,
          .colour = colour_,
          .rtp_timestamp = first.timestamp,
          .captured_at = {},
          .data = frame::Payload(std::move(coded.data))};
}

}  // namespace parley::playout
