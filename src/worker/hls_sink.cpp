#include <optional>
#include <utility>

#include "media/ffmpeg/hls_writer.hpp"
#include "net/clock.hpp"
#include "worker/output_sinks.hpp"

namespace parley::worker {
namespace {

class HlsSink final : public Sink {
 public:
  HlsSink(std::filesystem::path folder, std::vector<media::StreamFormat> streams, std::function<void()> on_playable)
      : folder_(std::move(folder)), streams_(std::move(streams)), on_playable_(std::move(on_playable)) {}

  media::Result<> write(const media::EncodedPacket& packet) override {
    if (!writer_) {
      // Players show the wall clock: made with the first packet, whose age the composition's delay bounds.
      auto writer =
          media::HlsWriter::create({.folder = folder_, .streams = streams_, .epoch = net::utc_now() + -packet.pts});
      if (!writer) return std::unexpected(writer.error());
      writer_.emplace(std::move(*writer));
    }
    if (auto written = writer_->write(packet); !written) return written;
    if (!playable_ && writer_->playable()) {
      playable_ = true;
      on_playable_();
    }
    return {};
  }
  media::Result<> end(Ending ending) override {
    return writer_ && ending == Ending::Finished ? writer_->finish() : media::Result<>();
  }
  TimeDelta duration() const override { return writer_ ? writer_->duration() : TimeDelta(); }
  int64_t bytes() const override { return writer_ ? writer_->bytes() : 0; }

 private:
  const std::filesystem::path folder_;
  const std::vector<media::StreamFormat> streams_;
  const std::function<void()> on_playable_;
  std::optional<media::HlsWriter> writer_;
  bool playable_ = false;
};

}  // namespace

SinkFactory hls_sink(std::filesystem::path folder, std::function<void()> on_playable) {
  return [folder = std::move(folder), on_playable = std::move(on_playable)](
             const std::vector<media::StreamFormat>& streams) -> media::Result<std::unique_ptr<Sink>> {
    return std::make_unique<HlsSink>(folder, streams, on_playable);
  };
}

}  // namespace parley::worker
