#include "media/ffmpeg/file_writer.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "media/ffmpeg/interleaver.hpp"
#include "media/ffmpeg/output_file.hpp"
#include "media/ffmpeg/probe.hpp"

namespace parley::media {

namespace {

bool has(const std::vector<StreamFormat>& streams, rtp::MediaKind wanted) {
  return std::ranges::any_of(streams, [&](const StreamFormat& s) { return kind(s.codec) == wanted; });
}

TimeDelta priming_of(const std::vector<StreamFormat>& streams) {
  TimeDelta priming;
  for (const StreamFormat& s : streams) priming = std::max(priming, s.priming);
  return priming;
}

}  // namespace

struct FileWriter::State {
  State(FileWriterOptions o, OutputFile f)
      : options(std::move(o)),
        file(std::move(f)),
        interleaver(has(options.streams, rtp::MediaKind::Video), has(options.streams, rtp::MediaKind::Audio),
                    priming_of(options.streams)) {}

  FileWriterOptions options;
  OutputFile file;
  Interleaver interleaver;
  std::optional<Muxer> muxer;  ///< from the first packet on
  std::optional<Error> error;
  TimeDelta end;             ///< of everything handed to the muxer
  TimeDelta fragment_start;  ///< decoding time of the fragment's first packet
  bool fragment_empty = true;
  TimeDelta on_disk;
  int64_t left_out = 0;  ///< packets of a stream that came too late to be in the file's header

  Result<> begin(const EncodedPacket& first);
  Result<> put(const EncodedPacket& packet);
  Result<> drain();
  Result<> cut();
  Result<> store();
  Result<> remember(Result<> result);
};

// The header can be written once all streams are known. A copied video stream whose key picture did not come in time is
// left out.
Result<> FileWriter::State::begin(const EncodedPacket& first) {
  std::vector<StreamFormat> known;
  for (StreamFormat& format : options.streams) {
    if (!is_complete(format) && kind(format.codec) == first.kind) {
      auto completed = complete(format, first);
      if (!completed) return std::unexpected(completed.error());
      format = *std::move(completed);
    }
    if (is_complete(format)) known.push_back(format);
  }
  options.streams = std::move(known);
  auto created = Muxer::create(options.container, options.streams);
  if (!created) return std::unexpected(created.error());
  muxer.emplace(*std::move(created));
  return store();
}

Result<> FileWriter::State::store() {
  auto written = file.append(muxer->bytes());
  muxer->bytes().clear();
  return written;
}

Result<> FileWriter::State::cut() {
  if (!muxer || fragment_empty) return {};
  if (auto ended = muxer->cut(); !ended) return ended;
  if (auto stored = store(); !stored) return stored;
  fragment_empty = true;
  on_disk = end;
  return {};
}

Result<> FileWriter::State::put(const EncodedPacket& packet) {
  if (!muxer) {
    if (auto begun = begin(packet); !begun) return begun;
  }
  if (!has(options.streams, packet.kind)) {
    ++left_out;
    return {};
  }
  if (!fragment_empty && packet.dts - fragment_start >= kFragment) {
    if (auto ended = cut(); !ended) return ended;
  }
  if (fragment_empty) fragment_start = packet.dts;
  fragment_empty = false;
  end = std::max(end, packet.pts + packet.duration);
  return muxer->write(packet);
}

Result<> FileWriter::State::drain() {
  while (auto packet = interleaver.pop()) {
    if (auto written = put(*packet); !written) return written;
  }
  return {};
}

Result<> FileWriter::State::remember(Result<> result) {
  if (!result) error = result.error();
  return result;
}

FileWriter::FileWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileWriter::FileWriter(FileWriter&&) noexcept = default;
FileWriter& FileWriter::operator=(FileWriter&&) noexcept = default;
FileWriter::~FileWriter() = default;

Result<FileWriter> FileWriter::create(FileWriterOptions options) {
  for (const StreamFormat& format : options.streams) {
    if (holds(options.container, format.codec)) continue;
    return fail(Error::Code::Unsupported,
                fmt::format("{} files do not hold {}", name_of(options.container), name_of(format.codec)));
  }
  auto file = OutputFile::create(options.path);
  if (!file) return std::unexpected(file.error());
  return FileWriter(std::make_unique<State>(std::move(options), *std::move(file)));
}

Result<> FileWriter::write(EncodedPacket packet) {
  if (state_->error) return std::unexpected(*state_->error);
  state_->interleaver.push(std::move(packet));
  return state_->remember(state_->drain());
}

Result<> FileWriter::flush() {
  if (state_->error) return std::unexpected(*state_->error);
  return state_->remember(state_->cut());
}

Result<> FileWriter::finish() {
  if (state_->error) return std::unexpected(*state_->error);
  state_->interleaver.finish();
  auto result = state_->drain();
  if (result) result = state_->cut();
  if (result && state_->muxer) result = state_->muxer->finish();
  if (result && state_->muxer) result = state_->store();
  if (result) result = state_->file.sync();
  return state_->remember(std::move(result));
}

TimeDelta FileWriter::duration() const { return state_->on_disk; }
int64_t FileWriter::bytes() const { return state_->file.size(); }
int64_t FileWriter::dropped() const { return state_->interleaver.dropped() + state_->left_out; }
std::optional<TimeDelta> FileWriter::zero() const { return state_->interleaver.zero(); }

frame::Size FileWriter::size() const {
  for (const StreamFormat& format : state_->options.streams) {
    if (kind(format.codec) == rtp::MediaKind::Video) return format.size;
  }
  return {};
}

}  // namespace parley::media
