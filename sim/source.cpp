#include "source.hpp"

#include <utility>

#include "rtp/payload/packetizer.hpp"
#include "synthetic_frame.hpp"

namespace parley::sim {

Source::Source(const Config& config, Rng& rng) : config_(config), layers_(config.layers) {
  for (Layer& layer : layers_) {
    layer.sequence_number = rng.u16();
    layer.timestamp_base = rng.u32();
    layer.picture_id = static_cast<uint16_t>(rng.below(0x8000));
    layer.tl0_picture_index = static_cast<uint8_t>(rng.below(256));
  }
}

uint32_t Source::rtp_time(uint8_t layer, Timestamp now) const {
  return layers_[layer].timestamp_base + static_cast<uint32_t>(now.us() * rtp::clock_rate(config_.codec) / 1'000'000);
}

void Source::produce(Timestamp now, std::vector<SourcePacket>& out) {
  if (now < next_) return;
  const bool audio = config_.codec == rtp::Codec::Opus;
  next_ = now + (audio ? TimeDelta::millis(20) : TimeDelta::micros(1'000'000 / config_.fps));
  if (paused_) return;
  if (audio) return produce_audio(now, out);
  for (uint8_t layer = 0; layer < config_.layers; ++layer) produce_frame(layer, now, out);
}

void Source::produce_audio(Timestamp now, std::vector<SourcePacket>& out) {
  Layer& layer = layers_[0];
  const Stamp stamp{.source = config_.number, .key = true, .frame = layer.frame, .depends = layer.frame};
  ++layer.frame;
  const FrameStamp whole{.source = config_.number, .frame = stamp.frame, .captured_at = now};
  emit(layer,
       {.timestamp = rtp_time(0, now),
        .payload = config_.packetized ? make_frame(config_.codec, whole, 80)
                                      : make_payload(stamp, {.codec = config_.codec, .size = 80}),
        .audio_level = rtp::AudioLevel{config_.voice, static_cast<uint8_t>(config_.voice ? 20 : 90)}},
       out);
}

void Source::produce_frame(uint8_t index, Timestamp now, std::vector<SourcePacket>& out) {
  Layer& layer = layers_[index];
  const bool key = std::exchange(layer.key_wanted, false);
  const bool temporal = config_.codec == rtp::Codec::Vp8 || config_.codec == rtp::Codec::Vp9;
  Stamp stamp{.source = config_.number, .layer = index, .key = key, .frame = layer.frame};
  stamp.temporal = temporal && !key && layer.frame % 2 == 1 ? 1 : 0;
  stamp.depends = key ? layer.frame : layer.last_base_frame;
  if (!temporal && !key) stamp.depends = layer.frame - 1;
  if (stamp.temporal == 0) {
    layer.last_base_frame = layer.frame;
    ++layer.tl0_picture_index;
  }
  if (key) ++layer.key_frames;
  stamp.count = static_cast<uint16_t>(config_.packets_per_frame[index] * (key ? 4 : 1));
  if (config_.packetized) {
    packetize(index, stamp, now, out);
  } else {
    produce_payloads(index, stamp, now, out);
  }
  ++layer.frame;
  ++layer.picture_id;
}

void Source::produce_payloads(uint8_t index, Stamp stamp, Timestamp now, std::vector<SourcePacket>& out) {
  Layer& layer = layers_[index];
  for (stamp.index = 0; stamp.index < stamp.count; ++stamp.index) {
    const size_t size = config_.packet_size + (stamp.index > stamp.count / 2 ? config_.size_spread : 0);
    const PayloadOptions options{config_.codec, layer.picture_id, layer.tl0_picture_index, size};
    emit(layer,
         {.layer = index,
          .marker = stamp.index + 1 == stamp.count,
          .timestamp = rtp_time(index, now),
          .payload = make_payload(stamp, options)},
         out);
  }
}

void Source::packetize(uint8_t index, const Stamp& stamp, Timestamp now, std::vector<SourcePacket>& out) {
  Layer& layer = layers_[index];
  const FrameStamp whole{.source = config_.number,
                         .layer = index,
                         .key = stamp.key,
                         .temporal = stamp.temporal,
                         .frame = stamp.frame,
                         .depends = stamp.depends,
                         .captured_at = now};
  const auto frame = make_frame(config_.codec, whole, stamp.count * config_.packet_size);
  // VP8: upper frames need the base layer only. VP9: so none looks back past a lower one.
  const bool switching_up = config_.codec == rtp::Codec::Vp9 || stamp.temporal > 0;
  const rtp::TemporalLayer temporal{stamp.temporal, switching_up, layer.tl0_picture_index};
  const auto picture_id = static_cast<uint16_t>(layer.picture_id & 0x7fff);
  const size_t limit = config_.packet_size + 16;  // descriptors
  switch (config_.codec) {
    case rtp::Codec::Vp8: rtp::packetize_vp8(frame, {picture_id, temporal}, limit, payloads_); break;
    case rtp::Codec::Vp9:
      rtp::packetize_vp9(frame, {.picture_id = picture_id, .inter_picture = !stamp.key, .layer = temporal}, limit,
                         payloads_);
      break;
    case rtp::Codec::H264: rtp::packetize_h264(frame, limit, payloads_); break;
    case rtp::Codec::Av1: rtp::packetize_av1(frame, limit, payloads_); break;
    case rtp::Codec::Opus: payloads_.clear();
  }
  for (size_t i = 0; i < payloads_.size(); ++i) {
    emit(layer,
         {.layer = index,
          .marker = i + 1 == payloads_.size(),
          .timestamp = rtp_time(index, now),
          .payload = {payloads_[i].begin(), payloads_[i].end()}},
         out);
  }
}

void Source::emit(Layer& layer, SourcePacket packet, std::vector<SourcePacket>& out) {
  packet.sequence_number = layer.sequence_number++;
  ++layer.packets;
  layer.history.push_back(packet);
  if (layer.history.size() > kHistory) layer.history.pop_front();
  out.push_back(std::move(packet));
}

void Source::request_key_frame(uint8_t layer) { layers_[layer].key_wanted = true; }

const SourcePacket* Source::find(uint8_t layer, uint16_t sequence_number) const {
  const auto& history = layers_[layer].history;
  if (history.empty()) return nullptr;
  const auto back = static_cast<uint16_t>(history.back().sequence_number - sequence_number);
  return back < history.size() ? &history[history.size() - 1 - back] : nullptr;
}

}  // namespace parley::sim
