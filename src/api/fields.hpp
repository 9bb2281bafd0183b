#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/message.hpp"
#include "store/store.hpp"

/// Reading what clients send, field by field. Errors are whole sentences that start with the field's name.
namespace parley::api {

template <typename T>
using Field = std::expected<T, std::string>;

/// A JSON object's fields. Absent and null count as not given.
class Fields {
 public:
  /// `path` precedes names in messages: "webhook.".
  Fields(const nlohmann::json& object, std::string path) : object_(object), path_(std::move(path)) {}

  struct TextLimits {
    size_t min = 1;
    size_t max = 256;
  };
  Field<std::optional<std::string>> text(const char* name, TextLimits limits) const;
  Field<std::optional<std::string>> one_of(const char* name, const std::vector<std::string>& allowed) const;
  Field<std::optional<int64_t>> integer(const char* name, int64_t min, int64_t max) const;
  Field<std::optional<bool>> boolean(const char* name) const;
  /// Each element a text without white space or control characters.
  Field<std::optional<std::vector<std::string>>> names(const char* name, size_t max_count, size_t max_length) const;
  /// Null if it is not given.
  Field<const nlohmann::json*> object(const char* name) const;
  std::string name_of(const char* name) const { return path_ + name; }

 private:
  const nlohmann::json* find(const char* name) const;
  const nlohmann::json& object_;
  std::string path_;
};

/// The body as a JSON object; an empty body counts as an empty object.
Field<nlohmann::json> parse_body(const std::string& body);

/// `page` (1) and `perPage` (20, at most 100).
Field<store::Paging> parse_paging(const Request& request);
inline constexpr int64_t kMaxPerPage = 100;
/// Keeps page × perPage far away from overflow.
inline constexpr int64_t kMaxPage = 1'000'000'000;

/// Whole decimal number in [min, max] of a query parameter.
Field<std::optional<int64_t>> integer_parameter(const Request& request, const char* name, int64_t min, int64_t max);

/// "https://…" or "http://…" with a host, no credentials, no white space.
Field<void> check_url(const std::string& name, const std::string& url);

}  // namespace parley::api
