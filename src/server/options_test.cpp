#include "server/options.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace parley::server {
namespace {

std::expected<Config, std::string> config_of(std::vector<Values> sources) { return make_config(sources); }

class SettingsFile {
 public:
  explicit SettingsFile(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "parley-options-XXXXXX").string();
    close(mkstemp(name.data()));
    path_ = name;
    std::ofstream(path_) << text;
  }
  ~SettingsFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Options, DefaultsAreADevelopmentServer) {
  const Config config = config_of({}).value();
  EXPECT_EQ(config.http_port, 8080);
  EXPECT_EQ(config.media_port, 50000);
  EXPECT_TRUE(config.uses_development_key());
  EXPECT_TRUE(config.app_is_open());
}

TEST(Options, TheWrittenDefaultsAreTheRealOnes) {
  for (const Option& option : options()) {
    if (option.fallback.empty() || option.name == "api-key" || option.name == "api-secret") continue;
    Config changed;
    ASSERT_TRUE(option.apply(changed, std::string(option.fallback))) << option.name;
    const Config fresh;
    EXPECT_EQ(changed.http_port, fresh.http_port);
    EXPECT_EQ(changed.media_port, fresh.media_port);
    EXPECT_EQ(changed.http_address, fresh.http_address);
    EXPECT_EQ(changed.grace_period_s, fresh.grace_period_s);
    EXPECT_EQ(changed.webhook_private_targets, fresh.webhook_private_targets);
    EXPECT_EQ(changed.log_level, fresh.log_level);
    EXPECT_EQ(changed.retention_days, fresh.retention_days);
  }
}

TEST(Options, NamesAreUniqueAndDerived) {
  std::set<std::string> names;
  for (const Option& option : options()) EXPECT_TRUE(names.insert(environment_name(option)).second);
  EXPECT_TRUE(names.contains("PARLEY_HTTP_PORT"));
  EXPECT_EQ(file_key(options()[1]), "http_port");
  for (const Option& option : options()) {
    EXPECT_NE(describe_options().find("--" + std::string(option.name)), std::string::npos);
  }
}

TEST(Options, LaterSourcesWin) {
  const SettingsFile file(
      "http_port = 1000\nmedia_port = 2000\nannounced_ip = [\"192.0.2.1\", \"2001:db8::1\"]\nopen_room = true\n");
  const char* environment[] = {"PARLEY_HTTP_PORT=1001", "PARLEY_SHARDS=3", "PARLEY_BINARY=/x", "HOME=/root", nullptr};
  const Config config =
      config_of({read_file(file.path()).value(), read_environment(environment), {{"shards", "4"}}}).value();
  EXPECT_EQ(config.http_port, 1001);
  EXPECT_EQ(config.media_port, 2000);
  EXPECT_EQ(config.shards, 4);
  EXPECT_EQ(config.announced_ips, (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
  EXPECT_TRUE(config.open_room);
}

TEST(Options, SaysWhichValueIsWrongAndWhatIsAllowed) {
  const std::pair<const char*, const char*> wrong[] = {
      {"http-port", "65536"},
      {"http-port", "-1"},
      {"http-port", "80a"},
      {"http-port", ""},
      {"http-address", "localhost"},
      {"announced-ip", "1.2.3"},
      {"shards", "65"},
      {"store", "postgres"},
      {"log-level", "loud"},
      {"app-access", "yes"},
      {"public-url", "host"},
      {"grace-period", "3601"},
      {"webhook-retry", "9"},
      {"open-room", "1"},
      {"retention-days", "0"},
      {"webhook-private-targets", "no"},
  };
  for (const auto& [name, value] : wrong) {
    const auto config = config_of({{{name, value}}});
    ASSERT_FALSE(config) << name;
    EXPECT_TRUE(config.error().starts_with(std::string("--") + name + " must ")) << config.error();
  }
}

TEST(Options, WhatBelongsTogetherIsWantedTogether) {
  EXPECT_FALSE(config_of({{{"api-key", "k"}}}));
  EXPECT_FALSE(config_of({{{"api-secret", "s"}}}));
  EXPECT_FALSE(config_of({{{"tls-cert", "c"}}}));
  const Config own = config_of({{{"api-key", "k"}, {"api-secret", std::string(32, 's')}}}).value();
  EXPECT_FALSE(own.app_is_open());
  EXPECT_TRUE(config_of({{{"api-key", "k"}, {"api-secret", "s"}, {"app-access", "open"}}}).value().app_is_open());
  EXPECT_FALSE(config_of({{{"app-access", "off"}}}).value().app_is_open());
}

TEST(Options, RefusesABucketThatCannotBe) {
  const auto with = [](const std::string& endpoint, const std::string& name) {
    return config_of(
        {{{"s3-endpoint", endpoint}, {"s3-bucket", name}, {"s3-access-key", "k"}, {"s3-secret-key", "s"}}});
  };
  EXPECT_TRUE(with("https://s3.example:9000", "meetings"));
  EXPECT_NE(with("https://s3.example", "no/name").error().find("the bucket's name is not one"), std::string::npos);
  EXPECT_NE(with("https://s3.example/path", "meetings").error().find("the endpoint must be a host"), std::string::npos);
}

TEST(Options, RefusesAFileThatIsWrong) {
  EXPECT_NE(read_file(SettingsFile("http_prot = 1").path()).error().find("http_prot"), std::string::npos);
  EXPECT_NE(read_file(SettingsFile("shards = 1\nstore = = 2\n").path()).error().find("line 2"), std::string::npos);
  EXPECT_FALSE(read_file(SettingsFile("http_port = 1.5").path()));
  EXPECT_FALSE(read_file(SettingsFile("http_port = {a = 1}").path()));
  EXPECT_FALSE(read_file(SettingsFile("announced_ip = [[\"1.1.1.1\"]]").path()));
}

TEST(Options, PublicUrlsLoseTheirLastSlash) {
  EXPECT_EQ(config_of({{{"public-url", "https://x/"}}}).value().public_url, "https://x");
}

}  // namespace
}  // namespace parley::server
