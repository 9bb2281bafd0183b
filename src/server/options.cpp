#include "server/options.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/address.hpp"
#include "server/bucket.hpp"

namespace parley::server {
namespace {

using Applied = std::expected<void, std::string>;

template <auto Field, int64_t Min, int64_t Max>
Applied whole_number(Config& config, const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < Min || value > Max) {
    return std::unexpected(fmt::format("must be a whole number from {} to {}", Min, Max));
  }
  config.*Field = static_cast<std::remove_reference_t<decltype(config.*Field)>>(value);
  return {};
}

template <auto Field>
Applied any_text(Config& config, const std::string& text) {
  config.*Field = text;
  return {};
}

template <auto Field>
Applied address(Config& config, const std::string& text) {
  if (!IpAddress::parse(text)) return std::unexpected("must be an IP address");
  config.*Field = text;
  return {};
}

template <auto Field>
Applied yes_or_no(Config& config, const std::string& text) {
  if (text != "true" && text != "false") return std::unexpected("must be true or false");
  config.*Field = text == "true";
  return {};
}

Applied one_of(const std::string& text, std::initializer_list<std::string_view> allowed) {
  if (std::ranges::find(allowed, text) != allowed.end()) return {};
  return std::unexpected(fmt::format("must be one of: {}", fmt::join(allowed, ", ")));
}

Applied announced_ips(Config& config, const std::string& text) {
  std::vector<std::string> addresses;
  std::stringstream items(text);
  for (std::string item; std::getline(items, item, ',');) {
    std::erase(item, ' ');
    if (!IpAddress::parse(item)) return std::unexpected("must be IP addresses, separated by commas");
    addresses.push_back(item);
  }
  config.announced_ips = std::move(addresses);
  return {};
}

Applied store_kind(Config& config, const std::string& text) {
  config.store = text;
  return one_of(text, {"sqlite", "memory"});
}

Applied app_access(Config& config, const std::string& text) {
  config.app_access = text;
  return one_of(text, {"auto", "open", "off"});
}

Applied private_targets(Config& config, const std::string& text) {
  config.webhook_private_targets = text == "allow";
  return one_of(text, {"allow", "refuse"});
}

Applied log_level(Config& config, const std::string& text) {
  constexpr std::string_view kNames[] = {"debug", "info", "warn", "error", "off"};
  const auto it = std::ranges::find(kNames, text);
  if (it == std::end(kNames)) return std::unexpected("must be one of: debug, info, warn, error, off");
  config.log_level = static_cast<LogLevel>(it - std::begin(kNames));
  return {};
}

Applied public_url(Config& config, const std::string& text) {
  if (!text.starts_with("http://") && !text.starts_with("https://")) {
    return std::unexpected("must start with https:// or http://");
  }
  config.public_url = text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
  return {};
}

Applied s3_endpoint(Config& config, const std::string& text) {
  if (!text.empty() && !text.starts_with("http://") && !text.starts_with("https://")) {
    return std::unexpected("must start with https:// or http://");
  }
  config.s3_endpoint = text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
  return {};
}

constexpr Option kOptions[] = {
    {"http-address", "IP", "0.0.0.0", "address of the web server", address<&Config::http_address>},
    {"http-port", "PORT", "8080", "TCP port for web pages, REST and signalling; 0 lets the system choose",
     whole_number<&Config::http_port, 0, 65535>},
    {"media-address", "IP", "0.0.0.0", "address of the media ports", address<&Config::media_address>},
    {"media-port", "PORT", "50000", "first UDP and TCP port for media; each shard takes one, counting up",
     whole_number<&Config::media_port, 0, 65535>},
    {"announced-ip", "IP,…", "", "where clients reach the media ports; without it the machine's own addresses",
     announced_ips},
    {"shards", "N", "0", "media threads; 0 means one a core", whole_number<&Config::shards, 0, 64>},
    {"data-dir", "FOLDER", "data", "where the database is kept", any_text<&Config::data_dir>},
    {"store", "KIND", "sqlite", "sqlite, or memory to forget everything at the end", store_kind},
    {"api-key", "KEY", Config::kDevelopmentKey, "name of the key that tokens are made with",
     any_text<&Config::api_key>},
    {"api-secret", "SECRET", "(a known one)",
     "its secret, 32 characters or more; set it on any server that others reach", any_text<&Config::api_secret>},
    {"tls-cert", "FILE", "", "certificate chain (PEM); with --tls-key the server speaks HTTPS and WSS",
     any_text<&Config::tls_cert>},
    {"tls-key", "FILE", "", "private key of the certificate (PEM)", any_text<&Config::tls_key>},
    {"log-level", "LEVEL", "info", "debug, info, warn, error or off", log_level},
    {"web-root", "FOLDER", "", "the built web app and SDK; without it ../web beside the program",
     any_text<&Config::web_root>},
    {"app-access", "MODE", "auto",
     "who may use the bundled web app without a token of yours: open (everybody who reaches the server), off, or auto "
     "(open with the development key only)",
     app_access},
    {"public-url", "URL", "", "address of this server in links; without it what the request says", public_url},
    {"room-shard-limit", "N", "100", "connections of a room on one shard before it spreads to the next",
     whole_number<&Config::room_shard_limit, 1, 100000>},
    {"max-participants", "N", "1000", "participants in one room", whole_number<&Config::max_participants, 1, 100000>},
    {"max-session-minutes", "N", "480", "longest session of rooms that say nothing else",
     whole_number<&Config::max_session_minutes, 1, 10080>},
    {"grace-period", "SECONDS", "30", "how long a participant is held whose connection is lost",
     whole_number<&Config::grace_period_s, 0, 3600>},
    {"webhook-retry", "MS", "5000", "pause before a failed webhook is tried again; it doubles with each try",
     whole_number<&Config::webhook_retry_ms, 10, 3600000>},
    {"webhook-private-targets", "MODE", "allow",
     "allow or refuse webhooks to private and local addresses; refuse where strangers can make rooms", private_targets},
    {"retention-days", "N", "90", "how long quality samples and settled webhooks are kept",
     whole_number<&Config::retention_days, 1, 36500>},
    {"recordings-dir", "FOLDER", "",
     "where recordings and HLS streams are kept; without it the folder files in --data-dir",
     any_text<&Config::recordings_dir>},
    {"worker-binary", "FILE", "",
     "the program that records and streams out; without it parley-worker beside the server",
     any_text<&Config::worker_binary>},
    {"max-workers", "N", "32", "rooms that are recorded or streamed at once",
     whole_number<&Config::max_workers, 0, 10000>},
    {"link-hours", "N", "24", "how long a download link works", whole_number<&Config::link_hours, 1, 8760>},
    {"revive-grace", "SECONDS", "120",
     "after a restart of the server, how long a recording waits for its room to live again",
     whole_number<&Config::revive_grace_s, 0, 3600>},
    {"allow-private-destinations", "", "false", "let livestreams go to this machine and to private networks",
     yes_or_no<&Config::allow_private_destinations>},
    {"s3-endpoint", "URL", "", "S3-compatible storage for finished files; without it they stay on this machine",
     s3_endpoint},
    {"s3-bucket", "NAME", "", "its bucket", any_text<&Config::s3_bucket>},
    {"s3-region", "NAME", "us-east-1", "its region", any_text<&Config::s3_region>},
    {"s3-access-key", "KEY", "", "name of the key to it", any_text<&Config::s3_access_key>},
    {"s3-secret-key", "SECRET", "", "the key's secret", any_text<&Config::s3_secret_key>},
    {"s3-prefix", "PATH", "", "what names of objects begin with", any_text<&Config::s3_prefix>},
    {"open-room", "", "false", "make a meeting and print its address", yes_or_no<&Config::open_room>},
};

std::string upper_snake(std::string_view name) {
  std::string out;
  for (const char c : name) out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

/// A TOML value as the text that a flag would have.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  const toml::array* list = node.as_array();
  if (!list) return std::nullopt;
  std::string out;
  for (const toml::node& item : *list) {
    const auto text = text_of(item);
    if (!text || item.is_array()) return std::nullopt;
    out += (out.empty() ? "" : ",") + *text;
  }
  return out;
}

}  // namespace

