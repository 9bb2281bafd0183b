#include "sdk/local_media.hpp"

#include <algorithm>
#include <utility>

#include "rtp/color_space.hpp"
#include "rtp/payload/packetizer.hpp"

namespace parley::sdk {
namespace {

/// The path also carries sound, RTCP and retransmissions.
constexpr double kVideoShare = 0.9;

/// What is said of a picture beside its bytes: the colours in each packet, so that no loss takes them away, unless
/// everybody assumes them; the rotation in the last one of key frames, of changes (3GPP TS 26.114 section 7.4.5) and,
/// for receivers that take each picture by itself, of turned ones.
class Appearance {
 public:
  Appearance(const frame::EncodedPicture& picture, frame::Rotation before)
      : told_(picture.key || picture.rotation != before || picture.rotation != frame::Rotation::None),
        rotation_{static_cast<uint8_t>(static_cast<int>(picture.rotation) / 90)},
        coloured_(picture.colour && *picture.colour != frame::ColourSpace{}),
        color_space_(rtp::write_color_space(to_rtp(picture.colour.value_or(frame::ColourSpace{})))) {}
  Bytes orientation() const { return told_ ? Bytes(rotation_) : Bytes(); }
  Bytes color_space() const { return coloured_ ? Bytes(color_space_) : Bytes(); }

 private:
  // Numbers of ITU-T H.273: primaries, transfer and matrix that belong together.
  static rtp::ColorSpace to_rtp(const frame::ColourSpace& colour) {
    using Range = rtp::ColorSpace::Range;
    const Range range = colour.range == frame::Range::Full ? Range::Full : Range::Limited;
    switch (colour.matrix) {
      case frame::Matrix::Bt709: return {1, 1, 1, range};
      case frame::Matrix::Bt2020: return {9, 14, 9, range};
      case frame::Matrix::Bt601: break;
    }
    return {6, 6, 6, range};
  }

