#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "media/ffmpeg/libav.hpp"

struct AVStream;

namespace parley::media {

/// A media file being read: its first picture and first sound stream. Files that a killed writer left behind are read
/// as far as they go. For the .cpp files of this folder.
class Input {
 public:
  static Result<Input> open(const std::filesystem::path& path);
  /// One file that lies in several, as the segments of a stream do.
  static Result<Input> open(std::vector<std::filesystem::path> pieces);
  Input(Input&& other) noexcept;
  Input& operator=(Input&& other) noexcept;
  ~Input();

  AVFormatContext& context() { return *context_; }
  /// Null if the file has none.
  AVStream* video() const { return video_; }
  AVStream* audio() const { return audio_; }
  AVStream* stream(rtp::MediaKind kind) const { return kind == rtp::MediaKind::Video ? video_ : audio_; }
  /// The next whole packet of either stream; false at the end, or where the file is torn.
  bool read(AVPacket& packet);
  rtp::MediaKind kind_of(const AVPacket& packet) const;

 private:
  struct Pieces;
  struct DeletePieces {
    void operator()(Pieces* pieces) const;
  };
  Input();
  Result<> open(const char* url);

  std::unique_ptr<Pieces, DeletePieces> pieces_;
  AVFormatContext* context_ = nullptr;
  AVStream* video_ = nullptr;
  AVStream* audio_ = nullptr;
};

}  // namespace parley::media
