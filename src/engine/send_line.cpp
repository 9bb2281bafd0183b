#include "engine/send_line.hpp"

#include <algorithm>

#include "base/prefetch.hpp"
#include "engine/peer.hpp"
#include "engine/publication.hpp"

namespace parley::engine {

namespace {

// Below 2^15 the first roll-over of the SRTP index cannot be mistaken, even when first packets get lost.
sfu::Subscription::Config random_start(rtp::MediaKind kind, Rng& rng) {
  return {.kind = kind, .first_sequence = static_cast<uint16_t>(rng.below(1 << 15)), .first_timestamp = rng.u32()};
}

sfu::Preference to_sfu(const Preference& preference) {
  return {.quality = static_cast<sfu::Preference::Quality>(preference.quality),
          .width = preference.width,
          .height = preference.height,
          .paused = preference.paused,
          .priority = preference.priority};
}

SubscriptionChanged::Pause to_engine(sfu::Pause pause) {
  switch (pause) {
    case sfu::Pause::None: return SubscriptionChanged::Pause::None;
    case sfu::Pause::Preference: return SubscriptionChanged::Pause::Preference;
    case sfu::Pause::Bandwidth: return SubscriptionChanged::Pause::Bandwidth;
  }
  return SubscriptionChanged::Pause::None;
}

}  // namespace

SendLine::SendLine(Peer& receiver, uint8_t line, const transport::Line& description, Rng& rng)
    : receiver_(receiver),
      line_(line),
      kind_(description.kind),
      ssrc_(description.ssrcs ? description.ssrcs->media : Ssrc()),
      subscription_(random_start(description.kind, rng)) {
  allocation_.kind = kind_;
}

bool SendLine::continues(const transport::Line& description) const {
  return description.direction == transport::Direction::Send && description.kind == kind_ && description.ssrcs &&
         description.ssrcs->media == ssrc_;
}

void SendLine::attach(Publication& publication, Timestamp now) {
  if (publication_ == &publication) return;
  detach();
  publication_ = &publication;
  publication.lines.push_back(this);
  if (publication.flowing) start(now);
}

void SendLine::detach() {
  if (publication_ == nullptr) return;
  std::erase(publication_->lines, this);
  publication_ = nullptr;
  subscription_.unbind();
  payload_type_.reset();
  mismatch_ = false;
  allocation_ = {.kind = kind_, .preference = allocation_.preference};
  reported_ = {};
}

void SendLine::start(Timestamp now) {
  match_codec(receiver_.connection.description().lines[line_]);
  if (!payload_type_) return subscription_.unbind();
  if (!subscription_.bound()) subscription_.bind(*publication_->media);
  receiver_.allocate_at = now;
}

void SendLine::match_codec(const transport::Line& description) {
  payload_type_.reset();
  for (const transport::CodecBinding& binding : description.codecs) {
    if (kind_ != publication_->kind || binding.codec != publication_->codec || binding.format != publication_->format)
      continue;
    payload_type_ = binding.payload_type;
    break;
  }
  mismatch_ = !payload_type_;
}

void SendLine::set_preference(const Preference& preference) { allocation_.preference = to_sfu(preference); }

sfu::AllocationItem SendLine::allocation_item(Timestamp now) const {
  sfu::AllocationItem item = allocation_;
  if (subscription_.bound()) item.layers = publication_->media->layers(now);
  return item;
}

void SendLine::take_allocation(const sfu::AllocationItem& item, Timestamp now) {
  allocation_ = item;
  if (subscription_.bound()) subscription_.set_target(*publication_->media, item.target, now);
}

void SendLine::prefetch(int steps_ahead) const {
  switch (steps_ahead) {
    case 4:
      parley::prefetch(this, 2 * sizeof(void*));
      parley::prefetch(&publication_, this + 1);
      return subscription_.prefetch();
    case 3: subscription_.prefetch_numbers(); [[fallthrough]];
    default: return receiver_.connection.prefetch_send(line_, steps_ahead);
  }
}

transport::OutgoingPacket SendLine::outgoing(const sfu::ForwardedPacket& packet) const {
  const sfu::PassedExtensions& passed = *packet.extensions;
  return {.line = line_,
          .payload_type = *payload_type_,
          .marker = packet.marker,
          .sequence_number = packet.sequence_number,
          .timestamp = packet.timestamp,
          .audio_level = passed.audio_level,
          .dependency_descriptor = packet.dependency_descriptor(),
          .video_orientation = passed.video_orientation,
          .playout_delay = passed.playout_delay,
          .video_content_type = passed.video_content_type,
          .abs_capture_time = passed.abs_capture_time,
          .color_space = passed.color_space,
          .prefix = packet.payload_prefix(),
          .payload = packet.payload};
}

uint8_t SendLine::stream() const {
  if (const auto wanted = subscription_.wanted_keyframe()) return *wanted;
  const sfu::LayerPoint current = subscription_.current(*publication_->media);
  return publication_->media->simulcast() && !current.none() ? static_cast<uint8_t>(current.spatial) : 0;
}

int8_t SendLine::wanted_layer() const {
  if (allocation_.preference.paused) return -1;
  return publication_->flowing ? allocation_.demanded_spatial : sfu::LayerPoint::highest().spatial;
}

std::optional<SubscriptionChanged> SendLine::take_change() {
  if (kind_ == rtp::MediaKind::Audio && !mismatch_) return std::nullopt;  // audio has no layers

  const bool sent = subscription_.bound() && payload_type_;
  const Reported now{sent ? subscription_.current(*publication_->media) : sfu::LayerPoint{},
                     mismatch_ ? SubscriptionChanged::Pause::Codec : to_engine(allocation_.pause)};
  if (now == reported_) return std::nullopt;
  reported_ = now;
  return SubscriptionChanged{receiver_.id, line_, now.layer.spatial, now.layer.temporal, now.pause};
}

}  // namespace parley::engine
