#pragma once

#include <cstdint>
#include <span>

#include "base/time.hpp"
#include "base/units.hpp"

namespace parley::cc {

/// What a peer says of the packets that we sent it: packet `base_sequence + i` arrived at `arrivals[i]`, or did not.
struct TransportFeedback {
  static constexpr int32_t kLost = INT32_MIN;
  uint16_t base_sequence = 0;
  int64_t reference_us = 0;           ///< on the peer's clock, whose epoch is arbitrary
  std::span<const int32_t> arrivals;  ///< microseconds after the reference, or kLost
};

/// Estimates what the path to one peer carries; the estimate chooses layers and paces. A machine of plain values: it
/// knows neither RTP nor clocks. Transport-wide sequence numbers wrap at 16 bits.
class BandwidthEstimator {
 public:
  virtual ~BandwidthEstimator() = default;

  /// A packet with this transport-wide number has left; `size` on the wire.
  virtual void on_packet_sent(uint16_t transport_sequence, DataSize size, Timestamp now) = 0;
  /// Asks for the cache lines that `on_packet_sent` touches: with 2 those of the object, then with 1 those behind it.
  virtual void prefetch(int /*steps_ahead*/) const {}
  virtual void on_transport_feedback(const TransportFeedback& feedback, Timestamp now) = 0;
  /// The peer's own estimate: an upper bound.
  virtual void on_remb(DataRate bitrate, Timestamp now) = 0;
  /// Worst `loss` (0-1) of the peer's report blocks and the round trip they show (zero: unknown).
  virtual void on_receiver_report(double loss, TimeDelta rtt, Timestamp now) = 0;

  /// The path is known to carry this much (both ends are on one machine): nothing less is believed until losses show
  /// it.
  virtual void expect(DataRate rate) = 0;

  virtual DataRate estimate(Timestamp now) const = 0;
  /// Nothing speaks against more than the estimate: no loss has lowered it lately, and the peer does not cap it.
  virtual bool may_carry_more(Timestamp now) const = 0;
  /// Fraction of packets lost on the way, as last measured.
  virtual double loss() const = 0;
  /// Smoothed; zero until known.
  virtual TimeDelta rtt() const = 0;
};

}  // namespace parley::cc