  bool told_;
  std::array<uint8_t, 1> rotation_;
  bool coloured_;
  std::array<uint8_t, rtp::kColorSpaceSize> color_space_;
};

transport::OutgoingPacket outgoing(uint8_t line, uint8_t layer, const SentPackets::Packet& kept) {
  transport::OutgoingPacket packet{.line = line, .layer = layer};
  packet.payload_type = kept.payload_type;
  packet.marker = kept.marker;
  packet.sequence_number = kept.sequence_number;
  packet.timestamp = kept.timestamp;
  packet.payload = kept.payload;
  packet.video_orientation = kept.orientation;
  packet.color_space = kept.color_space;
  return packet;
}

uint32_t bit(int layer) { return 1u << layer; }

/// What a server reads of the size of VP9 pictures, since their own headers are none of its business.
std::optional<rtp::PictureSize> told_size(frame::Size size) {
  if (size.width <= 0 || size.height <= 0 || size.width > 0xffff || size.height > 0xffff) return std::nullopt;
  return rtp::PictureSize{static_cast<uint16_t>(size.width), static_cast<uint16_t>(size.height)};
}

}  // namespace

void EncoderControl::want_key(int layer) {
  keys_wanted |= bit(layer);
  if (on_key_wanted) on_key_wanted(layer);
}

void EncoderControl::want_keys() {
  keys_wanted = ~0u;
  for (int layer = 0; layer < static_cast<int>(kMaxLayers); ++layer) {
    if (on_key_wanted && (pushed_layers >> layer & 1) != 0) on_key_wanted(layer);
  }
}

LocalMedia::LocalMedia(Client& client, Rng& rng) : client_(client) {
  for (Source& source : sources_) {
    for (Layer& layer : source.layers) {
      layer.sequence = rng.u16();
      layer.timestamp_offset = rng.u32();
      layer.picture_id = rng.u16() & 0x7fff;
    }
  }
}

transport::Connection* LocalMedia::connection() { return client_.media() ? client_.media()->connection() : nullptr; }

void LocalMedia::set_encoder(StreamKind kind, std::shared_ptr<EncoderControl> control) {
  Source& own = source(kind);
  if (own.encoder && own.encoder != control) {
    own.encoder->connected = false;
    own.encoder->on_key_wanted = nullptr;  // It may hold the source itself.
  }
  own.encoder = std::move(control);
  if (own.encoder) own.encoder->connected = connected_;
  allocate_at_ = Timestamp();
}

// ---- sending
// ---------------------------------------------------------------------------------------------------------

void LocalMedia::send_picture(StreamKind kind, uint8_t layer_index, const codec::EncoderOutput& output, Timestamp now,
                              DatagramBatch& out) {
  if (!connected_) return;
  const frame::EncodedPicture& picture = output.picture;
  const transport::CodecBinding* binding = client_.media()->binding(kind, picture.codec);
  if (binding == nullptr || layer_index >= client_.media()->layers(kind)) return;
  Layer& layer = source(kind).layers[layer_index];
  packetize(output, layer);
  transport::OutgoingPacket packet{.line = MediaSession::send_line(kind), .layer = layer_index};
  packet.payload_type = binding->payload_type;
  packet.timestamp = picture.rtp_timestamp + layer.timestamp_offset;
  const Appearance appearance(picture, layer.rotation);
  // A picture of an upper temporal layer is not passed on to everybody: a change counts as told once a base one told
  // it.
  if (output.temporal_layer == 0) layer.rotation = picture.rotation;
  packet.video_orientation = appearance.orientation();
  packet.color_space = appearance.color_space();
  layer.clock = {picture.captured_at, packet.timestamp};
  keep_packets(kind, layer_index, packet);
  send_paced(now, out);
  SentCounts& counts = source(kind).counts;
  ++counts.frames;
  if (picture.key) ++counts.key_frames;
  counts.width = std::max(counts.width, picture.size.width);
  counts.height = std::max(counts.height, picture.size.height);
}

void LocalMedia::packetize(const codec::EncoderOutput& output, Layer& layer) {
  const Bytes frame = output.picture.data.view();
  const bool base = output.temporal_layer == 0;
  layer.picture_id = (layer.picture_id + 1) & 0x7fff;
  if (base) ++layer.tl0_picture_index;
  const rtp::TemporalLayer temporal{.temporal_id = output.temporal_layer,
                                    .switching_up = output.layer_sync,
                                    .tl0_picture_index = layer.tl0_picture_index};
  switch (output.picture.codec) {
    case rtp::Codec::Vp8:
      return rtp::packetize_vp8(frame, {.picture_id = layer.picture_id, .layer = temporal}, kMaxPayload, payloads_);
    case rtp::Codec::Vp9: {
      rtp::Vp9Descriptor descriptor{.picture_id = layer.picture_id, .inter_picture = !output.picture.key};
      if (output.picture.key) descriptor.size = told_size(output.picture.size);
      return rtp::packetize_vp9(frame, descriptor, kMaxPayload, payloads_);
    }
    case rtp::Codec::H264: return rtp::packetize_h264(frame, kMaxPayload, payloads_);
    case rtp::Codec::Av1: return rtp::packetize_av1(frame, kMaxPayload, payloads_);
    default: payloads_.clear();
  }
}

void LocalMedia::keep_packets(StreamKind kind, uint8_t layer_index, transport::OutgoingPacket packet) {
  Layer& layer = source(kind).layers[layer_index];
  const Bytes orientation = packet.video_orientation;
  for (size_t i = 0; i < payloads_.size(); ++i) {
    const bool last = i + 1 == payloads_.size();
    SentPackets::Packet& kept = layer.sent.add(layer.sequence++);
    kept.timestamp = packet.timestamp;
    kept.payload_type = packet.payload_type;
    kept.marker = last;
    const Bytes payload = payloads_[i], turned = last ? orientation : Bytes();
    kept.payload.assign(payload.begin(), payload.end());
    kept.orientation.assign(turned.begin(), turned.end());
    kept.color_space.assign(packet.color_space.begin(), packet.color_space.end());
    pacer_.add({packet.line, layer_index, kept.sequence_number, static_cast<uint32_t>(payload.size())});
    source(kind).bytes += payload.size();
  }
}

void LocalMedia::send_paced(Timestamp now, DatagramBatch& out) {
  if (connection() == nullptr) return pacer_.clear();
  while (const auto next = pacer_.next(now)) {
    const SentPackets::Packet* kept = sources_[next->line].layers[next->layer].sent.find(next->sequence_number);
    if (kept != nullptr) connection()->send(outgoing(next->line, next->layer, *kept), now, out);
  }
}

void LocalMedia::send_sound(StreamKind kind, const frame::EncodedSound& sound, std::optional<rtp::AudioLevel> level,
                            Timestamp now, DatagramBatch& out) {
  if (!connected_) return;
  const transport::CodecBinding* binding = client_.media()->binding(kind, rtp::Codec::Opus);
  if (binding == nullptr) return;
  Layer& layer = source(kind).layers[0];
  transport::OutgoingPacket packet{.line = MediaSession::send_line(kind)};
  packet.payload_type = binding->payload_type;
  packet.sequence_number = layer.sequence++;
  packet.timestamp = sound.rtp_timestamp + layer.timestamp_offset;
  packet.audio_level = level;
  packet.payload = sound.data.view();
  layer.clock = {sound.captured_at, packet.timestamp};
  SentPackets::Packet& kept = layer.sent.add(packet.sequence_number);
  kept.timestamp = packet.timestamp;
  kept.payload_type = packet.payload_type;
  kept.marker = false;
  kept.payload.assign(packet.payload.begin(), packet.payload.end());
  pacer_.charge(packet.payload.size(), now);
  connection()->send(packet, now, out);
  ++source(kind).counts.frames;
}

// ---- what the connection says
// ----------------------------------------------------------------------------------------

void LocalMedia::reset() {
  pacer_.clear();
  for (Source& source : sources_) {
    for (Layer& layer : source.layers) {
      layer.sent.clear();
      layer.clock.reset();
    }
    if (source.encoder) source.encoder->max_layer = kMaxLayers - 1;
  }
  follow_connection();
}

/// Media flow, or do not any more.
void LocalMedia::follow_connection() {
  const bool up = client_.media_up() && connection() != nullptr;
  if (up == connected_) return;
  connected_ = up;
  if (!up) pacer_.clear();
  allocate_at_ = up ? Timestamp() : Timestamp::never();
  for (Source& source : sources_) {
    if (!source.encoder) continue;
    source.encoder->connected = up;
    if (up) source.encoder->want_keys();
  }
}

void LocalMedia::retransmit(const transport::LossReported& loss, Timestamp now, DatagramBatch& out) {
  if (loss.line >= sources_.size() || loss.layer >= kMaxLayers || connection() == nullptr) return;
  const Layer& layer = sources_[loss.line].layers[loss.layer];
  for (const uint16_t number : loss.lost) {
    const SentPackets::Packet* kept = layer.sent.find(number);
    if (kept == nullptr) continue;
    const transport::OutgoingPacket packet = outgoing(loss.line, loss.layer, *kept);
    pacer_.charge(packet.payload.size(), now);
    connection()->retransmit(packet, now, out);
  }
}

void LocalMedia::want_key_frame(uint8_t line, uint8_t layer) {
  if (line >= sources_.size() || layer >= kMaxLayers) return;
  Source& source = sources_[line];
  ++source.counts.keys_wanted;
  if (source.encoder) source.encoder->want_key(layer);
}

void LocalMedia::limit_layers(StreamKind kind, int max_layer) {
  // The lowest goes on when nobody watches: who comes next sees something at once.
  if (source(kind).encoder) source(kind).encoder->max_layer = std::max(0, max_layer);
  allocate_at_ = Timestamp();
}

// ---- time
// ------------------------------------------------------------------------------------------------------------

Timestamp LocalMedia::next_deadline() const {
  return connected_ ? std::min(allocate_at_, pacer_.next_deadline()) : Timestamp::never();
}

void LocalMedia::on_deadline(Timestamp now, DatagramBatch& out) {
  if (!connected_ || connection() == nullptr) return;
  send_paced(now, out);
  if (connection()->reports_due(now)) {
    for (size_t line = 0; line < sources_.size(); ++line) {
      for (uint8_t layer = 0; layer < kMaxLayers; ++layer) {
        const auto& clock = sources_[line].layers[layer].clock;
        if (clock) connection()->set_clock(static_cast<uint8_t>(line), *clock, layer);
      }
    }
  }
  if (allocate_at_ <= now) allocate(now);
}

void LocalMedia::measure_appetite(Source& source, TimeDelta span) {
  int given = 0;
  for (size_t i = 0; source.encoder && i < kMaxLayers; ++i) given += source.encoder->allowed_kbps[i];
  const double taken = static_cast<double>(std::exchange(source.bytes, 0)) * 8000 / static_cast<double>(span.us());
  if (given == 0 || taken == 0) return;
  const double now = std::clamp(taken / given, kLeastAppetite, 1.0);
  source.appetite = now > source.appetite ? now : (source.appetite + now) / 2;
}

/// The lowest layers of all sources first, a screen before the camera.
void LocalMedia::allocate(Timestamp now) {
  allocate_at_ = now + kAllocateInterval;
  const TimeDelta span = now - allocated_at_;
  if (span >= kAllocateInterval) {
    for (Source& source : sources_) measure_appetite(source, span);
    allocated_at_ = now;
  }
  const DataRate estimate = connection()->send_estimate(now);
  pacer_.set_target(estimate);
  double left = static_cast<double>(estimate.kbps()) * kVideoShare;
  for (size_t layer = 0; layer < kMaxLayers; ++layer) {
    for (const StreamKind kind : {StreamKind::Share, StreamKind::Video}) {
      EncoderControl* encoder = source(kind).encoder.get();
      if (encoder == nullptr) continue;
      const int wished = encoder->wished_kbps[layer];
      const bool watched = static_cast<int>(layer) <= encoder->max_layer;
      int allowed = watched ? std::min(wished, static_cast<int>(left)) : 0;
      if (layer > 0 && allowed < wished * kWorthwhile * source(kind).appetite) allowed = 0;
      // The lowest always goes, as badly as it may.
      if (layer == 0 && wished > 0) allowed = std::max(allowed, std::min(wished, 50));
      encoder->allowed_kbps[layer] = allowed;
      left = std::max(0.0, left - allowed * source(kind).appetite);
    }
  }
}

}  // namespace parley::sdk
