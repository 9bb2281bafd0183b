#include <optional>
#include <thread>
#include <utility>

#include "media/ffmpeg/rtmp_output.hpp"
#include "worker/output_sinks.hpp"

namespace parley::worker {
namespace {

egress::OutputState from(media::RtmpState state) {
  switch (state) {
    case media::RtmpState::Connecting: return egress::OutputState::Connecting;
    case media::RtmpState::Live: return egress::OutputState::Live;
    case media::RtmpState::Retrying: return egress::OutputState::Retrying;
    case media::RtmpState::Failed: return egress::OutputState::Failed;
    case media::RtmpState::Ended: return egress::OutputState::Ended;
  }
  return egress::OutputState::Failed;
}

class RtmpSink final : public Sink {
 public:
  RtmpSink(media::RtmpOutput output, OnOutputState on_state)
      : output_(std::move(output)), on_state_(std::move(on_state)) {}
  media::Result<> write(const media::EncodedPacket& packet) override {
    if (!first_) first_ = packet.pts;
    last_ = packet.pts + packet.duration;
    output_->write(packet);
    tell();
    return {};
  }
  media::Result<> end(Ending ending) override {
    tell();
    // Ending waits for the output's thread, and that perhaps for a resolver: not at the expense of the other sinks.
    std::thread([output = std::move(*output_)] {}).detach();
    output_.reset();
    if (ending == Ending::Finished && !gave_up_) on_state_(egress::OutputState::Ended, "");
    return {};
  }
  bool wants_key() override { return output_->wants_key(); }
  TimeDelta duration() const override { return first_ ? last_ - *first_ : TimeDelta(); }
  int64_t bytes() const override { return output_ ? output_->stats().sent_bytes : 0; }

 private:
  void tell() {
    if (!output_) return;
    for (media::RtmpOutput::Event& event : output_->take_events()) {
      gave_up_ = event.state == media::RtmpState::Failed;
      on_state_(from(event.state), std::move(event.message));
    }
  }

  std::optional<media::RtmpOutput> output_;  // until the end
  const OnOutputState on_state_;
  std::optional<TimeDelta> first_;
  TimeDelta last_;
  bool gave_up_ = false;
};

}  // namespace

SinkFactory rtmp_sink(egress::Output output, bool allow_private, OnOutputState on_state) {
  return [output = std::move(output), allow_private, on_state = std::move(on_state)](
             const std::vector<media::StreamFormat>& streams) -> media::Result<std::unique_ptr<Sink>> {
    auto made = media::RtmpOutput::create(
        {.url = output.url, .stream_key = output.stream_key, .streams = streams, .allow_private = allow_private});
    if (!made) return std::unexpected(made.error());
    return std::make_unique<RtmpSink>(std::move(*made), on_state);
  };
}

}  // namespace parley::worker
