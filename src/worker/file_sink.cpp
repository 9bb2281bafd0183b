#include <utility>

#include "media/ffmpeg/file_writer.hpp"
#include "worker/sink.hpp"

namespace parley::worker {
namespace {

class FileSink final : public Sink {
 public:
  explicit FileSink(media::FileWriter writer) : writer_(std::move(writer)) {}
  media::Result<> write(const media::EncodedPacket& packet) override { return writer_.write(packet); }
  media::Result<> end(Ending) override { return writer_.finish(); }
  TimeDelta duration() const override { return writer_.duration(); }
  int64_t bytes() const override { return writer_.bytes(); }

 private:
  media::FileWriter writer_;
};

}  // namespace

SinkFactory file_sink(std::filesystem::path path, media::Container container) {
  return [path = std::move(path),
          container](const std::vector<media::StreamFormat>& streams) -> media::Result<std::unique_ptr<Sink>> {
    auto writer = media::FileWriter::create({.path = path, .container = container, .streams = streams});
    if (!writer) return std::unexpected(writer.error());
    return std::make_unique<FileSink>(std::move(*writer));
  };
}

}  // namespace parley::worker
