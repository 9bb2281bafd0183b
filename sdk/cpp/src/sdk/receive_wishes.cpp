#include "sdk/receive_wishes.hpp"

#include <algorithm>

namespace parley::sdk {

void ReceiveWishes::set_quality(const StreamId& stream, Quality quality, Timestamp now) {
  entries_[stream].wish.quality = quality;
  plan(now + kCoalesce);
}

void ReceiveWishes::set_viewport(const StreamId& stream, int width, int height, Timestamp now) {
  entries_[stream].wish.width = width;
  entries_[stream].wish.height = height;
  plan(now + kCoalesce);
}

void ReceiveWishes::set_paused(const StreamId& stream, bool paused, Timestamp now) {
  entries_[stream].wish.paused = paused;
  plan(now);
}

void ReceiveWishes::set_handled(const StreamId& stream, bool handled, Timestamp now) {
  Entry& entry = entries_[stream];
  entry.handled = handled;
  // Who takes it wants it at once; who lets go may come back.
  plan(handled ? now : now + kCoalesce);
}

void ReceiveWishes::appeared(const StreamId& stream, Timestamp now) {
  entries_.try_emplace(stream);
  plan(now + kCoalesce);
}

bool ReceiveWishes::is_paused(const StreamId& stream) const {
  const auto it = entries_.find(stream);
  return it != entries_.end() && it->second.wish.paused;
}

void ReceiveWishes::forget(const std::string& participant) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first.participant == participant; });
}

void ReceiveWishes::resend_all(std::vector<Told>& out) {
  flush_at_ = Timestamp::never();
  for (auto& [stream, entry] : entries_) {
    entry.sent = entry.effective();
    out.push_back({stream, entry.sent});
  }
}

void ReceiveWishes::on_deadline(Timestamp now, std::vector<Told>& out) {
  if (flush_at_ > now) return;
  flush_at_ = Timestamp::never();
  for (auto& [stream, entry] : entries_) {
    const Wish wish = entry.effective();
    if (wish == entry.sent) continue;
    entry.sent = wish;
    out.push_back({stream, wish});
  }
}

}  // namespace parley::sdk
