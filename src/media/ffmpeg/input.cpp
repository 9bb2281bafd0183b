#include "media/ffmpeg/input.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavformat/avformat.h>
}

namespace parley::media {

namespace {

// Local files only: a playlist that names other protocols is not followed.
constexpr const char* kProtocols = "file,crypto,data";

AVStream* best(AVFormatContext* context, AVMediaType type) {
  const int index = av_find_best_stream(context, type, -1, -1, nullptr, 0);
  return index < 0 ? nullptr : context->streams[index];
}

std::unexpected<Error> bad_input(int error, const std::filesystem::path& path) {
  char reason[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(error, reason, sizeof reason);
  return fail(Error::Code::BadInput, fmt::format("reading {}: {}", path.string(), reason));
}

}  // namespace

Result<Input> Input::open(const std::filesystem::path& path) {
  capture_av_log();
  // The library gives EIO for torn files too; this tells them from files that cannot be read at all.
  if (access(path.c_str(), R_OK) != 0) return fail_errno(errno, fmt::format("opening {}", path.string()));
  AVFormatContext* context = nullptr;
  AvOptions options;
  options.set("protocol_whitelist", kProtocols).set("allowed_extensions", "ALL");
  const std::string url = "file:" + path.string();  // a name with a colon is no protocol
  int result = avformat_open_input(&context, url.c_str(), nullptr, options.get());
  if (result < 0) return bad_input(result, path);
  Input input(context);
  result = avformat_find_stream_info(context, nullptr);
  if (result < 0) return bad_input(result, path);
  input.video_ = best(context, AVMEDIA_TYPE_VIDEO);
  input.audio_ = best(context, AVMEDIA_TYPE_AUDIO);
  if (!input.video_ && !input.audio_) {
    return fail(Error::Code::BadInput, fmt::format("{} has neither picture nor sound", path.string()));
  }
  for (unsigned i = 0; i < context->nb_streams; ++i) {
    AVStream* stream = context->streams[i];
    if (stream != input.video_ && stream != input.audio_) stream->discard = AVDISCARD_ALL;
  }
  return input;
}

Input::Input(Input&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)), video_(other.video_), audio_(other.audio_) {}

Input& Input::operator=(Input&& other) noexcept {
  std::swap(context_, other.context_);
  std::swap(video_, other.video_);
  std::swap(audio_, other.audio_);
  return *this;
}

Input::~Input() { avformat_close_input(&context_); }

bool Input::read(AVPacket& packet) {
  while (true) {
    av_packet_unref(&packet);
    if (av_read_frame(context_, &packet) < 0) return false;
    const AVStream* stream = context_->streams[packet.stream_index];
    if (stream != video_ && stream != audio_) continue;
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0 || packet.size == 0) continue;
    return true;
  }
}

rtp::MediaKind Input::kind_of(const AVPacket& packet) const {
  return video_ && packet.stream_index == video_->index ? rtp::MediaKind::Video : rtp::MediaKind::Audio;
}

}  // namespace parley::media
