#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "egress/egress.hpp"
#include "egress/field_reader.hpp"

/// JSON of the values that lines and records share.
namespace parley::egress {

/// Bytes of an id, a URL, a stream key: far above what is in use.
inline constexpr size_t kMaxId = 128;
inline constexpr size_t kMaxUrl = 1024;
inline constexpr size_t kMaxKey = 1024;
inline constexpr size_t kMaxText = 4096;
inline constexpr int64_t kMaxPart = 1'000'000;
inline constexpr int64_t kMaxTime = 253'402'300'799'999;  // 9999-12-31

nlohmann::json json_of(const Config& config);
Config read_config(FieldReader reader);
nlohmann::json json_of(const std::vector<Output>& outputs);
std::vector<Output> read_outputs(FieldReader& reader, const char* name);
nlohmann::json json_of(const Target& target);
Target read_target(FieldReader reader, Kind kind);
nlohmann::json json_of(const std::vector<File>& files);
/// Each inside of its folder.
std::vector<File> read_files(FieldReader& reader);
/// A path that does not lead out of the folder it is relative to.
std::string read_relative(FieldReader& reader, const char* name);

/// What is not UTF-8 (a file name, an error text of a library) must not make a line impossible.
std::string dump(const nlohmann::json& json);

/// Parses a text and reads it with `read(FieldReader&)`; the first error that reading finds.
template <typename T, typename Read>
std::expected<T, std::string> parse_json(std::string_view text, Read read) {
  constexpr int kMaxDepth = 16;
  const auto limit_depth = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth <= kMaxDepth; };
  const nlohmann::json json = nlohmann::json::parse(text, limit_depth, /*allow_exceptions=*/false);
  if (json.is_discarded()) return std::unexpected("line must be JSON");
  std::optional<std::string> error;
  FieldReader reader(json, "", error);
  if (error) return std::unexpected(std::move(*error));
  T value = read(reader);
  if (error) return std::unexpected(std::move(*error));
  return value;
}

}  // namespace parley::egress
