#include "sfu/timestamp_rewriter.hpp"

#include <algorithm>

namespace parley::sfu {

void TimestampRewriter::begin_source(int64_t timestamp, Timestamp now) { set_offset(timestamp, by_arrival(now)); }

void TimestampRewriter::begin_layer(int64_t timestamp, const std::optional<LayerClock>& from,
                                    const std::optional<LayerClock>& to, Timestamp now) {
  const int64_t expected = by_arrival(now);
  if (!from || !to) return set_offset(timestamp, expected);
  const uint32_t same_instant =
      to->translate(static_cast<uint32_t>(timestamp), *from, clock_rate_) + static_cast<uint32_t>(true_offset_);
  const int64_t output = expected + static_cast<int32_t>(same_instant - static_cast<uint32_t>(expected));
  set_offset(timestamp, believable(output, expected) ? output : expected);
}

void TimestampRewriter::resume(int64_t timestamp, Timestamp now) {
  const int64_t expected = by_arrival(now);
  const int64_t output = timestamp + true_offset_;
  set_offset(timestamp, believable(output, expected) ? output : expected);
}

uint32_t TimestampRewriter::rewrite(int64_t timestamp, Timestamp now) {
  const int64_t output = timestamp + offset_;
  if (newest_at_.is_never() || output > newest_) {
    newest_ = output;
    newest_at_ = now;
  }
  return static_cast<uint32_t>(output);
}

int64_t TimestampRewriter::by_arrival(Timestamp now) const {
  if (newest_at_.is_never()) return newest_;
  return newest_ + (now - newest_at_).us() * static_cast<int64_t>(clock_rate_) / 1'000'000;
}

bool TimestampRewriter::believable(int64_t output, int64_t expected) const {
  const int64_t most = kMaxDisagreement.us() * static_cast<int64_t>(clock_rate_) / 1'000'000;
  return output - expected <= most && expected - output <= most;
}

void TimestampRewriter::set_offset(int64_t timestamp, int64_t output) {
  true_offset_ = output - timestamp;
  if (!newest_at_.is_never()) output = std::max(output, newest_ + 1);
  offset_ = output - timestamp;
}

}  // namespace parley::sfu
