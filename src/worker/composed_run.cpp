#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "worker/composition_config.hpp"
#include "worker/egress_run.hpp"
#include "worker/file_names.hpp"
#include "worker/output_sinks.hpp"
#include "worker/recording_files.hpp"

namespace parley::worker {
namespace {

/// A recording, livestream or HLS that is made from a composition: also of one participant, or one microphone as MP3.
class ComposedRun final : public EgressRun {
 public:
  ComposedRun(egress::Job job, Services services) : job_(std::move(job)), services_(std::move(services)) {}

  void start() override {
    if (job_.kind == egress::Kind::Livestream) {
      for (const egress::Output& output : job_.outputs) add_output(output);
      return after_last_sink();
    }
    if (!job_.paused)
      add_part();
    else
      services_.tell(egress::Paused{job_.id});
  }

  void stop() override { end(Ending::Finished); }
  void abandon() override {
    abandoned_ = true;
    end(Ending::Suspended);
  }

  void pause() override {
    if (!is_recording() || job_.paused || stopping_) return;
    job_.paused = true;
    for (const auto& [sink, output] : sinks_) services_.compositions.remove(sink);
    services_.tell(egress::Paused{job_.id});
  }

  void resume() override {
    if (!job_.paused || stopping_) return;
    job_.paused = false;
    add_part();
    services_.tell(egress::Resumed{job_.id});
  }

  void update(const egress::Config& config) override {
    job_.config = config;
    std::vector<SinkId> sinks;
    for (const auto& [sink, output] : sinks_) sinks.push_back(sink);
    services_.compositions.change(sinks, key());
  }

  void change_outputs(const egress::ChangeOutputs& change) override {
    if (job_.kind != egress::Kind::Livestream || stopping_) return;
    for (const auto& [sink, output] : sinks_) {
      if (std::find(change.remove.begin(), change.remove.end(), output) != change.remove.end()) {
        services_.compositions.remove(sink);
      }
    }
    for (const egress::Output& output : change.add) add_output(output);
  }

  bool owns(SinkId sink) const override { return sinks_.contains(sink); }
  void on_sink(const CompositionEvent& event) override {
    std::visit([this](const auto& e) { on(e); }, event);
  }
  void on_stream(const StreamKey&, bool) override {}
  bool over() const override { return over_; }

  void tell_progress() override {
    if (!started_ || over_) return;
    TimeDelta length = ended_;
    int64_t bytes = ended_bytes_;
    for (const auto& [sink, progress] : open_) {
      // Outputs of a livestream run side by side; a recording has one part open at a time.
      length = is_livestream() ? std::max(length, progress.duration) : length + progress.duration;
      bytes += progress.bytes;
    }
    services_.tell(egress::Progress{job_.id, length.seconds_f(), bytes});
  }

 private:
  void end(Ending ending) {
    if (std::exchange(stopping_, true)) return;
    for (const auto& [sink, output] : sinks_) services_.compositions.remove(sink, ending);
    after_last_sink();
  }

  bool is_livestream() const { return job_.kind == egress::Kind::Livestream; }
  bool is_hls() const { return job_.kind == egress::Kind::Hls || job_.file_format == egress::FileFormat::M3u8; }
  bool is_recording() const { return !is_livestream() && !is_hls(); }

  CompositionKey key() const {
    CompositionKey key{composition_of(job_.config), std::nullopt};
    if (!job_.target) return key;
    key.only = Only{job_.target->participant, std::nullopt};
    key.composition.layout = media::LayoutType::Spotlight;
    if (job_.target->track) {
      key.only->of_share = *job_.target->track == egress::TrackKind::ScreenAudio;
      key.composition.mode = media::Mode::Audio;
    }
    return key;
  }

  void add_part() {
    if (is_hls()) {
      const auto playable = [post = services_.post, tell = services_.tell, id = job_.id] {
        post(id, [tell, id] { tell(egress::Playable{id}); });
      };
      return add_sink("", Encoding::H264Aac, hls_sink(job_.folder, playable));
    }
    const media::Container container = container_of(job_.file_format);
    const int number = next_part(job_.folder, container, job_.part);
    job_.part = number + 1;
    const Encoding encoding = container == media::Container::WebM  ? Encoding::Vp8Opus
                              : container == media::Container::Mp3 ? Encoding::Mp3
                                                                   : Encoding::H264Aac;
    add_sink("", encoding, file_sink(part_path(job_.folder, number, container), container));
  }

  void add_output(const egress::Output& output) {
    const auto on_state = [post = services_.post, tell = services_.tell, id = job_.id, name = output.id](
                              egress::OutputState state, std::string message) {
      post(id, [=] { tell(egress::OutputChanged{id, name, state, message}); });
    };
    add_sink(output.id, Encoding::H264Aac, rtmp_sink(output, services_.allow_private, on_state));
  }

  void add_sink(std::string output, Encoding encoding, SinkFactory factory) {
    sinks_[services_.compositions.add(key(), encoding, std::move(factory))] = std::move(output);
  }

  void on(const SinkStarted& event) {
    if (std::exchange(started_, true)) return;
    services_.tell(egress::Started{job_.id, event.at});
  }
  void on(const SinkProgress& event) { open_[event.sink] = event; }
  void on(const SinkFinished& event) {
    ended_ = is_livestream() ? std::max(ended_, event.duration) : ended_ + event.duration;
    ended_bytes_ += event.bytes;
    close(event.sink);
  }
  void on(const SinkFailed& event) {
    if (is_livestream()) {
      services_.tell(
          egress::OutputChanged{job_.id, sinks_[event.sink], egress::OutputState::Failed, event.error.message});
      return close(event.sink);
    }
    failure_ = event.error;
    stopping_ = true;
    close(event.sink);
  }
  void on(const Shown&) {}

  void close(SinkId sink) {
    services_.compositions.forget(sink);
    sinks_.erase(sink);
    open_.erase(sink);
    after_last_sink();
  }

  // A livestream without outputs goes on: others may be added. It ends when the server stops it.
  void after_last_sink() {
    if (!sinks_.empty() || !stopping_ || finishing_) return;
    if (abandoned_) {
      over_ = true;
      return;
    }
    finishing_ = true;
    if (is_livestream()) return finish({});
    services_.in_background(
        job_.id, [job = job_] { return finalise_job(job); },
        [this](Services::Files files) { finish(std::move(files)); });
  }

  // A disk that is full ends a recording, but what was recorded is kept: the failure is told, the files as well.
  void finish(Services::Files files) {
    over_ = true;
    if (failure_) {
      services_.tell(egress::Failed{job_.id, std::string(name_of(failure_->code)), failure_->message});
    } else if (!files) {
      services_.tell(egress::Failed{job_.id, std::string(name_of(files.error().code)), files.error().message});
    } else {
      services_.tell(egress::Finished{job_.id, std::move(*files)});
    }
  }

  egress::Job job_;
  Services services_;
  std::map<SinkId, std::string> sinks_;  // with the output's id, "" for a file or HLS
  std::map<SinkId, SinkProgress> open_;
  TimeDelta ended_;  // of parts that are over
  int64_t ended_bytes_ = 0;
  std::optional<media::Error> failure_;
  bool started_ = false;
  bool stopping_ = false;
  bool finishing_ = false;
  bool abandoned_ = false;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<EgressRun> make_composed_run(const egress::Job& job, Services services) {
  return std::make_unique<ComposedRun>(job, std::move(services));
}

}  // namespace parley::worker
