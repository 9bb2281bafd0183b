#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"

namespace parley::server {

/// What `parley serve` can be told. Each field is a flag, a key of parley.toml and an environment variable: see
/// options.hpp.
struct Config {
  std::string http_address = "0.0.0.0";
  uint16_t http_port = 8080;
  std::string media_address = "0.0.0.0";
  uint16_t media_port = 50000;
  std::vector<std::string> announced_ips;  ///< empty: the addresses of this machine
  int shards = 0;                          ///< 0: one a core
  std::string data_dir = "data";
  std::string store = "sqlite";  ///< sqlite | memory
  std::string api_key;
  std::string api_secret;
  std::string tls_cert;
  std::string tls_key;
  LogLevel log_level = LogLevel::Info;
  std::string web_root;             ///< "": beside the executable
  std::string app_access = "auto";  ///< auto | open | off
  std::string public_url;           ///< "": as the request names the host
  int room_shard_limit = 100;
  int max_participants = 1000;
  int max_session_minutes = 480;
  int grace_period_s = 30;
  int webhook_retry_ms = 5000;
  bool webhook_private_targets = true;
  int retention_days = 90;
  bool open_room = false;
  std::string recordings_dir;  ///< "": the folder "files" in the data folder
  std::string worker_binary;   ///< "": parley-worker beside the executable
  int max_workers = 32;
  int link_hours = 24;
  int revive_grace_s = 120;
  bool allow_private_destinations = false;
  std::string s3_endpoint;  ///< "": files stay on this machine
  std::string s3_bucket;
  std::string s3_region = "us-east-1";
  std::string s3_access_key;
  std::string s3_secret_key;
  std::string s3_prefix;

  /// The key and secret that a server without configuration uses: fine on one's own machine, known to everybody.
  static constexpr const char* kDevelopmentKey = "parley-development";
  static constexpr const char* kDevelopmentSecret = "parley-development-secret-do-not-use-elsewhere";

  bool uses_development_key() const { return api_secret == kDevelopmentSecret; }
  bool app_is_open() const { return app_access == "open" || (app_access == "auto" && uses_development_key()); }
};

}  // namespace parley::server
