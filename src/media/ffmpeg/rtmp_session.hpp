#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "media/ffmpeg/destination.hpp"
#include "media/ffmpeg/packet.hpp"

namespace parley::media {

/// One connection to an RTMP server, publishing. Every call blocks, at most for the times below or until `stop` is set.
/// Errors are sentences for people, without the stream key.
class RtmpSession {
 public:
  /// Of name look-up aside: connecting, TLS and RTMP's handshake, publish. Far servers need three to five round trips.
  static constexpr TimeDelta kOpenTimeout = TimeDelta::seconds(10);
  /// A server that takes nothing for so long is gone.
  static constexpr TimeDelta kWriteTimeout = TimeDelta::seconds(10);
  /// Some servers accept first and close when they have looked at the key: a stream that was taken for so long is live.
  static constexpr TimeDelta kProof = TimeDelta::millis(500);
  static constexpr TimeDelta kCloseTimeout = TimeDelta::seconds(1);

  struct Options {
    const Destination& destination;
    std::vector<StreamFormat> streams;
    bool allow_private = false;
    std::string ca_file;            ///< rtmps: certificates to trust instead of the system's
    const std::atomic<bool>& stop;  ///< outlives the session
  };

  /// Connects and publishes. The error's code is Unsupported where trying again is of no use.
  static Result<RtmpSession> open(const Options& options);
  RtmpSession(RtmpSession&&) noexcept;
  RtmpSession& operator=(RtmpSession&&) noexcept;
  ~RtmpSession();  ///< says goodbye and closes

  /// Packets come in the order of an Interleaver.
  Result<> write(const EncodedPacket& packet);
  bool proven() const;

 private:
  struct State;
  explicit RtmpSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::media
