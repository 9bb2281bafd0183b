#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "media/composition.hpp"
#include "media/compositor.hpp"
#include "media/layout.hpp"
#include "media/mixer.hpp"
#include "media/timeline.hpp"
#include "worker/encoding.hpp"
#include "worker/feed.hpp"
#include "worker/sink.hpp"
#include "worker/stage.hpp"

namespace parley::worker {

/// Numbers the sinks of a worker, never reused.
using SinkId = StrongInt<struct SinkIdTag, uint64_t>;

// What a composition tells of its sinks.
struct SinkStarted {
  SinkId sink;
  UtcTime at;  ///< when what it holds first was to be seen in the room
};
struct SinkProgress {
  SinkId sink;
  TimeDelta duration;
  int64_t bytes = 0;
};
/// It was removed and has ended properly.
struct SinkFinished {
  SinkId sink;
  TimeDelta duration;
  int64_t bytes = 0;
};
/// It could not be made, written or ended, and is gone.
struct SinkFailed {
  SinkId sink;
  media::Error error;
};
/// Which tiles are shown, and how large.
struct Shown {
  std::map<media::TileKey, frame::Size> tiles;
};
using CompositionEvent = std::variant<SinkStarted, SinkProgress, SinkFinished, SinkFailed, Shown>;

/// What a composition has cost and done so far.
struct CompositionCosts {
  // CPU time of the composition's thread.
  TimeDelta compose;  ///< laying out, scaling and painting
  TimeDelta scale;    ///< of that, scaling
  TimeDelta encode;   ///< of pictures
  TimeDelta sound;    ///< mixing and encoding it
  TimeDelta write;    ///< handing out to sinks: files are written here, RTMP on threads of its own
  int64_t pictures = 0;
  int64_t late = 0;     ///< produced more than a picture's time after they were due
  int64_t skipped = 0;  ///< not produced: the machine was too slow
};

/// One composed picture and mix of the room, encoded once for each encoding that its sinks need. All compositions of a
/// worker count time from the same `zero`, so that a sink can move from one to another. No clock is read but the CPU's.
/// Not thread-safe, except for `costs`.
class CompositionLoop {
 public:
  /// A machine that is this far behind leaves pictures out (never sound) until it has caught up.
  static constexpr TimeDelta kMaxLag = TimeDelta::millis(250);
  static constexpr TimeDelta kProgressInterval = TimeDelta::seconds(1);

  struct Config {
    media::Composition composition;
    std::optional<Only> only;  ///< shows and plays just this participant
    Timestamp zero;            ///< of the packets' times
    UtcTime epoch;             ///< the wall clock at `zero`
  };
  using OnEvent = std::function<void(CompositionEvent)>;

  CompositionLoop(const Config& config, std::shared_ptr<const Room> room, OnEvent on_event, Timestamp now);

  void feed(Feed feed, Timestamp now);
  void add(SinkId id, Encoding encoding, const SinkFactory& factory, Timestamp from);
  void remove(SinkId id, Timestamp until, Ending ending);
  struct Moved {
    SinkId id;
    Encoding encoding = Encoding::H264Aac;
    std::unique_ptr<Sink> sink;  ///< null if there is no such sink
    bool started = false;
  };
  Moved release(SinkId id);
  void adopt(Moved moved);
  /// Another layout, priority or grid size; the rest of the composition must be as it was.
  void rearrange(const media::Composition& composition);

  /// Tells what is going to be shown, before the first picture is due: what it shows can be asked for meanwhile.
  void announce(Timestamp now);
  /// Produces what is due.
  void on_deadline(Timestamp now);
  Timestamp next_deadline() const { return timeline_.deadline(); }
  /// Suspends all sinks where they are.
  void abandon();

  CompositionCosts costs() const;

 private:
  struct Output {
    Encoding encoding = Encoding::H264Aac;
    std::unique_ptr<Sink> sink;
    TimeDelta from;                  ///< nothing before it
    std::optional<TimeDelta> until;  ///< nothing from here on
    Ending ending = Ending::Suspended;
    bool key_asked = false;  ///< its first picture will be a key picture
    bool open = false;       ///< and has come
    bool started = false;
    bool past_end[2] = {};  ///< picture, sound: have come to `until`
  };
  using Outputs = std::map<SinkId, Output>;

  /// Of the next tick, since `zero`.
  TimeDelta next_time() const { return timeline_.deadline() - media::kPlayoutDelay - config_.zero; }
  TimeDelta tick_length() const { return TimeDelta::seconds(1) / config_.composition.frame_rate; }
  void forget_gone(const Room& room);
  void produce(const media::Tick& tick, Timestamp now);
  void compose(const media::Tick& tick);
  void mix(const media::Tick& tick);
  EncoderSet* encoders_for(Encoding encoding);
  void drop_unused_encoders();
  void distribute(Encoding encoding);
  bool write(SinkId id, Output& output, const media::EncodedPacket& packet);
  bool is_wanted(Output& output, const media::EncodedPacket& packet) const;
  void finish(Outputs::iterator output);
  void fail(Encoding encoding, const media::Error& error);
  void tell_shown();
  void tell_progress(Timestamp now);

  Config config_;
  OnEvent on_event_;
  Stage stage_;
  media::Compositor compositor_;
  media::Mixer mixer_;
  std::set<ParticipantId> speakers_;  // that the mixer has sources of
  std::vector<media::Tile> tiles_;
  std::map<Encoding, EncoderSet> encoders_;
  Outputs outputs_;
  std::vector<media::EncodedPacket> packets_;  // of the encoder at work
  std::map<media::TileKey, frame::Size> shown_;
  media::Timeline timeline_;
  Timestamp progress_at_;
  struct {
    std::atomic<int64_t> compose_us, scale_us, encode_us, sound_us, write_us, pictures, late, skipped;
  } spent_;
};

}  // namespace parley::worker
