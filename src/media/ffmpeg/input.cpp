#include "media/ffmpeg/input.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "base/check.hpp"

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

std::unexpected<Error> bad_input(int error, std::string_view what) {
  char reason[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(error, reason, sizeof reason);
  return fail(Error::Code::BadInput, fmt::format("reading {}: {}", what, reason));
}

}  // namespace

/// Reads files one after the other as if they were one.
struct Input::Pieces {
  struct Piece {
    std::filesystem::path path;
    int64_t begin = 0;
    int64_t end = 0;
  };
  std::vector<Piece> all;
  std::ifstream in;
  size_t current = SIZE_MAX;  ///< index of the open one
  int64_t position = 0;
  std::unique_ptr<AVIOContext, void (*)(AVIOContext*)> io{nullptr, [](AVIOContext* context) {
                                                            av_freep(&context->buffer);
                                                            avio_context_free(&context);
                                                          }};

  int64_t size() const { return all.empty() ? 0 : all.back().end; }
  int read(uint8_t* out, int wanted);
  int64_t seek(int64_t offset, int whence);
};

int Input::Pieces::read(uint8_t* out, int wanted) {
  const auto piece = std::ranges::find_if(all, [&](const Piece& p) { return position < p.end; });
  if (piece == all.end()) return AVERROR_EOF;
  const size_t index = static_cast<size_t>(piece - all.begin());
  if (index != current) in = std::ifstream(piece->path, std::ios::binary);
  current = index;
  in.clear();
  in.seekg(position - piece->begin);
  in.read(reinterpret_cast<char*>(out), std::min<int64_t>(wanted, piece->end - position));
  position += in.gcount();
  return in.gcount() > 0 ? static_cast<int>(in.gcount()) : AVERROR_EOF;
}

int64_t Input::Pieces::seek(int64_t offset, int whence) {
  if (whence == AVSEEK_SIZE) return size();
  if (whence == SEEK_CUR) offset += position;
  if (whence == SEEK_END) offset += size();
  if (offset < 0) return AVERROR(EINVAL);
  return position = offset;
}

void Input::DeletePieces::operator()(Pieces* pieces) const { delete pieces; }

Input::Input() = default;

Result<> Input::open(const char* url) {
  AvOptions options;
  options.set("protocol_whitelist", kProtocols);
  int result = avformat_open_input(&context_, url, nullptr, options.get());
  if (result < 0) return bad_input(result, url);
  result = avformat_find_stream_info(context_, nullptr);
  if (result < 0) return bad_input(result, url);
  video_ = best(context_, AVMEDIA_TYPE_VIDEO);
  audio_ = best(context_, AVMEDIA_TYPE_AUDIO);
  if (!video_ && !audio_) return fail(Error::Code::BadInput, fmt::format("{} has neither picture nor sound", url));
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* stream = context_->streams[i];
    if (stream != video_ && stream != audio_) stream->discard = AVDISCARD_ALL;
  }
  return {};
}

Result<Input> Input::open(const std::filesystem::path& path) {
  capture_av_log();
  // The library gives EIO for torn files too; this tells them from files that cannot be read at all.
  if (access(path.c_str(), R_OK) != 0) return fail_errno(errno, fmt::format("opening {}", path.string()));
  Input input;
  const std::string url = "file:" + path.string();  // a name with a colon is no protocol
  if (auto opened = input.open(url.c_str()); !opened) return std::unexpected(opened.error());
  return input;
}

Result<Input> Input::open(std::vector<std::filesystem::path> files) {
  capture_av_log();
  Input input;
  input.pieces_.reset(new Pieces);
  for (auto& file : files) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return fail_errno(error.value(), fmt::format("opening {}", file.string()));
    const int64_t begin = input.pieces_->size();
    input.pieces_->all.push_back({std::move(file), begin, begin + static_cast<int64_t>(size)});
  }
  constexpr int kBuffer = 64 * 1024;
  input.pieces_->io.reset(avio_alloc_context(
      static_cast<uint8_t*>(av_malloc(kBuffer)), kBuffer, 0, input.pieces_.get(),
      [](void* p, uint8_t* out, int n) { return static_cast<Pieces*>(p)->read(out, n); }, nullptr,
      [](void* p, int64_t offset, int whence) { return static_cast<Pieces*>(p)->seek(offset, whence); }));
  input.context_ = avformat_alloc_context();
  PARLEY_CHECK(input.pieces_->io && input.context_);
  input.context_->pb = input.pieces_->io.get();
  if (auto opened = input.open("the segments"); !opened) return std::unexpected(opened.error());
  return input;
}

Input::Input(Input&& other) noexcept
    : pieces_(std::move(other.pieces_)),
      context_(std::exchange(other.context_, nullptr)),
      video_(other.video_),
      audio_(other.audio_) {}

Input& Input::operator=(Input&& other) noexcept {
  std::swap(pieces_, other.pieces_);
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
