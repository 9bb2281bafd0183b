#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/sequence.hpp"
#include "cc/bandwidth_estimator.hpp"
#include "cc/rate_window.hpp"

namespace parley::cc {

/// A simple estimator by loss, after the loss-based half of draft-ietf-rmcat-gcc-02 (section 6), with bounds. It does
/// not see queues build up, only overflow; the delay-based estimator takes its place behind the same interface.
///
/// Each `kUpdateInterval`, from the packets that feedback has told of since (or, without transport feedback, from the
/// latest receiver report):
///   loss < 2 %    grow by 8 % a second (until the first cut by 50 %), but not above kHeadroom x the acknowledged rate
///                 once that has been measured: an application that sends little proves little;
///                 what was acknowledged over a whole second is believed at once
///   2 %-10 %      hold
///   loss > 10 %   multiply by 1 - loss / 2, at most once an RTT, so that one burst is paid for once
/// The peer's REMB caps the result while it is fresh. No feedback: hold (the connection's own timeout ends it).
class LossEstimator final : public BandwidthEstimator {
 public:
  struct Config {
    /// A camera at 360p and four voices: what nearly every line carries, and a picture from the first second.
    DataRate start = DataRate::kbps(1000);
    /// Audio and one 180p layer: below this a call is not usable, so going lower helps nobody.
    DataRate floor = DataRate::kbps(150);
    /// More than 25 cameras at 720p; what one receiver can decode.
    DataRate ceiling = DataRate::kbps(50'000);
  };
  static constexpr double kLowLoss = 0.02;
  static constexpr double kHighLoss = 0.10;
  static constexpr double kGrowthPerSecond = 0.08;
  /// Until something was lost nothing is known of the link: 720p is within reach in two seconds, not in ten.
  static constexpr double kFirstGrowthPerSecond = 0.5;
  /// How far above what has been seen to get through the estimate may lie: room for the largest step between two layers
  /// (400 to 1500 kbit/s in our presets, x 3.75) and the allocator's margin on it (x 1.2). With less a receiver would
  /// stay on a low layer for good, since nothing probes above what is sent.
  static constexpr double kHeadroom = 5.0;
  static constexpr TimeDelta kUpdateInterval = TimeDelta::millis(200);
  /// How long a cut speaks against trying more than the estimate: paths change, but who was just hurt shall rest.
  static constexpr TimeDelta kCutMemory = TimeDelta::seconds(30);
  /// Loss is judged on at least so many packets: one lost of fewer would read as over 5 %.
  static constexpr uint32_t kMinPackets = 20;
  /// REMB senders repeat it each second; after three misses it is history.
  static constexpr TimeDelta kRembLifetime = TimeDelta::seconds(3);
  /// Packets remembered between sending and feedback: half a second of 36 Mbit/s in 1100-byte packets, which is an
  /// interval of feedback and a long round trip. 32 KB.
  static constexpr size_t kHistory = 2048;

  LossEstimator() : LossEstimator(Config{}) {}
  explicit LossEstimator(const Config& config);

  void on_packet_sent(uint16_t transport_sequence, DataSize size, Timestamp now) override;
  void prefetch(int steps_ahead) const override;
  void on_transport_feedback(const TransportFeedback& feedback, Timestamp now) override;
  void on_remb(DataRate bitrate, Timestamp now) override;
  void on_receiver_report(double loss, TimeDelta rtt, Timestamp now) override;
  void expect(DataRate rate) override;

  DataRate estimate(Timestamp now) const override;
  bool may_carry_more(Timestamp now) const override;
  double loss() const override { return loss_; }
  TimeDelta rtt() const override { return rtt_; }
  /// What the peer has confirmed to have received over the last second; zero before the first feedback.
  DataRate acknowledged(Timestamp now) const { return acknowledged_.rate(now); }

 private:
  struct Sent {
    Timestamp at;
    uint32_t sequence = 0;  // low bits of the unwrapped number
    uint16_t size = 0;
    enum class State : uint8_t { Free, InFlight, Lost, Received } state = State::Free;
  };
  Sent& sent(int64_t sequence) { return sent_[static_cast<uint64_t>(sequence) % kHistory]; }
  void count(int64_t sequence, bool received, Timestamp now);
  void note_rtt(TimeDelta sample);
  void update(double loss, Timestamp now);
  void cut(double loss, Timestamp now);
  void grow(TimeDelta step, Timestamp now);
  bool remb_is_fresh(Timestamp now) const;

  Config config_;
  DataRate rate_;
  double loss_ = 0;
  TimeDelta rtt_;
  bool rtt_is_reported_ = false;
  std::optional<Timestamp> newest_acknowledged_;  // when it was sent; within one feedback
  std::vector<Sent> sent_;                        // kHistory, by number
  Unwrapper<uint16_t> sequence_;
  uint32_t received_ = 0;  // since the last update
  uint32_t lost_ = 0;
  RateWindow acknowledged_;
  Timestamp acknowledged_since_ = Timestamp::never();
  std::optional<DataRate> remb_;
  Timestamp remb_at_;
  Timestamp last_update_ = Timestamp::never();
  Timestamp last_cut_ = Timestamp::never();
  Timestamp last_feedback_ = Timestamp::never();
};

}  // namespace parley::cc