std::span<const Option> options() { return kOptions; }
std::string environment_name(const Option& option) { return "PARLEY_" + upper_snake(option.name); }
std::string file_key(const Option& option) {
  std::string key(option.name);
  std::ranges::replace(key, '-', '_');
  return key;
}

Values read_environment(const char* const* environment) {
  Values values;
  for (; *environment; ++environment) {
    const std::string_view entry = *environment;
    const size_t equals = entry.find('=');
    const std::string_view name = entry.substr(0, equals);
    if (!name.starts_with("PARLEY_") || name == "PARLEY_CONFIG" || equals == std::string_view::npos) continue;
    const auto it = std::ranges::find_if(kOptions, [&](const Option& o) { return environment_name(o) == name; });
    if (it == std::end(kOptions)) continue;  // other tools of this project have variables of their own
    values.emplace(it->name, entry.substr(equals + 1));
  }
  return values;
}

std::expected<Values, std::string> read_file(const std::string& path) {
  try {
    Values values;
    for (const auto& [key, node] : toml::parse_file(path)) {
      const std::string name(key.str());
      const auto it = std::ranges::find_if(kOptions, [&](const Option& o) { return file_key(o) == name; });
      if (it == std::end(kOptions)) return std::unexpected(fmt::format("{}: there is no setting '{}'.", path, name));
      const auto text = text_of(node);
      if (!text) return std::unexpected(fmt::format("{}: '{}' must be a text, a number, true or false.", path, name));
      values.emplace(it->name, *text);
    }
    return values;
  } catch (const toml::parse_error& error) {
    return std::unexpected(fmt::format("{}, line {}: {}.", path, error.source().begin.line, error.description()));
  }
}

