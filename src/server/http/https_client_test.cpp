#include "server/http/https_client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "server/http/tls.hpp"

namespace parley::server {
namespace {

TEST(SplitUrl, FindsTheParts) {
  const auto plain = split_url("http://example.org").value();
  EXPECT_FALSE(plain.secure);
  EXPECT_EQ(plain.host, "example.org");
  EXPECT_EQ(plain.port, "80");
  EXPECT_EQ(plain.target, "/");
  const auto full = split_url("https://example.org:8443/a/b?c=d#e").value();
  EXPECT_TRUE(full.secure);
  EXPECT_EQ(full.port, "8443");
  EXPECT_EQ(full.target, "/a/b?c=d");
  EXPECT_EQ(full.host_header, "example.org:8443");
  const auto v6 = split_url("https://[2001:db8::1]?x").value();
  EXPECT_EQ(v6.host, "2001:db8::1");
  EXPECT_EQ(v6.port, "443");
  EXPECT_EQ(v6.target, "/?x");
  EXPECT_EQ(split_url("http://[::1]:80/").value().port, "80");
}

TEST(SplitUrl, RefusesWhatIsNone) {
  for (const char* bad : {"", "ftp://x", "http://", "http://:80", "http://x:", "http://x:port", "http://x:123456"}) {
    EXPECT_FALSE(split_url(bad)) << bad;
  }
}

std::expected<int, std::string> try_post(const std::string& url, bool allow_private) {
  boost::asio::io_context io;
  auto tls = make_client_tls();
  std::expected<int, std::string> answer = 0;
  boost::asio::co_spawn(io, post(tls, {url, "{}", {}}, allow_private),
                        [&](std::exception_ptr, std::expected<int, std::string> result) { answer = result; });
  io.run();
  return answer;
}

TEST(Post, RefusesPrivateTargetsWhenTold) {
  for (const char* url : {"http://127.0.0.1:9/", "http://10.1.2.3/", "http://172.16.0.1/", "http://192.168.1.1/",
                          "http://169.254.169.254/latest", "http://100.64.0.1/", "http://[::1]/", "http://[fd00::1]/",
                          "http://[fe80::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://localhost/"}) {
    const auto answer = try_post(url, false);
    ASSERT_FALSE(answer) << url;
    EXPECT_NE(answer.error().find("private"), std::string::npos) << url << ": " << answer.error();
  }
}

TEST(Post, SaysWhyItFailed) {
  EXPECT_NE(try_post("http://127.0.0.1:1/", true).error().find("connecting failed"), std::string::npos);
}

}  // namespace
}  // namespace parley::server
