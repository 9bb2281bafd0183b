#include "sdk/server_url.hpp"

#include <gtest/gtest.h>

namespace parley::sdk {
namespace {

TEST(ServerUrl, SchemesAndPorts) {
  struct Case {
    const char* text;
    bool secure;
    const char* host;
    int port;
    const char* target;
    const char* header;
  };
  for (const Case& c : {
           Case{"https://meet.example.org", true, "meet.example.org", 443, "/v1/signal", "meet.example.org"},
           Case{"meet.example.org", true, "meet.example.org", 443, "/v1/signal", "meet.example.org"},
           Case{"WSS://m.org:8443/a/b/", true, "m.org", 8443, "/a/b/v1/signal", "m.org:8443"},
           Case{"http://127.0.0.1:8080?x=1", false, "127.0.0.1", 8080, "/v1/signal", "127.0.0.1:8080"},
           Case{"ws://[::1]", false, "::1", 80, "/v1/signal", "[::1]"},
           Case{"https://[2001:db8::1]:444/x", true, "2001:db8::1", 444, "/x/v1/signal", "[2001:db8::1]:444"},
       }) {
    const auto url = parse_server_url(c.text);
    ASSERT_TRUE(url) << c.text;
    EXPECT_EQ(url->secure, c.secure) << c.text;
    EXPECT_EQ(url->host, c.host);
    EXPECT_EQ(url->port, c.port);
    EXPECT_EQ(url->target, c.target);
    EXPECT_EQ(url->host_header(), c.header);
  }
}

TEST(ServerUrl, CompletesWhatTheServerNamesByPath) {
  EXPECT_EQ(parse_server_url("https://m.org")->absolute("/hls/1.m3u8"), "https://m.org/hls/1.m3u8");
  EXPECT_EQ(parse_server_url("ws://[::1]:80/")->absolute("/hls/1.m3u8"), "http://[::1]/hls/1.m3u8");
  EXPECT_EQ(parse_server_url("wss://m.org:8443/a/")->absolute("/h"), "https://m.org:8443/a/h");
  EXPECT_EQ(parse_server_url("https://m.org")->absolute("https://cdn.org/x"), "https://cdn.org/x");
  EXPECT_EQ(parse_server_url("https://m.org")->absolute(""), "");
}

TEST(ServerUrl, WhatIsNone) {
  for (const char* text :
       {"", "ftp://x", "https://", "https://a:0", "https://a:65536", "https://a:x", "https://a:", "https://a b",
        "https://user@a", "https://[::1", "https://[::1]x", "https://a/\r\nHost: b"}) {
    const auto url = parse_server_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_NE(url.error().find("is not the address of a server"), std::string::npos);
  }
}

}  // namespace
}  // namespace parley::sdk
