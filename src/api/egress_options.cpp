#include "api/egress_options.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/address.hpp"
#include "egress/names.hpp"

namespace parley::api {
namespace {

using nlohmann::json;

constexpr size_t kMaxUrl = 512;  // VideoSDK's own limit for webhooks; RTMP URLs are shorter
constexpr size_t kMaxStreamKey = 512;
constexpr size_t kMaxDirPath = 256;
constexpr size_t kMaxMetadata = 4096;
constexpr int kMaxWait = 150;  // VideoSDK's

std::unexpected<std::string> wrong(std::string name, std::string_view why) {
  return std::unexpected(std::move(name) + " " + std::string(why));
}

/// This machine and networks that only its neighbours see: RFC 1122, 1918, 3927, 4193, 4291, 6598.
bool is_private(const IpAddress& address) {
  const auto& b = address.bytes();
  if (!address.is_v4()) {
    const bool unique_local = (b[0] & 0xfe) == 0xfc;
    const bool link_local = b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
    const bool multicast = b[0] == 0xff;
    return address.is_loopback() || address.is_unspecified() || unique_local || link_local || multicast;
  }
  const auto a = std::span(b).subspan<12, 4>();
  return a[0] == 0 || a[0] == 10 || a[0] == 127 || a[0] >= 224 || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
         (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254) || (a[0] == 100 && (a[1] & 0xc0) == 64);
}

/// Sets `value` if the field is given.
template <typename E>
Field<void> read_word(const Fields& fields, const char* name, E& value) {
  std::vector<std::string> words;
  for (const auto& [e, word] : egress::names<E>()) words.emplace_back(word);
  const auto text = fields.one_of(name, words);
  if (!text) return std::unexpected(text.error());
  if (*text) value = *egress::parse_name<E>(**text);
  return {};
}

Field<void> read_layout(const Fields& config, egress::Layout& layout, bool& given) {
  const auto object = config.object("layout");
  if (!object) return std::unexpected(object.error());
  given = *object != nullptr;
  if (!given) return {};
  const Fields fields(**object, config.name_of("layout."));
  if (auto done = read_word(fields, "type", layout.type); !done) return done;
  if (auto done = read_word(fields, "priority", layout.priority); !done) return done;
  const auto size = fields.integer("gridSize", 0, egress::kMaxGridSize);
  if (!size) return std::unexpected(size.error());
  // VideoSDK's SDKs send 0 for "as many as fit".
  if (*size) layout.grid_size = **size == 0 ? egress::kMaxGridSize : static_cast<int>(**size);
  return {};
}

Field<void> read_frame_rate(const Fields& config, int& rate) {
  const auto value = config.integer("frameRate", 25, 30);
  if (!value) return std::unexpected(value.error());
  if (*value && **value != 25 && **value != 30) return wrong(config.name_of("frameRate"), "must be 25 or 30");
  if (*value) rate = static_cast<int>(**value);
  return {};
}

Field<bool> read_also_record(egress::Kind kind, const Fields& config) {
  const auto object = config.object("recording");
  if (!object) return std::unexpected(object.error());
  if (!*object) return false;
  const auto enabled = Fields(**object, config.name_of("recording.")).boolean("enabled");
  if (!enabled) return std::unexpected(enabled.error());
  return enabled->value_or(false) && kind != egress::Kind::Recording;
}

Field<void> read_config(const Fields& body, StartEgress& start) {
  const auto object = body.object("config");
  if (!object) return std::unexpected(object.error());
  if (!*object) return {};
  const Fields fields(**object, body.name_of("config."));
  egress::Config& config = start.request.config;
  bool given = false;
  if (auto done = read_layout(fields, config.layout, given); !done) return done;
  if (auto done = read_word(fields, "theme", config.theme); !done) return done;
  if (auto done = read_word(fields, "mode", config.mode); !done) return done;
  if (auto done = read_word(fields, "quality", config.quality); !done) return done;
  if (auto done = read_word(fields, "orientation", config.orientation); !done) return done;
  if (auto done = read_frame_rate(fields, config.frame_rate); !done) return done;
  const auto also = read_also_record(start.request.kind, fields);
  if (!also) return std::unexpected(also.error());
  start.also_record = *also;
  return {};
}

/// "rtmp://host/app/key" as platforms also show it: the last part is the secret, and URLs are told to everybody.
void split_off_key(egress::Output& output) {
  const size_t path = output.url.find('/', output.url.find("://") + 3);
  if (path == std::string::npos) return;
  const size_t last =
      output.url.rfind('/', output.url.find('?') == std::string::npos ? output.url.size() : output.url.find('?'));
  if (last <= path || last + 1 == output.url.size()) return;
  output.stream_key = output.url.substr(last + 1);
  output.url.resize(last);
}

Field<std::vector<egress::Output>> read_outputs(const json& body, const char* name, size_t min,
                                                const EgressRules& rules) {
  std::vector<egress::Output> out;
  const auto it = body.find(name);
  const bool given = it != body.end() && !it->is_null();
  if (!given && min > 0) return wrong(name, "is missing");
  if (!given) return out;
  if (!it->is_array()) return wrong(name, "must be an array of {url, streamKey}");
  if (it->size() < min) return wrong(name, "must not be empty");
  if (it->size() > egress::kMaxOutputs) {
    return wrong(name, "must have at most " + std::to_string(egress::kMaxOutputs) + " entries");
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (size_t i = 0; i < it->size(); ++i) {
    const std::string entry = std::string(name) + "[" + std::to_string(i) + "]";
    if (!(*it)[i].is_object()) return wrong(entry, "must be an object {url, streamKey}");
    const Fields fields((*it)[i], entry + ".");
    const auto url = fields.text("url", {.max = kMaxUrl});
    if (!url) return std::unexpected(url.error());
    if (!*url) return wrong(entry + ".url", "is missing");
    if (auto sound = check_destination(entry + ".url", **url, rules); !sound) return std::unexpected(sound.error());
    const auto key = fields.text("streamKey", {.min = 0, .max = kMaxStreamKey});
    if (!key) return std::unexpected(key.error());
    egress::Output output{"", **url, key->value_or("")};
    if (output.stream_key.empty()) split_off_key(output);
    if (output.stream_key.find(' ') != std::string::npos) return wrong(entry + ".streamKey", "must not contain spaces");
    if (!seen.emplace(output.url, output.stream_key).second) return wrong(entry, "is the same as another one");
    out.push_back(std::move(output));
  }
  return out;
}

Field<egress::FileFormat> read_file_format(egress::Kind kind, const Fields& body) {
  using enum egress::FileFormat;
  std::vector<std::string> allowed = {"mp4", "webm"};
  egress::FileFormat format = Mp4;
  if (kind == egress::Kind::Hls) return M3u8;
  if (kind == egress::Kind::Livestream) return format;
  if (kind == egress::Kind::ParticipantRecording || kind == egress::Kind::TrackRecording) format = WebM;
  if (kind == egress::Kind::ParticipantRecording) allowed.emplace_back("m3u8");
  if (kind == egress::Kind::TrackRecording) allowed.emplace_back("mp3");
  const auto text = body.one_of("fileFormat", allowed);
  if (!text) return std::unexpected(text.error());
  return *text ? *egress::parse_name<egress::FileFormat>(**text) : format;
}

Field<std::optional<egress::Target>> read_target(const egress::StartRequest& request, const Fields& body) {
  const bool track = request.kind == egress::Kind::TrackRecording;
  if (!track && request.kind != egress::Kind::ParticipantRecording) return std::nullopt;
  const auto id = body.text("participantId", {.max = 128});
  if (!id) return std::unexpected(id.error());
  if (!*id) return wrong(body.name_of("participantId"), "is missing");
  egress::Target target{ParticipantId(**id), std::nullopt};
  if (!track) return target;
  std::optional<egress::TrackKind> kind;
  egress::TrackKind value{};
  const auto text = body.text("kind", {.max = 32});
  if (!text) return std::unexpected(text.error());
  if (!*text) return wrong(body.name_of("kind"), "is missing");
  if (auto done = read_word(body, "kind", value); !done) return std::unexpected(done.error());
  target.track = value;
  const bool sound = value == egress::TrackKind::Audio || value == egress::TrackKind::ScreenAudio;
  if (request.file_format == egress::FileFormat::Mp3 && !sound) return wrong("fileFormat", "mp3 is for sound only");
  return target;
}

Field<void> read_on_failure(const Fields& body, std::optional<int>& close_room_after_s) {
  const auto object = body.object("onFailure");
  if (!object) return std::unexpected(object.error());
  if (!*object) return {};
  const Fields fields(**object, body.name_of("onFailure."));
  const auto action = fields.one_of("action", {"close-room"});
  if (!action) return std::unexpected(action.error());
  const auto wait = fields.integer("waitTime", 0, kMaxWait);
  if (!wait) return std::unexpected(wait.error());
  if (*action) close_room_after_s = static_cast<int>(wait->value_or(0));
  return {};
}

Field<std::string> read_metadata(const json& body) {
  const auto it = body.find("metadata");
  if (it == body.end() || it->is_null()) return "";
  if (!it->is_object() && !it->is_string()) return wrong("metadata", "must be an object or a string");
  std::string text =
      it->is_string() ? it->get<std::string>() : it->dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > kMaxMetadata) return wrong("metadata", "must have at most 4096 bytes");
  return text;
}

/// What VideoSDK does with other services or with a browser: better a clear no than a recording without it.
Field<void> refuse_unsupported(const Fields& body) {
  const auto url = body.text("templateUrl", {.max = 2048});
  if (!url) return std::unexpected(url.error());
  if (*url) return wrong(body.name_of("templateUrl"), "is not supported: pictures are composed without a browser");
  const auto signed_url = body.text("preSignedUrl", {.max = 4096});
  if (!signed_url) return std::unexpected(signed_url.error());
  if (*signed_url) return wrong(body.name_of("preSignedUrl"), "is not supported: files go where the server keeps them");
  const auto transcription = body.object("transcription");
  if (!transcription) return std::unexpected(transcription.error());
  if (!*transcription) return {};
  const auto enabled = Fields(**transcription, body.name_of("transcription.")).boolean("enabled");
  if (!enabled) return std::unexpected(enabled.error());
  if (enabled->value_or(false)) return wrong(body.name_of("transcription"), "is not supported");
  return {};
}

Field<void> read_addresses(const Fields& fields, egress::StartRequest& request) {
  const auto hook = fields.text("webhookUrl", {.max = kMaxUrl});
  if (!hook) return std::unexpected(hook.error());
  if (*hook) {
    if (auto sound = check_url("webhookUrl", **hook); !sound) return sound;
    request.webhook_url = **hook;
  }
  for (const char* name : {"awsDirPath", "bucketDirPath", "dirPath"}) {
    const auto path = fields.text(name, {.max = kMaxDirPath});
    if (!path) return std::unexpected(path.error());
    if (!*path) continue;
    auto clean = check_dir_path(name, **path);
    if (!clean) return std::unexpected(clean.error());
    request.dir_path = std::move(*clean);
  }
  return {};
}

}  // namespace

Field<StartEgress> parse_start(egress::Kind kind, const json& body, const EgressRules& rules) {
  const Fields fields(body, "");
  StartEgress start{.request = {.kind = kind}};
  egress::StartRequest& request = start.request;
  if (auto done = refuse_unsupported(fields); !done) return std::unexpected(done.error());
  if (auto done = read_config(fields, start); !done) return std::unexpected(done.error());
  const auto format = read_file_format(kind, fields);
  if (!format) return std::unexpected(format.error());
  request.file_format = *format;
  auto target = read_target(request, fields);
  if (!target) return std::unexpected(target.error());
  request.target = std::move(*target);
  if (kind == egress::Kind::Livestream) {
    auto outputs = read_outputs(body, "outputs", 1, rules);
    if (!outputs) return std::unexpected(outputs.error());
    request.outputs = std::move(*outputs);
  }
  if (auto done = read_addresses(fields, request); !done) return std::unexpected(done.error());
  if (auto done = read_on_failure(fields, request.close_room_after_s); !done) return std::unexpected(done.error());
  auto metadata = read_metadata(body);
  if (!metadata) return std::unexpected(metadata.error());
  request.metadata = std::move(*metadata);
  return start;
}

Field<ChangeLayout> parse_layout_change(egress::Selector which, const json& body) {
  const Fields outer(body, "");
  const auto object = outer.object("config");
  if (!object) return std::unexpected(object.error());
  const Fields fields = *object ? Fields(**object, "config.") : outer;
  ChangeLayout change{.which = std::move(which)};
  egress::Layout layout;
  bool given = false;
  if (auto done = read_layout(fields, layout, given); !done) return std::unexpected(done.error());
  if (given) change.layout = layout;
  const auto theme = fields.text("theme", {});
  if (!theme) return std::unexpected(theme.error());
  egress::Theme value{};
  if (auto done = read_word(fields, "theme", value); !done) return std::unexpected(done.error());
  if (*theme) change.theme = value;
  for (const char* fixed : {"mode", "quality", "orientation", "frameRate"}) {
    const json& source = *object ? **object : body;
    if (source.contains(fixed)) return wrong(fields.name_of(fixed), "can only be chosen at the start");
  }
  if (!change.layout && !change.theme) return std::unexpected("layout or theme is missing");
  return change;
}

Field<ChangeOutputs> parse_output_change(egress::Selector which, const json& body, const EgressRules& rules) {
  const Fields fields(body, "");
  ChangeOutputs change{.which = std::move(which)};
  auto add = read_outputs(body, body.contains("outputs") ? "outputs" : "add", 0, rules);
  if (!add) return std::unexpected(add.error());
  change.add = std::move(*add);
  auto remove = fields.names("remove", egress::kMaxOutputs, kMaxUrl);
  if (!remove) return std::unexpected(remove.error());
  change.remove = remove->value_or(std::vector<std::string>());
  if (change.add.empty() && change.remove.empty()) return std::unexpected("add or remove is missing");
  return change;
}

Field<EgressCall> parse_update(egress::Selector which, const json& body, const EgressRules& rules) {
  EgressCall call;
  const auto paused = Fields(body, "").boolean("paused");
  if (!paused) return std::unexpected(paused.error());
  if (*paused) {
    call.what = PauseEgress{std::move(which), **paused};
  } else if (body.contains("add") || body.contains("remove") || body.contains("outputs")) {
    auto change = parse_output_change(std::move(which), body, rules);
    if (!change) return std::unexpected(change.error());
    call.what = std::move(*change);
  } else {
    auto change = parse_layout_change(std::move(which), body);
    if (!change) return std::unexpected(change.error());
    call.what = std::move(*change);
  }
  return call;
}

// --- addresses ------------------------------------------------------------------------------------------------------

std::string destination_host(const std::string& url) {
  const size_t scheme = url.find("://");
  std::string_view rest = std::string_view(url).substr(scheme == std::string::npos ? 0 : scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (rest.starts_with('[')) return std::string(rest.substr(1, rest.find(']') - 1));
  return std::string(rest.substr(0, rest.find(':')));
}

Field<void> check_destination(const std::string& name, const std::string& url, const EgressRules& rules) {
  if (!url.starts_with("rtmp://") && !url.starts_with("rtmps://")) {
    return wrong(name, "must start with rtmp:// or rtmps://");
  }
  const bool printable = std::ranges::all_of(url, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!printable) return wrong(name, "must be an encoded URL: printable ASCII without white space");
  const std::string_view rest = std::string_view(url).substr(url.find("://") + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return wrong(name, "must not contain credentials");
  const std::string host = destination_host(url);
  if (host.empty()) return wrong(name, "must name a host");
  const size_t port = authority.rfind(':');
  if (port != std::string_view::npos && authority.find(']', port) == std::string_view::npos) {
    const std::string_view digits = authority.substr(port + 1);
    const bool number = !digits.empty() && digits.size() <= 5 &&
                        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (!number || std::stoi(std::string(digits)) < 1 || std::stoi(std::string(digits)) > 65535) {
      return wrong(name, "has a port that is none");
    }
  }
  if (rules.allow_private_destinations) return {};
  const bool local = host == "localhost" || host.ends_with(".localhost") || host.ends_with(".local");
  const auto address = IpAddress::parse(host);
  if (local || (address && is_private(*address))) {
    return wrong(name, "is in a private network, which this server refuses (--allow-private-destinations)");
  }
  return {};
}

Field<std::string> check_dir_path(const std::string& name, const std::string& path) {
  std::string clean;
  std::string_view rest = path;
  while (!rest.empty()) {
    const size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
    if (segment.empty()) continue;
    const bool plain =
        segment != "." && segment != ".." && std::ranges::all_of(segment, [](unsigned char c) {
          return std::isalnum(c) || std::string_view("-_.!*'()= ").find(static_cast<char>(c)) != std::string_view::npos;
        });
    if (!plain) return wrong(name, "must be a path of plain names, such as recordings/2026");
    clean += (clean.empty() ? "" : "/") + std::string(segment);
  }
  return clean;
}

}  // namespace parley::api
