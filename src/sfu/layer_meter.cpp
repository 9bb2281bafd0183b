#include "sfu/layer_meter.hpp"

#include <algorithm>

namespace parley::sfu {
namespace {

constexpr TimeDelta kBucketSpan = LayerMeter::kWindow / static_cast<int64_t>(LayerMeter::kBuckets);
/// The rate of a layer that has just begun is spread over at least this, so that its first key frame does not count
/// tenfold.
constexpr TimeDelta kMinSpan = TimeDelta::millis(300);
/// Screen content may come at a few pictures a second; a layer so slow is judged by its own rhythm, up to this.
constexpr TimeDelta kMaxStall = TimeDelta::seconds(2);
constexpr int64_t kMissedFrames = 3;

constexpr size_t cell(size_t spatial, size_t temporal) { return spatial * kMaxTemporalLayers + temporal; }
uint8_t spatial_index(uint8_t id) { return std::min<uint8_t>(id, kMaxSpatialLayers - 1); }
uint8_t temporal_index(uint8_t id) { return std::min<uint8_t>(id, kMaxTemporalLayers - 1); }

}  // namespace

LayerMeter::LayerMeter(uint8_t stream_count)
    : simulcast_(stream_count > 1), spatial_count_(stream_count > 1 ? stream_count : uint8_t{0}) {}

void LayerMeter::on_packet(const MediaPacket& packet, size_t wire_size, const rtp::DependencyStructure* structure) {
  const uint8_t index = spatial_index(simulcast_ ? packet.layer : packet.spatial_id());
  const Timestamp now = packet.arrival;
  advance(now);
  Spatial& spatial = spatial_[index];
  if (spatial.last_packet.is_never() || now - spatial.last_packet > kWindow) spatial.first_packet = now;
  spatial.last_packet = now;
  newest_packet_ = now;
  spatial_count_ = std::max<uint8_t>(spatial_count_, index + 1);
  spatial.temporal_count = std::max<uint8_t>(spatial.temporal_count, temporal_index(packet.temporal_id()) + 1);
  if (packet.starts_frame()) count_frame(spatial, index, now);
  count_bytes(packet, static_cast<uint32_t>(wire_size), structure);
  note_sizes(packet, index, structure);
}

void LayerMeter::advance(Timestamp now) {
  const int64_t number = now.us() / kBucketSpan.us();
  if (number <= newest_bucket_) return;
  const int64_t first = std::max(newest_bucket_ + 1, number - static_cast<int64_t>(kBuckets) + 1);
  for (int64_t i = first; i <= number; ++i) buckets_[static_cast<uint64_t>(i) % kBuckets] = Bucket{};
  newest_bucket_ = number;
}

void LayerMeter::count_frame(Spatial& spatial, uint8_t index, Timestamp now) {
  ++buckets_[static_cast<uint64_t>(newest_bucket_) % kBuckets].frames[index];
  if (!spatial.last_frame.is_never()) {
    const TimeDelta interval = std::min(now - spatial.last_frame, kMaxStall);
    spatial.frame_interval = spatial.frame_interval + (interval - spatial.frame_interval) / 4;
  }
  spatial.last_frame = now;
}

void LayerMeter::count_bytes(const MediaPacket& packet, uint32_t size, const rtp::DependencyStructure* structure) {
  auto& bytes = buckets_[static_cast<uint64_t>(newest_bucket_) % kBuckets].bytes;
  if (!simulcast_ && packet.has_dependencies && structure) {
    for (size_t i = 0; i < structure->decode_targets.size(); ++i) {
      if (packet.dependencies.indication(i) == rtp::DecodeTargetIndication::NotPresent) continue;
      const rtp::DecodeTarget& target = structure->decode_targets[i];
      bytes[cell(spatial_index(target.spatial_id), temporal_index(target.temporal_id))] += size;
    }
    return;
  }
  const uint8_t first = spatial_index(simulcast_ ? packet.layer : packet.spatial_id());
  const uint8_t last = simulcast_ ? first : uint8_t{kMaxSpatialLayers - 1};
  for (uint8_t s = first; s <= last; ++s) {
    for (uint8_t t = temporal_index(packet.temporal_id()); t < kMaxTemporalLayers; ++t) bytes[cell(s, t)] += size;
  }
}

void LayerMeter::note_sizes(const MediaPacket& packet, uint8_t index, const rtp::DependencyStructure* structure) {
  if (packet.video.width != 0) {
    spatial_[index].width = packet.video.width;
    spatial_[index].height = packet.video.height;
  }
  if (simulcast_) {
    if (packet.dependencies.has_structure && structure && structure->resolutions.size() == 1) {
      spatial_[index].width = structure->resolutions[0].width;
      spatial_[index].height = structure->resolutions[0].height;
    }
    return;
  }
  const auto note = [this](const auto& sizes) {
    for (size_t i = 0; i < std::min<size_t>(sizes.size(), kMaxSpatialLayers); ++i) {
      spatial_[i].width = sizes[i].width;
      spatial_[i].height = sizes[i].height;
    }
  };
  note(packet.video.layer_sizes);
  if (packet.dependencies.has_structure && structure) note(structure->resolutions);
}

bool LayerMeter::active(uint8_t index, Timestamp now) const {
  const Spatial& spatial = spatial_[index];
  if (spatial.last_packet.is_never()) return false;
  if (now - spatial.last_packet <= kStall) return true;
  const TimeDelta patience = std::max(kStall, std::min(spatial.frame_interval * kMissedFrames, kMaxStall));
  return newest_packet_ - spatial.last_packet <= patience;
}

LayerTable LayerMeter::table(Timestamp now) const {
  LayerTable table;
  table.spatial_count = spatial_count_;
  if (newest_packet_.is_never()) return table;
  Bucket sum;
  for (const Bucket& bucket : buckets_) {
    for (size_t i = 0; i < kCells; ++i) sum.bytes[i] += bucket.bytes[i];
    for (size_t i = 0; i < kMaxSpatialLayers; ++i)
      sum.frames[i] = static_cast<uint16_t>(sum.frames[i] + bucket.frames[i]);
  }
  // The window ends with the newest packet, not now: what a resting track will cost when it goes on is what it did.
  const Timestamp oldest = Timestamp::from_us((newest_bucket_ - static_cast<int64_t>(kBuckets) + 1) * kBucketSpan.us());
  for (uint8_t s = 0; s < spatial_count_; ++s) {
    const Spatial& from = spatial_[s];
    LayerTable::Spatial& to = table.spatial[s];
    to.active = active(s, now);
    to.width = from.width;
    to.height = from.height;
    to.temporal_count = from.temporal_count;
    if (from.last_packet.is_never()) continue;
    const TimeDelta span = std::max(kMinSpan, newest_packet_ - std::max(oldest, from.first_packet));
    to.frame_rate = sum.frames[s] / span.seconds_f();
    for (uint8_t t = 0; t < kMaxTemporalLayers; ++t) {
      const uint8_t known = std::min<uint8_t>(t, from.temporal_count - 1);
      to.rate[t] = DataSize::bytes(sum.bytes[cell(s, known)]) / span;
    }
  }
  return table;
}

}  // namespace parley::sfu
