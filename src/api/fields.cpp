#include "api/fields.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

namespace parley::api {
namespace {

using nlohmann::json;

std::unexpected<std::string> wrong(std::string name, std::string_view why) {
  return std::unexpected(std::move(name) + " " + std::string(why));
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// Characters, not bytes: continuation bytes of UTF-8 do not count.
size_t length_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

const json* Fields::find(const char* name) const {
  const auto it = object_.find(name);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

Field<std::optional<std::string>> Fields::text(const char* name, TextLimits limits) const {
  const json* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) return wrong(name_of(name), "must be a string");
  auto text = value->get<std::string>();
  const size_t length = length_of(text);
  if (length < limits.min) return wrong(name_of(name), "must not be empty");
  if (length > limits.max)
    return wrong(name_of(name), "must have at most " + std::to_string(limits.max) + " characters");
  if (has_control(text)) return wrong(name_of(name), "must not contain control characters");
  return text;
}

Field<std::optional<std::string>> Fields::one_of(const char* name, const std::vector<std::string>& allowed) const {
  const json* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_string() && std::ranges::find(allowed, value->get<std::string>()) != allowed.end()) {
    return value->get<std::string>();
  }
  std::string list;
  for (const std::string& item : allowed) list += (list.empty() ? "" : ", ") + item;
  return wrong(name_of(name), "must be one of: " + list);
}

Field<std::optional<int64_t>> Fields::integer(const char* name, int64_t min, int64_t max) const {
  const json* value = find(name);
  if (!value) return std::nullopt;
  const std::string range = "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  if (!value->is_number_integer()) return wrong(name_of(name), range);
  if (value->is_number_unsigned() && value->get<uint64_t>() > INT64_MAX) return wrong(name_of(name), range);
  const auto number = value->get<int64_t>();
  if (number < min || number > max) return wrong(name_of(name), range);
  return number;
}

Field<std::optional<bool>> Fields::boolean(const char* name) const {
  const json* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_boolean()) return wrong(name_of(name), "must be true or false");
  return value->get<bool>();
}

Field<std::optional<std::vector<std::string>>> Fields::names(const char* name, size_t max_count,
                                                             size_t max_length) const {
  const json* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_array()) return wrong(name_of(name), "must be an array of strings");
  if (value->size() > max_count) {
    return wrong(name_of(name), "must have at most " + std::to_string(max_count) + " entries");
  }
  std::vector<std::string> out;
  for (size_t i = 0; i < value->size(); ++i) {
    const std::string entry = name_of(name) + "[" + std::to_string(i) + "]";
    if (!(*value)[i].is_string()) return wrong(entry, "must be a string");
    auto text = (*value)[i].get<std::string>();
    if (text.empty()) return wrong(entry, "must not be empty");
    if (length_of(text) > max_length) {
      return wrong(entry, "must have at most " + std::to_string(max_length) + " characters");
    }
    if (has_control(text) || text.find(' ') != std::string::npos) return wrong(entry, "must not contain white space");
    out.push_back(std::move(text));
  }
  return out;
}

Field<const json*> Fields::object(const char* name) const {
  const json* value = find(name);
  if (value && !value->is_object()) return wrong(name_of(name), "must be an object");
  return value;
}

Field<json> parse_body(const std::string& body) {
  if (body.empty()) return json::object();
  // Deeper than any body of this API: the parser's recursion stays shallow.
  constexpr int kMaxDepth = 16;
  bool too_deep = false;
  const auto limit_depth = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  json parsed = json::parse(body, limit_depth, /*allow_exceptions=*/false);
  if (too_deep) return std::unexpected("body is nested too deeply");
  if (parsed.is_discarded()) return std::unexpected("body must be valid JSON");
  if (!parsed.is_object()) return std::unexpected("body must be a JSON object");
  return parsed;
}

Field<std::optional<int64_t>> integer_parameter(const Request& request, const char* name, int64_t min, int64_t max) {
  const std::string* text = request.parameter(name);
  if (!text) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < min || value > max) {
    return wrong(name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return value;
}

Field<store::Paging> parse_paging(const Request& request) {
  const auto page = integer_parameter(request, "page", 1, kMaxPage);
  if (!page) return std::unexpected(page.error());
  const auto per_page = integer_parameter(request, "perPage", 1, kMaxPerPage);
  if (!per_page) return std::unexpected(per_page.error());
  return store::Paging{page->value_or(1), per_page->value_or(20)};
}

Field<void> check_url(const std::string& name, const std::string& url) {
  const bool http = url.starts_with("http://");
  if (!http && !url.starts_with("https://")) return wrong(name, "must start with https:// or http://");
  const std::string_view rest = std::string_view(url).substr(http ? 7 : 8);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty() || authority.starts_with(":")) return wrong(name, "must name a host");
  if (authority.find('@') != std::string_view::npos) return wrong(name, "must not contain credentials");
  const bool printable = std::ranges::all_of(url, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!printable) return wrong(name, "must be an encoded URL: printable ASCII without white space");
  return {};
}

}  // namespace parley::api
