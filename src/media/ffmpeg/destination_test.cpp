#include "media/ffmpeg/destination.hpp"

#include <gmock/gmock.h>

namespace parley::media {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Destination, ReadsWhatPlatformsGive) {
  const auto youtube = parse_destination("rtmp://a.rtmp.youtube.com/live2", "abcd-efgh");
  ASSERT_TRUE(youtube);
  EXPECT_FALSE(youtube->secure);
  EXPECT_EQ(youtube->host, "a.rtmp.youtube.com");
  EXPECT_EQ(youtube->port, 1935);
  EXPECT_EQ(youtube->app, "live2");
  EXPECT_EQ(youtube->key, "abcd-efgh");
  const auto facebook = parse_destination("rtmps://live-api-s.facebook.com:443/rtmp/", "FB-1-0-Ab?s_bl=1&a=Abx");
  ASSERT_TRUE(facebook);
  EXPECT_TRUE(facebook->secure);
  EXPECT_EQ(facebook->tc_url(), "rtmps://live-api-s.facebook.com:443/rtmp");
  EXPECT_EQ(facebook->key, "FB-1-0-Ab?s_bl=1&a=Abx");
  EXPECT_EQ(parse_destination("rtmps://x.test/app", "k")->port, 443);
  const auto whole = parse_destination("rtmp://[2001:4860::1]:1936/app/inst/key", "");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->host, "2001:4860::1");
  EXPECT_EQ(whole->place(), "[2001:4860::1]:1936");
  EXPECT_EQ(whole->app, "app/inst");
  EXPECT_EQ(whole->key, "key");
}

TEST(Destination, RefusesTheRestWithoutTellingTheKey) {
  for (const char* url :
       {"", "http://x.test/live", "rtmp:/x.test/live", "rtmp://", "rtmp:///live", "rtmp://x.test", "rtmp://x.test/",
        "rtmp://x.test:0/live", "rtmp://x.test:99999/live", "rtmp://x.test:19x/live", "rtmp://u:p@x.test/live",
        "rtmp://[::1/live", "rtmp://[x]/live", "rtmp://x.test/li ve", "rtmp://x.test/live\r\nHost: y"}) {
    const auto refused = parse_destination(url, "secret-key");
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().code, Error::Code::BadInput);
    EXPECT_THAT(refused.error().message, Not(HasSubstr("secret-key")));
  }
  EXPECT_FALSE(parse_destination("rtmp://x.test/live", "key with spaces"));
  EXPECT_FALSE(parse_destination("rtmp://x.test/live", std::string(600, 'k')));
  EXPECT_FALSE(parse_destination("rtmp://x.test/" + std::string(600, 'a'), "k"));
  EXPECT_FALSE(parse_destination("rtmp://x.test/live", "")) << "no key anywhere";
}

TEST(Destination, KnowsWhatIsPublic) {
  for (const char* text : {"8.8.8.8", "172.32.0.1", "172.15.255.255", "11.0.0.1", "100.128.0.1", "192.167.1.1",
                           "2a00:1450::1", "2001:4860:4860::8888", "64:ff9b::808:808", "2002:808:808::1"}) {
    EXPECT_TRUE(is_public(IpAddress::parse(text).value())) << text;
  }
  for (const char* text :
       {"0.0.0.0",         "10.1.2.3",       "100.64.0.1",     "100.127.255.255", "127.0.0.1",   "127.9.9.9",
        "169.254.169.254", "172.16.0.1",     "172.31.255.255", "192.168.0.1",     "192.0.2.1",   "198.18.0.1",
        "198.51.100.1",    "203.0.113.1",    "224.0.0.1",      "255.255.255.255", "::",          "::1",
        "fe80::1",         "fc00::1",        "fd12::1",        "ff02::1",         "2001:db8::1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::1", "2001::1"}) {
    EXPECT_FALSE(is_public(IpAddress::parse(text).value())) << text;
  }
}

TEST(Destination, ResolvesOnlyToWhereItMayGo) {
  const auto local = parse_destination("rtmp://localhost/live", "k").value();
  const auto refused = resolve(local, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Error::Code::Unsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("private network"));
  const auto allowed = resolve(local, true);
  ASSERT_TRUE(allowed);
  EXPECT_TRUE(allowed->front().is_loopback());
  // Ways to write 127.0.0.1 that a check of the text would miss.
  for (const char* host : {"127.1", "2130706433", "0x7f000001", "0177.0.0.1"}) {
    const auto d = parse_destination(std::string("rtmp://") + host + "/live", "k");
    ASSERT_TRUE(d) << host;
    EXPECT_FALSE(resolve(*d, false)) << host;
  }
  EXPECT_TRUE(resolve(parse_destination("rtmp://8.8.8.8/live", "k").value(), false));
}

TEST(Destination, HidesTheSecretWhereverItStands) {
  EXPECT_EQ(without_secret("publish abc/abc failed", "abc"), "publish ***/*** failed");
  EXPECT_EQ(without_secret("nothing to hide", ""), "nothing to hide");
}

}  // namespace
}  // namespace parley::media
