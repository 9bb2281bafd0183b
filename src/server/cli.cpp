#include "server/cli.hpp"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "auth/token.hpp"
#include "net/clock.hpp"
#include "server/options.hpp"
#include "server/serve.hpp"

#ifndef PARLEY_VERSION
#define PARLEY_VERSION "unknown"
#endif

namespace parley::server {
namespace {

constexpr int kWrongUsage = 2;

int wrong_usage(const std::string& sentence) {
  fmt::print(stderr, "{}\n", sentence);
  return kWrongUsage;
}

/// Values of the flags that were given, by option name. A repeated flag makes a comma list.
struct Flags {
  std::map<std::string_view, std::vector<std::string>> given;
  std::map<std::string_view, bool> switches;
  std::string config_file;

  Values values() const {
    Values out;
    for (const auto& [name, list] : given) {
      if (!list.empty()) out.emplace(name, fmt::format("{}", fmt::join(list, ",")));
    }
    for (const auto& [name, on] : switches) {
      if (on) out.emplace(name, "true");
    }
    return out;
  }
};

void add_options(CLI::App& app, Flags& flags) {
  app.add_option("--config", flags.config_file, "settings file; ./parley.toml if there is one");
  for (const Option& option : options()) {
    const std::string flag = fmt::format("--{}", option.name);
    if (option.value.empty()) {
      app.add_flag(flag, flags.switches[option.name]);
    } else {
      CLI::Option* added = app.add_option(flag, flags.given[option.name])->expected(1);
      if (option.name == "announced-ip") added->take_all();
    }
  }
}

/// Defaults ← parley.toml ← environment ← flags.
std::expected<Config, std::string> gather(const Flags& flags, const char* const* environment) {
  std::vector<Values> sources;
  std::string file = flags.config_file;
  if (file.empty()) {
    const char* named = std::getenv("PARLEY_CONFIG");
    if (named) file = named;
  }
  if (!file.empty() && !std::filesystem::exists(file)) {
    return std::unexpected(fmt::format("The settings file {} does not exist.", file));
  }
  if (file.empty() && std::filesystem::exists("parley.toml")) file = "parley.toml";
  if (!file.empty()) {
    auto values = read_file(file);
    if (!values) return std::unexpected(values.error());
    sources.push_back(std::move(*values));
  }
  sources.push_back(read_environment(environment));
  sources.push_back(flags.values());
  return make_config(sources);
}

void print_help() {
  fmt::print(
      "Parley {}: self-hosted meetings\n\n"
      "parley serve [options]   runs the server\n"
      "parley token [options]   prints a token; parley token --help\n"
      "parley help              this text\n"
      "parley version\n\n"
      "Options of serve. Each is also a key of parley.toml (http_port = 8080) and an environment variable\n"
      "(PARLEY_HTTP_PORT=8080); flags win over the environment, and that over the file.\n\n"
      "  {:<32} settings file [./parley.toml if there is one]\n{}",
      PARLEY_VERSION, "--config FILE", describe_options());
}

// --- token ----------------------------------------------------------------------------------------------------------

struct TokenRequest {
  std::string room;
  std::string participant;
  std::vector<std::string> permissions{"allow_join"};
  std::vector<std::string> roles;
  std::string expires = "24h";
};

/// "90", "90s", "15m", "24h", "7d"
std::optional<TimeDelta> parse_duration(const std::string& text) {
  static const std::map<char, int64_t> kUnits = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  std::string digits = text;
  int64_t unit = 1;
  if (!digits.empty() && kUnits.contains(digits.back())) {
    unit = kUnits.at(digits.back());
    digits.pop_back();
  }
  constexpr size_t kMaxDigits = 9;
  if (digits.empty() || digits.size() > kMaxDigits) return std::nullopt;
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return TimeDelta::seconds(std::stoll(digits) * unit);
}

std::expected<auth::Claims, std::string> make_claims(const TokenRequest& request, const Config& config) {
  auth::Claims claims{.apikey = config.api_key, .version = 2};
  for (const std::string& name : request.permissions) {
    if (name == "allow_join") {
      claims.permissions.allow_join = true;
    } else if (name == "ask_join") {
      claims.permissions.ask_join = true;
    } else if (name == "allow_mod") {
      claims.permissions.allow_mod = true;
    } else {
      return std::unexpected(fmt::format("--permissions knows allow_join, ask_join and allow_mod, not '{}'.", name));
    }
  }
  if (claims.permissions.ask_join && (claims.permissions.allow_join || claims.permissions.allow_mod)) {
    return std::unexpected("--permissions: ask_join must be alone.");
  }
  if (!request.roles.empty()) claims.roles = {.crawler = false, .rtc = false};
  for (const std::string& name : request.roles) {
    if (name != "crawler" && name != "rtc") {
      return std::unexpected(fmt::format("--role knows crawler (REST only) and rtc (joining only), not '{}'.", name));
    }
    (name == "crawler" ? claims.roles.crawler : claims.roles.rtc) = true;
  }
  const auto life = parse_duration(request.expires);
  if (!life)
    return std::unexpected(
        fmt::format("--expires must be a time such as 90s, 15m, 24h or 7d, not '{}'.", request.expires));
  claims.issued_at = net::utc_now();
  claims.expires_at = *claims.issued_at + *life;
  if (!request.room.empty()) claims.room = RoomId(request.room);
  if (!request.participant.empty()) claims.participant = ParticipantId(request.participant);
  return claims;
}

int print_token(const TokenRequest& request, const Config& config) {
  const auto claims = make_claims(request, config);
  if (!claims) return wrong_usage(claims.error());
  fmt::print("{}\n", auth::issue(*claims, config.api_secret));
  return 0;
}

}  // namespace

int run_cli(int argc, const char* const* argv, const char* const* environment) {
  CLI::App app("Parley: self-hosted meetings");
  app.set_help_flag();
  app.require_subcommand(0, 1);
  Flags serve_flags;
  Flags token_flags;
  TokenRequest token;
  bool help = false;
  bool version = false;
  app.add_flag("-h,--help", help);
  app.add_flag("--version", version);
  CLI::App* serve_command = app.add_subcommand("serve");
  serve_command->set_help_flag();
  serve_command->add_flag("-h,--help", help);
  add_options(*serve_command, serve_flags);
  CLI::App* token_command = app.add_subcommand("token", "Prints a token (JWT, HS256) with these claims");
  token_command->add_option("--room", token.room, "the only room that it opens");
  token_command->add_option("--participant", token.participant, "the only participantId that it is good for");
  token_command->add_option("--permissions", token.permissions, "allow_join, allow_mod or ask_join")->delimiter(',');
  token_command->add_option("--role", token.roles, "crawler (REST only) or rtc (joining only); both without it")
      ->delimiter(',');
  token_command->add_option("--expires", token.expires, "for example 90s, 15m, 24h, 7d")->capture_default_str();
  token_command->add_option("--config", token_flags.config_file, "settings file with api_key and api_secret");
  token_command->add_option("--api-key", token_flags.given["api-key"])->expected(1);
  token_command->add_option("--api-secret", token_flags.given["api-secret"])->expected(1);
  CLI::App* help_command = app.add_subcommand("help");
  CLI::App* version_command = app.add_subcommand("version");
  try {
    app.parse(argc, const_cast<char**>(argv));
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", token_command->help());
    return 0;
  } catch (const CLI::ParseError& error) {
    return wrong_usage(fmt::format("{}. 'parley help' lists what there is.", error.what()));
  }
  if (version || version_command->parsed()) {
    fmt::print("{}\n", PARLEY_VERSION);
    return 0;
  }
  if (help || help_command->parsed() || app.get_subcommands().empty()) {
    print_help();
    return help || help_command->parsed() ? 0 : kWrongUsage;
  }
  const auto config = gather(serve_command->parsed() ? serve_flags : token_flags, environment);
  if (!config) return wrong_usage(config.error());
  return serve_command->parsed() ? serve(*config) : print_token(token, *config);
}

}  // namespace parley::server
