#include "media/ffmpeg/merge.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "media/ffmpeg/audio_encoder.hpp"
#include "media/ffmpeg/file_writer.hpp"
#include "media/ffmpeg/sound_reader.hpp"

namespace parley::media {

namespace {

constexpr int64_t kBlock = frame::kSampleRate / 10;

Codec codec_for(Container container) {
  switch (container) {
    case Container::Mp4: return Codec::Aac;
    case Container::WebM: return Codec::Opus;
    case Container::Mp3: return Codec::Mp3;
  }
  return Codec::Aac;
}

Result<std::vector<SoundReader>> open_all(const std::vector<MergeInput>& inputs) {
  if (inputs.size() > kMaxMergeInputs) {
    return fail(Error::Code::Unsupported, fmt::format("more than {} recordings for one channel", kMaxMergeInputs));
  }
  std::vector<SoundReader> readers;
  for (const MergeInput& input : inputs) {
    auto reader = SoundReader::open(input.file, std::max(input.offset, TimeDelta::zero()));
    if (!reader) return std::unexpected(reader.error());
    readers.push_back(*std::move(reader));
  }
  return readers;
}

bool all_ended(const std::vector<SoundReader>& readers) {
  return std::ranges::all_of(readers, [](const SoundReader& r) { return r.ended(); });
}

// One channel of the block, clipped: speakers of one channel seldom speak at once.
void mix_channel(std::vector<SoundReader>& readers, int64_t first, size_t channel, std::vector<int16_t>& out) {
  std::vector<int32_t> mix(static_cast<size_t>(kBlock));
  for (SoundReader& reader : readers) reader.add_to(mix, first);
  for (size_t i = 0; i < mix.size(); ++i)
    out[2 * i + channel] = static_cast<int16_t>(std::clamp(mix[i], -32768, 32767));
}

Result<> write_all(FileWriter& writer, std::vector<EncodedPacket>& packets) {
  for (EncodedPacket& packet : packets) {
    if (auto written = writer.write(std::move(packet)); !written) return written;
  }
  packets.clear();
  return {};
}

Result<> mix(std::vector<SoundReader>& left, std::vector<SoundReader>& right, AudioEncoder& encoder,
             FileWriter& writer) {
  std::vector<int16_t> block(2 * kBlock);
  std::vector<EncodedPacket> packets;
  for (int64_t first = 0; !all_ended(left) || !all_ended(right); first += kBlock) {
    mix_channel(left, first, 0, block);
    mix_channel(right, first, 1, block);
    if (auto encoded = encoder.encode(block, packets); !encoded) return encoded;
    if (auto written = write_all(writer, packets); !written) return written;
  }
  if (auto ended = encoder.finish(packets); !ended) return ended;
  if (auto written = write_all(writer, packets); !written) return written;
  return writer.finish();
}

Result<> mix_into(const std::filesystem::path& path, Container container, std::vector<SoundReader>& left,
                  std::vector<SoundReader>& right) {
  auto encoder = AudioEncoder::create({.codec = codec_for(container), .channels = 2});
  if (!encoder) return std::unexpected(encoder.error());
  auto writer = FileWriter::create({path, container, {encoder->format()}});
  if (!writer) return std::unexpected(writer.error());
  return mix(left, right, *encoder, *writer);
}

}  // namespace

Result<MediaFile> merge(const std::vector<MergeInput>& left, const std::vector<MergeInput>& right,
                        const std::filesystem::path& target) {
  const auto container = container_of(target);
  if (!container) return std::unexpected(container.error());
  if (left.empty() && right.empty()) return fail(Error::Code::BadInput, "there is nothing to merge");
  auto left_readers = open_all(left);
  if (!left_readers) return std::unexpected(left_readers.error());
  auto right_readers = open_all(right);
  if (!right_readers) return std::unexpected(right_readers.error());
  std::filesystem::path temporary = target;
  temporary += ".merging";
  Result<MediaFile> file;
  if (auto mixed = mix_into(temporary, *container, *left_readers, *right_readers); mixed) {
    file = finalise({temporary}, target);
  } else {
    file = std::unexpected(mixed.error());
  }
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  return file;
}

}  // namespace parley::media
