#include "worker/file_names.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace parley::worker {

namespace {

constexpr std::string_view kPart = "part-";
constexpr std::string_view kTrack = "track-";

std::filesystem::path numbered(const std::filesystem::path& folder, std::string_view prefix, int number,
                               media::Container container) {
  return folder / fmt::format("{}{}.{}", prefix, number, name_of(container));
}

std::vector<int> numbers_of(const std::filesystem::path& folder, std::string_view prefix, media::Container container) {
  std::vector<int> numbers;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().stem().string();
    if (!name.starts_with(prefix) || entry.path().extension() != fmt::format(".{}", name_of(container))) continue;
    int number = 0;
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + prefix.size(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

std::filesystem::path part_path(const std::filesystem::path& folder, int number, media::Container container) {
  return numbered(folder, kPart, number, container);
}

std::vector<int> part_numbers(const std::filesystem::path& folder, media::Container container) {
  return numbers_of(folder, kPart, container);
}

std::filesystem::path track_path(const std::filesystem::path& folder, int number, media::Container container) {
  return numbered(folder, kTrack, number, container);
}

std::vector<int> track_numbers(const std::filesystem::path& folder, media::Container container) {
  return numbers_of(folder, kTrack, container);
}

int next_part(const std::filesystem::path& folder, media::Container container, int first) {
  const std::vector<int> numbers = part_numbers(folder, container);
  return numbers.empty() ? first : std::max(first, numbers.back() + 1);
}

std::filesystem::path recording_path(const std::filesystem::path& folder, media::Container container) {
  return folder / fmt::format("recording.{}", name_of(container));
}

media::Container container_of(egress::FileFormat format) {
  switch (format) {
    case egress::FileFormat::WebM: return media::Container::WebM;
    case egress::FileFormat::Mp3: return media::Container::Mp3;
    case egress::FileFormat::Mp4:
    case egress::FileFormat::M3u8: break;
  }
  return media::Container::Mp4;
}

}  // namespace parley::worker
