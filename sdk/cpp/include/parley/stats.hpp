#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <parley/types.hpp>

namespace parley {

/// One stream, sent or received, since it began on this connection; rates are of the last second.
struct StreamStats {
  std::string participantId;
  StreamKind kind = StreamKind::Audio;
  bool local = false;
  std::string codec;
  double kbps = 0;
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t packetsLost = 0;
  double jitterMs = 0;
  // Pictures: sent or received.
  int width = 0;
  int height = 0;
  double frameRate = 0;
  uint64_t frames = 0;
  uint64_t framesDropped = 0;
  uint64_t keyFrames = 0;
  uint64_t keyFramesWanted = 0;  ///< asked for (received), or asked of us (sent)
  uint64_t freezes = 0;
  int64_t frozenMs = 0;
  // Sound received, in samples a channel.
  uint64_t samples = 0;
  uint64_t samplesConcealed = 0;
  // What the server sends of a remote video, -1 unknown or nothing.
  int spatialLayer = -1;
  int temporalLayer = -1;
};

struct TransportStats {
  std::string protocol;  ///< "udp" or "tcp"; empty while not connected
  std::string localAddress;
  std::string remoteAddress;
  double rttMs = 0;  ///< 0 not known yet
  uint64_t bytesSent = 0;
  uint64_t bytesReceived = 0;
  double kbpsSent = 0;
  double kbpsReceived = 0;
  double availableKbps = 0;  ///< what the path to the server is believed to carry
};

struct MeetingStats {
  TransportStats transport;
  std::vector<StreamStats> streams;
};

}  // namespace parley
