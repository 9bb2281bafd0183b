#include <array>
#include <optional>
#include <utility>

#include "media/ffmpeg/file_writer.hpp"
#include "net/clock.hpp"
#include "worker/egress_run.hpp"
#include "worker/file_names.hpp"
#include "worker/recording_files.hpp"

namespace parley::worker {
namespace {

StreamKind kind_of(egress::TrackKind track) {
  switch (track) {
    case egress::TrackKind::Audio: return StreamKind::Audio;
    case egress::TrackKind::Video: return StreamKind::Video;
    case egress::TrackKind::ScreenAudio: return StreamKind::ShareAudio;
    case egress::TrackKind::ScreenVideo: return StreamKind::Share;
  }
  return StreamKind::Audio;
}

/// The container that was asked for if it can hold the codec, else the one that can: a track is copied, never
/// transcoded.
media::Container container_for(egress::FileFormat wanted, media::Codec codec) {
  const media::Container first = container_of(wanted);
  if (holds(first, codec)) return first;
  return holds(media::Container::WebM, codec) ? media::Container::WebM : media::Container::Mp4;
}

/// One part: from the stream's first usable packet to its end. Fed on the SDK's threads.
class TrackPart {
 public:
  using OnStarted = std::function<void(UtcTime)>;
  using OnFailed = std::function<void(media::Error)>;
  TrackPart(const egress::Job& job, int number, OnStarted on_started, OnFailed on_failed)
      : job_(job), number_(number), on_started_(std::move(on_started)), on_failed_(std::move(on_failed)) {}

  void receive(const frame::EncodedPicture& picture) {
    if (!writer_ && !picture.key) return;
    if (!open(media::from_rtp(picture.codec), picture.captured_at)) return;
    write(media::copy_of(picture, *zero_));
  }
  void receive(const frame::EncodedSound& sound) {
    if (!open(media::Codec::Opus, sound.captured_at)) return;
    write(media::copy_of(sound, *zero_));
  }
  /// Not while it is fed.
  media::Result<> finish() { return writer_ ? writer_->finish() : media::Result<>(); }
  TimeDelta duration() const { return writer_ ? writer_->duration() : TimeDelta(); }
  int64_t bytes() const { return writer_ ? writer_->bytes() : 0; }

 private:
  bool open(media::Codec codec, Timestamp captured_at) {
    if (failed_) return false;
    if (writer_) return true;
    const media::Container container = container_for(job_.file_format, codec);
    media::StreamFormat format{.codec = codec};
    if (kind(codec) == rtp::MediaKind::Audio) format.channels = 2;
    auto writer = media::FileWriter::create(
        {.path = part_path(job_.folder, number_, container), .container = container, .streams = {format}});
    if (!writer) return fail(writer.error()), false;
    writer_.emplace(std::move(*writer));
    zero_ = captured_at;
    on_started_(net::utc_now() + (captured_at - net::monotonic_now()));
    return true;
  }
  void write(const media::EncodedPacket& packet) {
    if (auto written = writer_->write(packet); !written) fail(written.error());
  }
  void fail(const media::Error& error) {
    if (!std::exchange(failed_, true)) on_failed_(error);
  }

  const egress::Job job_;
  const int number_;
  const OnStarted on_started_;
  const OnFailed on_failed_;
  std::optional<media::FileWriter> writer_;
  std::optional<Timestamp> zero_;
  bool failed_ = false;
};

/// A track recording: copies one stream of one participant, a new file each time it begins again.
class TrackRun final : public EgressRun {
 public:
  TrackRun(egress::Job job, Services services)
      : job_(std::move(job)),
        services_(std::move(services)),
        stream_{job_.target->participant, kind_of(*job_.target->track)} {}

  void start() override { begin(); }
  void stop() override {
    end();
    if (std::exchange(finishing_, true)) return;
    services_.in_background(
        job_.id, [job = job_] { return finalise_job(job); },
        [this](Services::Files files) {
          over_ = true;
          if (files && !failure_) return services_.tell(egress::Finished{job_.id, std::move(*files)});
          const media::Error& error = failure_ ? *failure_ : files.error();
          services_.tell(egress::Failed{job_.id, std::string(name_of(error.code)), error.message});
        });
  }
  void abandon() override {
    end();
    over_ = true;
  }
  void pause() override {}
  void resume() override {}
  void update(const egress::Config&) override {}
  void change_outputs(const egress::ChangeOutputs&) override {}
  bool owns(SinkId) const override { return false; }
  void on_sink(const CompositionEvent&) override {}
  void on_stream(const StreamKey& stream, bool on) override {
    if (stream != stream_ || finishing_) return;
    if (on && !part_) begin();
    if (!on) end();
  }
  bool over() const override { return over_; }
  void tell_progress() override {
    if (started_ && !over_) services_.tell(egress::Progress{job_.id, ended_.seconds_f(), ended_bytes_});
  }

 private:
  void begin() {
    int number = job_.part;
    for (const auto container : {media::Container::WebM, media::Container::Mp4, media::Container::Mp3}) {
      number = std::max(number, next_part(job_.folder, container, job_.part));
    }
    job_.part = number + 1;
    const auto on_started = [this](UtcTime at) {
      services_.post(job_.id, [this, at] {
        if (!std::exchange(started_, true)) services_.tell(egress::Started{job_.id, at});
      });
    };
    const auto on_failed = [this](media::Error error) {
      services_.post(job_.id, [this, error = std::move(error)] {
        failure_ = error;
        stop();
      });
    };
    part_ = std::make_shared<TrackPart>(job_, number, on_started, on_failed);
    services_.room.listen(stream_, {.on_picture = [part = part_](const frame::EncodedPicture& p) { part->receive(p); },
                                    .on_sound = [part = part_](const frame::EncodedSound& s) { part->receive(s); }});
  }

  void end() {
    if (!part_) return;
    services_.room.unlisten(stream_);  // nothing is fed any more when it returns
    if (auto finished = part_->finish(); !finished && !failure_) failure_ = finished.error();
    ended_ += part_->duration();
    ended_bytes_ += part_->bytes();
    part_.reset();
  }

  egress::Job job_;
  Services services_;
  const StreamKey stream_;
  std::shared_ptr<TrackPart> part_;
  TimeDelta ended_;
  int64_t ended_bytes_ = 0;
  std::optional<media::Error> failure_;
  bool started_ = false;
  bool finishing_ = false;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<EgressRun> make_track_run(const egress::Job& job, Services services) {
  return std::make_unique<TrackRun>(job, std::move(services));
}

}  // namespace parley::worker
