#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "parley/types.hpp"

namespace parley::sdk {

struct StreamId {
  std::string participant;
  StreamKind kind = StreamKind::Audio;
  friend auto operator<=>(const StreamId&, const StreamId&) = default;
};

/// What this client wants of one remote stream, as the server is told.
struct Wish {
  Quality quality = Quality::Auto;
  int width = 0;
  int height = 0;
  bool paused = false;
  friend bool operator==(const Wish&, const Wish&) = default;
};

/// The wishes for all remote streams: collects changes for a moment, then says what differs from what the server knows.
/// They outlive the streams, so that a camera that comes back is received as it was. A core.
class ReceiveWishes {
 public:
  struct Told {
    StreamId stream;
    Wish wish;
  };
  /// Layout changes come in bursts; the server allows 100 messages a second.
  static constexpr TimeDelta kCoalesce = TimeDelta::millis(100);

  void set_quality(const StreamId& stream, Quality quality, Timestamp now);
  void set_viewport(const StreamId& stream, int width, int height, Timestamp now);
  /// By the application's pause.
  void set_paused(const StreamId& stream, bool paused, Timestamp now);
  /// Somebody takes it. Those that nobody takes are paused at the server, once there was time to attach handlers.
  void set_handled(const StreamId& stream, bool handled, Timestamp now);
  /// A stream has come on (or is there again): unless somebody takes it soon, the server is asked not to send it.
  void appeared(const StreamId& stream, Timestamp now);
  bool is_paused(const StreamId& stream) const;
  void forget(const std::string& participant);
  /// Everything again: after a new join, or when a message may have been lost.
  void resend_all(std::vector<Told>& out);

  void on_deadline(Timestamp now, std::vector<Told>& out);
  Timestamp next_deadline() const { return flush_at_; }

 private:
  struct Entry {
    Wish wish;  // `paused` by the application
    bool handled = false;
    Wish sent;
    Wish effective() const {
      Wish out = wish;
      out.paused = wish.paused || !handled;
      return out;
    }
  };
  void plan(Timestamp at) { flush_at_ = std::min(flush_at_, at); }

  std::map<StreamId, Entry> entries_;
  Timestamp flush_at_ = Timestamp::never();
};

}  // namespace parley::sdk
