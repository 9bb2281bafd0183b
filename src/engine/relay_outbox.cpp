#include "engine/relay_outbox.hpp"

namespace parley::engine {

void RelayOutbox::add(std::span<const ShardIndex> destinations, const Source& source, uint8_t layer, Bytes packet) {
  for (const ShardIndex to : destinations) {
    RelayBatch& batch = batch_for(to);
    const bool goes_on = !batch.runs.empty() && batch.runs.back().track == source.track &&
                         batch.runs.back().codec == source.codec && batch.runs.back().format == source.format;
    if (!goes_on) {
      batch.runs.push_back({.track = source.track,
                            .codec = source.codec,
                            .format = std::string(source.format),
                            .layer_count = source.layer_count,
                            .extensions = source.extensions});
    }
    ++batch.runs.back().packet_count;
    batch.packets.push_back({layer, static_cast<uint32_t>(batch.bytes.size()), static_cast<uint32_t>(packet.size())});
    batch.bytes.insert(batch.bytes.end(), packet.begin(), packet.end());
  }
}

void RelayOutbox::take(std::vector<std::pair<ShardIndex, RelayMessage>>& out) {
  for (Open& open : open_) out.emplace_back(open.to, std::shared_ptr<const RelayBatch>(std::move(open.batch)));
  open_.clear();
}

RelayBatch& RelayOutbox::batch_for(ShardIndex to) {
  for (Open& open : open_) {
    if (open.to == to) return *open.batch;
  }
  return *open_.emplace_back(Open{to, fresh()}).batch;
}

std::shared_ptr<RelayBatch> RelayOutbox::fresh() {
  for (size_t tried = 0; tried < pool_.size(); ++tried) {
    std::shared_ptr<RelayBatch>& pooled = pool_[next_++ % pool_.size()];
    // The last reader on another thread let go with a release; taking a reference of our own is the matching acquire,
    // which the count alone would not be.
    std::shared_ptr<RelayBatch> batch = pooled;
    if (batch.use_count() != 2) continue;
    batch->runs.clear();
    batch->packets.clear();
    batch->bytes.clear();
    return batch;
  }
  auto batch = std::make_shared<RelayBatch>();
  if (pool_.size() < kPoolSize) pool_.push_back(batch);
  return batch;
}

}  // namespace parley::engine
