#include "storage/bucket.hpp"

#include <gtest/gtest.h>

namespace parley::storage {
namespace {

Bucket bucket(std::string endpoint, std::string name = "examplebucket", Addressing addressing = Addressing::Automatic) {
  return {.endpoint = std::move(endpoint),
          .name = std::move(name),
          .region = "us-east-1",
          .credentials = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
          .addressing = addressing};
}

std::string url(const Bucket& bucket) {
  const auto address = address_of(bucket);
  return address ? address->origin + address->path_of("a b/c") : address.error().message;
}

TEST(Bucket, IsInTheHostAtAmazonAndInThePathElsewhere) {
  EXPECT_EQ(url(bucket("")), "https://examplebucket.s3.us-east-1.amazonaws.com/a%20b/c");
  EXPECT_EQ(url(bucket("https://s3.amazonaws.com/")), "https://examplebucket.s3.amazonaws.com/a%20b/c");
  EXPECT_EQ(url(bucket("", "dotted.name")), "https://s3.us-east-1.amazonaws.com/dotted.name/a%20b/c");
  EXPECT_EQ(url(bucket("http://127.0.0.1:9000")), "http://127.0.0.1:9000/examplebucket/a%20b/c");
  EXPECT_EQ(url(bucket("https://ceph.example:443")), "https://ceph.example/examplebucket/a%20b/c");
  EXPECT_EQ(url(bucket("https://ceph.example", "bucket", Addressing::Host)), "https://bucket.ceph.example/a%20b/c");
  EXPECT_EQ(url(bucket("", "bucket", Addressing::Path)), "https://s3.us-east-1.amazonaws.com/bucket/a%20b/c");
}

TEST(Bucket, SaysWhatIsWrongWithIt) {
  const auto wrong = [](const Bucket& bad, std::string_view word) {
    const auto address = address_of(bad);
    return !address && address.error().failure == Failure::BadConfig &&
           address.error().message.find(word) != std::string::npos &&
           address.error().message.find(bad.credentials.secret_key) == std::string::npos;
  };
  EXPECT_TRUE(wrong(bucket("s3.example"), "endpoint"));
  EXPECT_TRUE(wrong(bucket("ftp://s3.example"), "endpoint"));
  EXPECT_TRUE(wrong(bucket("https://s3.example/path"), "endpoint"));
  EXPECT_TRUE(wrong(bucket("https://user:password@s3.example"), "endpoint"));
  EXPECT_TRUE(wrong(bucket("https://s3.example\r\nx: y"), "endpoint"));
  EXPECT_TRUE(wrong(bucket("https://s3.example", "a/b"), "bucket"));
  EXPECT_TRUE(wrong(bucket("https://s3.example", "ab"), "bucket"));
  EXPECT_TRUE(wrong(bucket("https://s3.example", "a..b"), "bucket"));
  Bucket no_key = bucket("https://s3.example");
  no_key.credentials.access_key.clear();
  EXPECT_TRUE(wrong(no_key, "access key"));
  Bucket bad_region = bucket("https://s3.example");
  bad_region.region = "eu/1";
  EXPECT_TRUE(wrong(bad_region, "region"));
}

TEST(Bucket, LinksAreSignedAndExpire) {
  const UtcTime day = UtcTime::from_ms(1'369'353'600'000);
  // The published example, by way of our own address.
  EXPECT_EQ(
      presigned_link(bucket("https://s3.amazonaws.com"), "test.txt", day, {.valid_for = TimeDelta::seconds(86'400)}),
      "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
      "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
      "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
      "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  const auto named =
      presigned_link(bucket(""), "a.mp4", day, {.valid_for = TimeDelta::seconds(60), .download_as = "Très bien.mp4"});
  ASSERT_TRUE(named);
  EXPECT_NE(
      named->find("response-content-disposition=attachment%3B%20filename%2A%3DUTF-8%27%27Tr%25C3%25A8s%2520bien.mp4"),
      std::string::npos)
      << *named;
  const auto expiry = [&](TimeDelta valid_for) {
    const std::string link = *presigned_link(bucket(""), "a", day, {.valid_for = valid_for});
    const size_t at = link.find("X-Amz-Expires=") + 14;
    return link.substr(at, link.find('&', at) - at);
  };
  EXPECT_EQ(expiry(TimeDelta::seconds(30 * 86'400)), "604800");
  EXPECT_EQ(expiry(TimeDelta::zero()), "1");
}

}  // namespace
}  // namespace parley::storage
