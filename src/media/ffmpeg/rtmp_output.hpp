#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "media/ffmpeg/error.hpp"
#include "media/ffmpeg/packet.hpp"

namespace parley::media {

enum class RtmpState : uint8_t { Connecting, Live, Retrying, Failed, Ended };
std::string_view name_of(RtmpState state);  ///< "connecting", …

struct RtmpOutputOptions {
  std::string url;                    ///< rtmp[s]://host[:port]/app
  std::string stream_key;             ///< a secret; empty: the last part of the URL's path
  std::vector<StreamFormat> streams;  ///< H.264 and AAC, or one of them
  bool allow_private = false;         ///< also to loopback, private and link-local addresses
  std::string ca_file;                ///< rtmps: certificates to trust instead of the system's
};

/// One RTMP destination of a livestream. It has a thread of its own that connects, publishes and, when the connection
/// breaks or cannot be made, tries again with growing pauses; nothing it meets is felt by the caller or by other
/// outputs. Each connection begins at a key picture; times go on from connection to connection. When the server is
/// slower than the stream, packets are dropped up to the next key picture.
///
/// Threads: create, destroy and call from one thread; write(), take_events(), wants_key() and stats() never wait for
/// the network (they share a mutex with the output's thread for moments). The destructor waits for the thread: mostly
/// below 100 ms, at worst as long as the resolver takes.
class RtmpOutput {
 public:
  /// Without having been live for so long, it gives up: whoever set the destination up has long seen the state.
  static constexpr TimeDelta kGiveUp = TimeDelta::seconds(600);
  /// A connection that lasted so long was a good one: the next pause is the shortest again.
  static constexpr TimeDelta kSettled = TimeDelta::seconds(10);

  struct Event {
    RtmpState state;
    std::string message;  ///< of Retrying and Failed: why, in a sentence, never with the key
  };
  struct Stats {
    int64_t sent_packets = 0;
    int64_t sent_bytes = 0;
    int64_t dropped_packets = 0;  ///< because the server was too slow
    int64_t connections = 0;      ///< that went live
    TimeDelta queued;             ///< span of what waits to be sent
  };

  /// BadInput or Unsupported if the destination can never work as it is written; anything else is an event.
  static Result<RtmpOutput> create(RtmpOutputOptions options);
  RtmpOutput(RtmpOutput&&) noexcept;
  RtmpOutput& operator=(RtmpOutput&&) noexcept;
  ~RtmpOutput();  ///< ends the stream

  void write(EncodedPacket packet);
  /// What happened since the last call, oldest first. Begins with Connecting.
  std::vector<Event> take_events();
  /// True once after each new connection (before it is Live, which takes some sent packets): a key picture now would
  /// save the wait for the next one.
  bool wants_key();
  Stats stats() const;

 private:
  struct State;
  explicit RtmpOutput(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::media
