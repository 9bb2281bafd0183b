#pragma once

#include <cstdint>
#include <optional>

#include "base/rng.hpp"
#include "engine/command.hpp"
#include "sfu/allocator.hpp"
#include "sfu/subscription.hpp"
#include "transport/description.hpp"
#include "transport/media.hpp"

namespace parley::engine {

struct Peer;
struct Publication;

/// A Send line of one receiver: the subscription that keeps its RTP continuous, what is on it, and what the receiver
/// wants of that. Owned by the receiver; the publication on it knows it by address and is left before it dies.
class SendLine {
 public:
  SendLine(Peer& receiver, uint8_t line, const transport::Line& description, Rng& rng);
  ~SendLine() { detach(); }
  SendLine(const SendLine&) = delete;
  SendLine& operator=(const SendLine&) = delete;

  /// Puts a publication on the line in place of whatever was there.
  void attach(Publication& publication, Timestamp now);
  void detach();
  /// The publication's flow begins, or goes on with another codec; `stop` ends it.
  void start(Timestamp now);
  void stop() { subscription_.unbind(); }
  /// Finds the payload type for the publication's codec among the line's codecs; none: nothing is forwarded.
  void match_codec(const transport::Line& description);
  /// False if `description` begins a new life of the line, with another SSRC: it needs a new SendLine.
  bool continues(const transport::Line& description) const;

  void set_preference(const Preference& preference);
  /// The line in the eyes of the allocator, measured now; give the result back with `take_allocation`.
  sfu::AllocationItem allocation_item(Timestamp now) const;
  void take_allocation(const sfu::AllocationItem& item, Timestamp now);
  /// What the receiver is sent, if it has changed since the last call.
  std::optional<SubscriptionChanged> take_change();

  /// Brings what forwarding a packet touches of this line and its receiver nearer to the CPU, pointer by pointer: call
  /// with kPrefetchSteps first, and with 1 just before the packet, each time with other work between.
  void prefetch(int steps_ahead) const;
  static constexpr int kPrefetchSteps = 4;

  /// A forwarded packet as the connection takes it; valid as long as that.
  transport::OutgoingPacket outgoing(const sfu::ForwardedPacket& packet) const;
  /// The stream of the track that a key frame of the receiver's picture has to come on.
  uint8_t stream() const;

  Peer& receiver() const { return receiver_; }
  uint8_t line() const { return line_; }
  rtp::MediaKind kind() const { return kind_; }
  Publication* publication() const { return publication_; }
  sfu::Subscription& subscription() { return subscription_; }
  const sfu::Subscription& subscription() const { return subscription_; }
  std::optional<PayloadType> payload_type() const { return payload_type_; }
  /// The highest layer that the receiver wants, -1 none. Of a track that has not begun, all: it may wait for being
  /// wanted.
  int8_t wanted_layer() const;

 private:
  struct Reported {
    sfu::LayerPoint layer;
    SubscriptionChanged::Pause pause = SubscriptionChanged::Pause::None;
    friend bool operator==(const Reported&, const Reported&) = default;
  };

  Peer& receiver_;
  uint8_t line_;
  rtp::MediaKind kind_;
  Ssrc ssrc_;
  sfu::Subscription subscription_;
  Publication* publication_ = nullptr;
  std::optional<PayloadType> payload_type_;
  bool mismatch_ = false;
  sfu::AllocationItem allocation_;
  Reported reported_;
};

}  // namespace parley::engine
