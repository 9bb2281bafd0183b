#include "worker/composition_loop.hpp"

#include <algorithm>
#include <utility>

#include "worker/thread_cpu.hpp"

namespace parley::worker {
namespace {

/// CPU time of the calling thread between construction and destruction, added to a counter.
class Meter {
 public:
  explicit Meter(std::atomic<int64_t>& total) : total_(total), begin_(thread_cpu()) {}
  ~Meter() { total_ += (thread_cpu() - begin_).us(); }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

 private:
  std::atomic<int64_t>& total_;
  TimeDelta begin_;
};

media::SoundId sound_id(const ParticipantId& participant, bool of_share) {
  return media::SoundId((of_share ? "share " : "microphone ") + participant.value());
}

}  // namespace

CompositionLoop::CompositionLoop(const Config& config, std::shared_ptr<const Room> room, OnEvent on_event,
                                 Timestamp now)
    : config_(config),
      on_event_(std::move(on_event)),
      stage_(config.only, std::move(room)),
      compositor_(config.composition, thread_cpu),
      timeline_(config.composition.frame_rate),
      progress_at_(now + kProgressInterval) {
  timeline_.start(now);
}

void CompositionLoop::feed(Feed feed, Timestamp now) {
  if (const auto* change = std::get_if<RoomChanged>(&feed)) {
    forget_gone(*change->room);
    return stage_.apply(*change, now);
  }
  if (auto* picture = std::get_if<PictureArrived>(&feed)) return stage_.apply(std::move(*picture));
  const auto& sound = std::get<SoundArrived>(feed);
  if (!stage_.plays(sound)) return;
  mixer_.add(sound_id(sound.from, sound.of_share), sound.sound, sound.captured_at);
  speakers_.insert(sound.from);
}

void CompositionLoop::forget_gone(const Room& room) {
  std::erase_if(speakers_, [&](const ParticipantId& id) {
    const bool stays = std::any_of(room.guests.begin(), room.guests.end(), [&](const Guest& g) { return g.id == id; });
    if (stays) return false;
    for (const bool of_share : {false, true}) mixer_.remove(sound_id(id, of_share));
    return true;
  });
}

// --- sinks -----------------------------------------------------------------------------------------------------------

EncoderSet* CompositionLoop::encoders_for(Encoding encoding) {
  const auto found = encoders_.find(encoding);
  if (found != encoders_.end()) return &found->second;
  auto made = EncoderSet::create(encoding, config_.composition, next_time());
  if (!made) return nullptr;
  return &encoders_.emplace(encoding, std::move(*made)).first->second;
}

void CompositionLoop::add(SinkId id, Encoding encoding, const SinkFactory& factory, Timestamp from) {
  EncoderSet* encoders = encoders_for(encoding);
  if (encoders == nullptr) {
    return on_event_(SinkFailed{id, {media::Error::Code::Internal, "the encoders could not be started"}});
  }
  auto sink = factory(encoders->formats());
  if (!sink) {
    on_event_(SinkFailed{id, sink.error()});
    return drop_unused_encoders();
  }
  Output& output = outputs_[id];
  output.encoding = encoding;
  output.sink = std::move(*sink);
  output.from = from - config_.zero;
}

void CompositionLoop::remove(SinkId id, Timestamp until, Ending ending) {
  const auto found = outputs_.find(id);
  if (found == outputs_.end() || found->second.until) return;
  found->second.until = until - config_.zero;
  found->second.ending = ending;
}

CompositionLoop::Moved CompositionLoop::release(SinkId id) {
  const auto found = outputs_.find(id);
  if (found == outputs_.end()) return {.id = id};
  Moved moved{id, found->second.encoding, std::move(found->second.sink), found->second.started};
  outputs_.erase(found);
  drop_unused_encoders();
  return moved;
}

void CompositionLoop::adopt(Moved moved) {
  EncoderSet* encoders = encoders_for(moved.encoding);
  if (encoders == nullptr) {
    return on_event_(SinkFailed{moved.id, {media::Error::Code::Internal, "the encoders could not be started"}});
  }
  Output& output = outputs_[moved.id];
  output.encoding = moved.encoding;
  output.sink = std::move(moved.sink);
  output.from = next_time();
  output.started = moved.started;
}

void CompositionLoop::rearrange(const media::Composition& composition) { config_.composition = composition; }

void CompositionLoop::drop_unused_encoders() {
  std::erase_if(encoders_, [&](const auto& item) {
    return std::none_of(outputs_.begin(), outputs_.end(),
                        [&](const auto& output) { return output.second.encoding == item.first; });
  });
}

// --- production ------------------------------------------------------------------------------------------------------

void CompositionLoop::announce(Timestamp now) {
  if (config_.composition.mode != media::Mode::VideoAndAudio) return;
  tiles_ = media::arrange(config_.composition, stage_.people(now));
  tell_shown();
}

void CompositionLoop::on_deadline(Timestamp now) {
  while (const auto tick = timeline_.next(now)) produce(*tick, now);
  if (now >= progress_at_) tell_progress(now);
}

void CompositionLoop::produce(const media::Tick& tick, Timestamp now) {
  // A sink that waits for its first picture gets a key picture as soon as its time has come.
  for (auto& [id, output] : outputs_) {
    const bool begins = !output.key_asked && tick.captured - config_.zero >= output.from;
    if (!begins && !output.sink->wants_key()) continue;
    output.key_asked = output.key_asked || begins;
    encoders_.at(output.encoding).request_key();
  }
  const TimeDelta lag = now - tick.due;
  if (config_.composition.mode == media::Mode::VideoAndAudio) {
    if (lag > tick_length()) ++spent_.late;
    if (lag > kMaxLag)
      ++spent_.skipped;
    else
      compose(tick);
  }
  mix(tick);
  drop_unused_encoders();
}

void CompositionLoop::compose(const media::Tick& tick) {
  frame::Picture picture;
  {
    const Meter meter(spent_.compose_us);
    tiles_ = media::arrange(config_.composition, stage_.people(tick.captured), tiles_);
    picture = compositor_.compose(stage_.contents(tiles_, tick.captured, tick_length()), tick.captured);
  }
  ++spent_.pictures;
  spent_.scale_us = compositor_.stats().scaling.us();
  tell_shown();
  for (auto& [encoding, encoders] : encoders_) {
    packets_.clear();
    {
      const Meter meter(spent_.encode_us);
      if (auto done = encoders.encode(picture, tick.captured - config_.zero, packets_); !done)
        fail(encoding, done.error());
    }
    distribute(encoding);
  }
}

void CompositionLoop::mix(const media::Tick& tick) {
  frame::Sound sound;
  {
    const Meter meter(spent_.sound_us);
    sound = mixer_.mix(tick.captured, tick.sound_frames);
  }
  for (auto& [encoding, encoders] : encoders_) {
    packets_.clear();
    {
      const Meter meter(spent_.sound_us);
      if (auto done = encoders.encode(sound.samples, packets_); !done) fail(encoding, done.error());
    }
    distribute(encoding);
  }
}

void CompositionLoop::distribute(Encoding encoding) {
  if (packets_.empty()) return;
  const Meter meter(spent_.write_us);
  for (const media::EncodedPacket& packet : packets_) {
    for (auto it = outputs_.begin(); it != outputs_.end();) {
      const auto current = it++;
      Output& output = current->second;
      if (output.encoding != encoding || !is_wanted(output, packet)) continue;
      if (!write(current->first, output, packet)) outputs_.erase(current);
    }
  }
  for (auto it = outputs_.begin(); it != outputs_.end();) {
    const auto current = it++;
    const Output& output = current->second;
    const bool has_video = encoders_.at(output.encoding).has_video();
    if (output.past_end[1] && (output.past_end[0] || !has_video)) finish(current);
  }
}

bool CompositionLoop::is_wanted(Output& output, const media::EncodedPacket& packet) const {
  const bool is_sound = packet.kind == rtp::MediaKind::Audio;
  if (output.until && packet.pts >= *output.until) {
    output.past_end[is_sound ? 1 : 0] = true;
    return false;
  }
  if (packet.pts < output.from) return false;
  // Sound comes out of its encoder before the picture of its time does: it goes through, sinks put both in order.
  if (!is_sound && packet.key) output.open = true;
  return is_sound || output.open;
}

bool CompositionLoop::write(SinkId id, Output& output, const media::EncodedPacket& packet) {
  if (auto written = output.sink->write(packet); !written) {
    on_event_(SinkFailed{id, written.error()});
    return false;
  }
  if (!std::exchange(output.started, true)) on_event_(SinkStarted{id, config_.epoch + packet.pts});
  return true;
}

void CompositionLoop::finish(Outputs::iterator output) {
  auto node = outputs_.extract(output);
  Sink& sink = *node.mapped().sink;
  if (auto finished = sink.end(node.mapped().ending); !finished)
    return on_event_(SinkFailed{node.key(), finished.error()});
  on_event_(SinkFinished{node.key(), sink.duration(), sink.bytes()});
}

void CompositionLoop::fail(Encoding encoding, const media::Error& error) {
  std::erase_if(outputs_, [&](const auto& item) {
    if (item.second.encoding != encoding) return false;
    on_event_(SinkFailed{item.first, error});
    return true;
  });
}

void CompositionLoop::abandon() {
  while (!outputs_.empty()) finish(outputs_.begin());
}

void CompositionLoop::tell_shown() {
  std::map<media::TileKey, frame::Size> shown;
  for (const media::Tile& tile : tiles_) shown[tile.key] = {tile.rect.width, tile.rect.height};
  if (shown == shown_) return;
  shown_ = std::move(shown);
  on_event_(Shown{shown_});
}

void CompositionLoop::tell_progress(Timestamp now) {
  progress_at_ = now + kProgressInterval;
  for (const auto& [id, output] : outputs_) {
    on_event_(SinkProgress{id, output.sink->duration(), output.sink->bytes()});
  }
}

CompositionCosts CompositionLoop::costs() const {
  return {.compose = TimeDelta::micros(spent_.compose_us),
          .scale = TimeDelta::micros(spent_.scale_us),
          .encode = TimeDelta::micros(spent_.encode_us),
          .sound = TimeDelta::micros(spent_.sound_us),
          .write = TimeDelta::micros(spent_.write_us),
          .pictures = spent_.pictures,
          .late = spent_.late,
          .skipped = spent_.skipped};
}

}  // namespace parley::worker
