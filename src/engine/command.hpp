#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "rtp/codec.hpp"
#include "transport/description.hpp"

/// What the control plane asks of a media shard, and what a shard tells it. Plain values: they cross threads by a
/// queue.
namespace parley::engine {

/// How much of a video track one receiver wants. `Auto` goes by the drawn size.
enum class Quality : uint8_t { Auto, Low, Medium, High };

struct Preference {
  Quality quality = Quality::Auto;
  uint16_t width = 0;  ///< drawn size in physical pixels; 0: not said, taken as large
  uint16_t height = 0;
  bool paused = false;
  uint8_t priority =
      0;  ///< higher keeps its layers longer when bandwidth is short: 3 share, 2 pinned, 1 speaker, 0 rest
};

// --- control plane → shard ---------------------------------------------------------------------------------------

struct OpenConnection {
  ConnectionId id;
  transport::Description description;
  /// A recorder, which wants everybody's picture from its first second: if it is on this machine, it gets them.
  bool recorder = false;
};
/// A new offer was answered: lines were added or changed, or ICE restarts with new credentials.
struct UpdateConnection {
  ConnectionId id;
  transport::Description description;
};
struct CloseConnection {
  ConnectionId id;
};
/// Packets of a disabled track are dropped and counted. A track is disabled until enabled once.
struct EnableTrack {
  TrackId track;
  bool enabled = false;
};
/// Puts a published track on a receiver's Send line, in place of whatever was there.
struct Subscribe {
  ConnectionId receiver;
  uint8_t line = 0;
  TrackId source;
  ShardIndex source_shard;
  Preference preference;
};
struct Unsubscribe {
  ConnectionId receiver;
  uint8_t line = 0;
};
struct SetPreference {
  ConnectionId receiver;
  uint8_t line = 0;
  Preference preference;
};

using Command =
    std::variant<OpenConnection, UpdateConnection, CloseConnection, EnableTrack, Subscribe, Unsubscribe, SetPreference>;

// --- shard → control plane ---------------------------------------------------------------------------------------

enum class ConnectionState : uint8_t {
  Checking,      ///< waiting for a valid check
  Connected,     ///< DTLS is up: media can flow
  Disconnected,  ///< no packet from the peer for `kDisconnectedAfter`; an ICE restart or any packet repairs it
  Failed,        ///< DTLS failed (wrong fingerprint, no common SRTP profile) or the peer closed it
};
struct ConnectionStateChanged {
  ConnectionId id;
  ConnectionState state = ConnectionState::Checking;
  std::string reason;  ///< for people and logs
};
/// The first packet of an enabled track (or of its new codec) came.
struct TrackStarted {
  TrackId track;
  rtp::Codec codec = rtp::Codec::Opus;
};
/// Speech scores of one audio track (Volfin and Cohen, "Dominant speaker identification for multipoint
/// videoconferencing", 2013): evidence over about 20 ms, 100 ms and 1 s. Sent every 200 ms while any track of a shard
/// has voice.
struct SpeechReport {
  struct Item {
    TrackId track;
    double immediate = 0;
    double medium = 0;
    double long_term = 0;
    uint8_t level = 127;  ///< mean audio level, -dBov
  };
  std::vector<Item> items;
};
/// The highest layer that any receiver of the track wants: publishers stop encoding what is above. -1: none at all.
struct LayerDemand {
  TrackId track;
  int8_t max_layer = -1;
};
/// The layer that a subscription sends has changed.
struct SubscriptionChanged {
  /// Codec: the receiver negotiated none that the publisher sends.
  enum class Pause : uint8_t { None, Preference, Bandwidth, Codec };
  ConnectionId receiver;
  uint8_t line = 0;
  int8_t spatial = -1;  ///< -1: nothing is sent
  int8_t temporal = -1;
  Pause pause = Pause::None;
};
/// Every `kReportInterval` for each connected peer.
struct ConnectionReport {
  struct TrackStats {
    uint8_t line = 0;
    bool sending = false;  ///< server → peer
    rtp::Codec codec = rtp::Codec::Opus;
    uint64_t packets = 0;  ///< since the line began
    uint64_t bytes = 0;
    uint64_t packets_lost = 0;
    double jitter_ms = 0;
    DataRate bitrate;  ///< over the last interval
  };
  ConnectionId id;
  TimeDelta rtt = TimeDelta::zero();  ///< zero: not measured yet
  double uplink_loss = 0;             ///< fraction of the last interval, peer → server
  double downlink_loss = 0;
  DataRate uplink;
  DataRate downlink;
  DataRate downlink_estimate;
  std::vector<TrackStats> tracks;
};

using Event = std::variant<ConnectionStateChanged, TrackStarted, SpeechReport, LayerDemand, SubscriptionChanged,
                           ConnectionReport>;

inline constexpr TimeDelta kReportInterval = TimeDelta::seconds(2);
/// RFC 7675 lets consent last 30 s; people should see "reconnecting" sooner, and Chrome itself says so after 5 s.
inline constexpr TimeDelta kDisconnectedAfter = TimeDelta::seconds(5);

}  // namespace parley::engine
