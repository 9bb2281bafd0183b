#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace parley {

enum class Mode {
  SendAndRecv,
  RecvOnly,
  SignallingOnly,  ///< no media: chat and control
};

/// The four things a participant may publish.
enum class StreamKind { Audio, Video, Share, ShareAudio };

constexpr bool isAudio(StreamKind kind) { return kind == StreamKind::Audio || kind == StreamKind::ShareAudio; }
const char* name(StreamKind kind);  ///< "audio", "video", "share", "shareAudio"

enum class Quality { Auto, Low, Med, High };

enum class VideoCodec { Vp8, Vp9, H264, Av1 };

enum class PinTarget { ShareAndCam, Cam, Share };

/// How media may travel. UdpOverTcp prefers UDP and falls back to TCP.
enum class Protocol { UdpOverTcp, UdpOnly, TcpOnly };

enum class MeetingState { Idle, Connecting, Waiting, Connected, Reconnecting, Disconnected, Failed };

/// When received media is handed over.
enum class Delivery {
  /// At the pace of playing: the jitter buffer holds frames so that they come evenly and sound and picture together.
  Paced,
  /// As soon as a frame is whole and in order: for recorders, which have `capturedAt` to put it in its place. Losses
  /// are
  /// waited for as long as repair may take.
  AsSoonAsComplete,
};

/// Why a remote stream rests.
enum class PauseReason {
  User,       ///< this client paused it
  Publisher,  ///< its publisher paused it
  Bandwidth,  ///< the path to this client carries no more
};

/// One published stream. It exists while its source is on.
struct Stream {
  StreamKind kind = StreamKind::Audio;
  bool paused = false;         ///< by its publisher
  std::string codec;           ///< "opus", "VP8", …; empty until its first packet
  std::string displaySurface;  ///< share: "monitor", "window", "browser" or empty
};

struct PinState {
  bool cam = false;
  bool share = false;
};

/// A participant as it was when asked: a value, which does not change afterwards.
struct Participant {
  std::string id;
  std::string displayName;
  std::string metaDataJson;  ///< a JSON object, or empty
  Mode mode = Mode::SendAndRecv;
  bool local = false;
  std::vector<Stream> streams;
  PinState pin;
  int64_t joinedAtMs = 0;     ///< UTC, milliseconds since 1970
  int connectionQuality = 0;  ///< 1 bad to 5 good, 0 not known yet
  bool reconnecting = false;  ///< its connection is down and held for it

  bool publishes(StreamKind kind) const {
    for (const Stream& stream : streams) {
      if (stream.kind == kind) return true;
    }
    return false;
  }
};

struct LeaveInfo {
  int code = 0;  ///< a `LeaveReason`
  std::string message;
};

}  // namespace parley
