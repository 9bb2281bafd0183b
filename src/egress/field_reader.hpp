#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "egress/names.hpp"

namespace parley::egress {

/// Reads a JSON object field by field. The first error sticks, in the Error that all readers of one line share; what is
/// read after it is worthless, so that a parser reads everything and looks once.
class FieldReader {
 public:
  using Json = nlohmann::json;
  struct Limits {
    size_t min = 1;
    size_t max = 4096;  ///< bytes; PATH_MAX, the longest there is
  };
  enum class Need : uint8_t { Required, Optional };

  FieldReader(const Json& object, std::string path, std::optional<std::string>& error)
      : object_(object), path_(std::move(path)), error_(error) {
    if (!object_.is_object()) fail(path_.empty() ? "line" : path_.substr(0, path_.size() - 1), "must be an object");
  }

  std::string text(const char* name) { return text(name, Limits()); }
  std::string text(const char* name, Limits limits) {
    const Json* value = find(name, limits.min == 0 ? Need::Optional : Need::Required);
    if (!value) return {};
    if (!value->is_string()) return fail(path_ + name, "must be a string"), std::string();
    auto text = value->get<std::string>();
    if (text.size() < limits.min) fail(path_ + name, "must not be empty");
    if (text.size() > limits.max) fail(path_ + name, "is too long");
    return text;
  }
  int64_t integer(const char* name, int64_t min, int64_t max, std::optional<int64_t> fallback = std::nullopt) {
    const Json* value = find(name, fallback ? Need::Optional : Need::Required);
    if (!value) return fallback.value_or(min);
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() || value->get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX));
    if (fits && value->get<int64_t>() >= min && value->get<int64_t>() <= max) return value->get<int64_t>();
    fail(path_ + name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return min;
  }
  double real(const char* name, std::optional<double> fallback = std::nullopt) {
    const Json* value = find(name, fallback ? Need::Optional : Need::Required);
    if (!value) return fallback.value_or(0);
    if (value->is_number() && value->get<double>() >= 0) return value->get<double>();
    fail(path_ + name, "must be a number of at least 0");
    return 0;
  }
  bool boolean(const char* name) {
    const Json* value = find(name, Need::Optional);
    if (!value) return false;
    if (!value->is_boolean()) return fail(path_ + name, "must be true or false"), false;
    return value->get<bool>();
  }
  template <typename E>
  E word(const char* name, std::optional<E> fallback = std::nullopt) {
    const Json* value = find(name, fallback ? Need::Optional : Need::Required);
    const E other = fallback.value_or(names<E>().front().first);
    if (!value) return other;
    if (value->is_string()) {
      if (const auto known = parse_name<E>(value->get_ref<const std::string&>())) return *known;
    }
    std::string list;
    for (const auto& [e, word] : names<E>()) list += (list.empty() ? "" : ", ") + std::string(word);
    fail(path_ + name, "must be one of: " + list);
    return other;
  }
  /// Null if it is not given.
  const Json* object(const char* name, Need need) {
    const Json* value = find(name, need);
    if (value && !value->is_object()) return fail(path_ + name, "must be an object"), nullptr;
    return value;
  }
  FieldReader child(const char* name, const Json& value) { return {value, path_ + name + ".", error_}; }
  /// Calls `read(FieldReader&)` for each object of a list; a list that is not given is empty.
  template <typename Read>
  void each(const char* name, size_t max, Read read) {
    const Json* list = array(name, max);
    if (!list) return;
    for (size_t i = 0; i < list->size() && !error_; ++i) {
      FieldReader item((*list)[i], path_ + name + "[" + std::to_string(i) + "].", error_);
      if (!error_) read(item);
    }
  }
  std::vector<std::string> texts(const char* name, size_t max, size_t max_length) {
    std::vector<std::string> out;
    const Json* list = array(name, max);
    if (!list) return out;
    for (size_t i = 0; i < list->size(); ++i) {
      const Json& item = (*list)[i];
      const bool fits = item.is_string() && !item.get_ref<const std::string&>().empty() &&
                        item.get_ref<const std::string&>().size() <= max_length;
      if (!fits) {
        fail(path_ + name + "[" + std::to_string(i) + "]",
             "must be a string of 1 to " + std::to_string(max_length) + " bytes");
        return out;
      }
      out.push_back(item.get<std::string>());
    }
    return out;
  }
  void fail(const std::string& name, std::string_view why) {
    if (!error_) error_ = name + " " + std::string(why);
  }
  std::string path_of(const char* name) const { return path_ + name; }

 private:
  const Json* find(const char* name, Need need) {
    if (!object_.is_object()) return nullptr;
    const auto it = object_.find(name);
    if (it != object_.end() && !it->is_null()) return &*it;
    if (need == Need::Required) fail(path_ + name, "is missing");
    return nullptr;
  }
  const Json* array(const char* name, size_t max) {
    const Json* list = find(name, Need::Optional);
    if (!list) return nullptr;
    if (!list->is_array()) return fail(path_ + name, "must be an array"), nullptr;
    if (list->size() > max) {
      return fail(path_ + name, "must have at most " + std::to_string(max) + " entries"), nullptr;
    }
    return list;
  }

  const Json& object_;
  std::string path_;
  std::optional<std::string>& error_;
};

}  // namespace parley::egress