std::expected<Config, std::string> make_config(std::span<const Values> sources) {
  Config config;
  for (const Values& values : sources) {
    for (const auto& [name, text] : values) {
      const auto it = std::ranges::find(kOptions, std::string_view(name), &Option::name);
      if (it == std::end(kOptions)) return std::unexpected(fmt::format("There is no option '{}'.", name));
      if (const Applied applied = it->apply(config, text); !applied) {
        return std::unexpected(fmt::format("--{} {}, not '{}'.", name, applied.error(), text));
      }
    }
  }
  if (config.api_key.empty() && config.api_secret.empty()) {
    config.api_key = Config::kDevelopmentKey;
    config.api_secret = Config::kDevelopmentSecret;
  }
  if (config.api_key.empty() != config.api_secret.empty()) {
    return std::unexpected("--api-key and --api-secret belong together: one of them is missing.");
  }
  if (config.tls_cert.empty() != config.tls_key.empty()) {
    return std::unexpected("--tls-cert and --tls-key belong together: one of them is missing.");
  }
  const bool s3[] = {config.s3_endpoint.empty(), config.s3_bucket.empty(), config.s3_access_key.empty(),
                     config.s3_secret_key.empty()};
  if (std::ranges::count(s3, true) != 0 && std::ranges::count(s3, true) != std::ssize(s3)) {
    return std::unexpected(
        "--s3-endpoint, --s3-bucket, --s3-access-key and --s3-secret-key belong together: one of them is missing.");
  }
  if (const auto usable = check_bucket(config); !usable) return std::unexpected(usable.error());
  return config;
}

std::string describe_options() {
  std::string out;
  for (const Option& option : kOptions) {
    const std::string flag = fmt::format("--{} {}", option.name, option.value);
    const std::string fallback =
        option.fallback.empty() || option.value.empty() ? "" : fmt::format(" [{}]", option.fallback);
    out += fmt::format("  {:<32} {}{}\n", flag, option.help, fallback);
  }
  return out;
}

}  // namespace parley::server
