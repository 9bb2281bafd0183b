#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media/ffmpeg/input.hpp"

struct SwrContext;

namespace parley::media {

/// The sound of a file as one channel at 48 kHz, in the place where it belongs: gaps in the file are silence. For the
/// .cpp files of this folder.
class SoundReader {
 public:
  /// `offset`: where the file's time zero lies.
  static Result<SoundReader> open(const std::filesystem::path& path, TimeDelta offset);
  SoundReader(SoundReader&&) noexcept;
  SoundReader& operator=(SoundReader&&) = delete;
  ~SoundReader();

  /// Adds the samples from `first` on to `mix`. `first` never falls.
  void add_to(std::span<int32_t> mix, int64_t first);
  /// Nothing comes after this sample; known only once everything was read.
  bool ended() const { return ended_ && held_.empty(); }

 private:
  SoundReader(Input input, AvCodec decoder);
  void decode_more();
  void receive();
  void keep(const AVFrame& frame);

  Input input_;
  AvCodec decoder_;
  SwrContext* resampler_ = nullptr;
  AvPacket packet_ = make_av_packet();
  AvFrame frame_ = make_av_frame();
  std::vector<int16_t> held_;  ///< decoded, not yet taken
  int64_t held_first_ = 0;     ///< position of held_'s first sample
  int64_t offset_ = 0;         ///< in samples
  bool ended_ = false;
};

}  // namespace parley::media
