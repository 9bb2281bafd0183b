#include "api/presign.hpp"

#include <gtest/gtest.h>

namespace parley::api {
namespace {

const egress::Bucket kBucket{"https://s3.amazonaws.com", "examplebucket", "us-east-1", "AKIAIOSFODNN7EXAMPLE",
                             "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
constexpr UtcTime kTime = UtcTime::from_ms(1'369'353'600'000);  // 2013-05-24T00:00:00Z

// The example of AWS's "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
TEST(Presign, GivesThePublishedSignature) {
  egress::Bucket bucket = kBucket;
  bucket.endpoint = "https://examplebucket.s3.amazonaws.com";
  bucket.name = "";
  EXPECT_EQ(presign_get(bucket, {.object = "test.txt", .life = TimeDelta::seconds(86400)}, kTime),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
            "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
            "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(Presign, EachPartCounts) {
  const auto sign = [](egress::Bucket bucket, ObjectLink link, UtcTime at) {
    const std::string url = presign_get(bucket, link, at);
    return url.substr(url.rfind('=') + 1);
  };
  const std::string base = sign(kBucket, {.object = "a b/ü.mp4"}, kTime);
  egress::Bucket other = kBucket;
  other.secret_key += "x";
  EXPECT_NE(sign(other, {.object = "a b/ü.mp4"}, kTime), base);
  EXPECT_NE(sign(kBucket, {.object = "a b/u.mp4"}, kTime), base);
  EXPECT_NE(sign(kBucket, {.object = "a b/ü.mp4", .content_disposition = "attachment"}, kTime), base);
  EXPECT_NE(sign(kBucket, {.object = "a b/ü.mp4"}, kTime + TimeDelta::seconds(1)), base);
  EXPECT_EQ(sign(kBucket, {.object = "a b/ü.mp4"}, kTime), base);
}

TEST(Presign, EncodesNames) {
  const std::string url =
      presign_get(kBucket, {.object = "a b/ü.mp4", .content_disposition = "attachment; filename=\"x\""}, kTime);
  EXPECT_NE(url.find("/examplebucket/a%20b/%C3%BC.mp4?"), std::string::npos) << url;
  EXPECT_NE(url.find("response-content-disposition=attachment%3B%20filename%3D%22x%22"), std::string::npos) << url;
}

}  // namespace
}  // namespace parley::api
