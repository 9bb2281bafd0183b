#include "storage/sigv4.hpp"

#include <gtest/gtest.h>

#include <string>

#include "crypto/sha256.hpp"

namespace parley::storage {
namespace {

// The examples that AWS publishes, with their keys, in "Signature Calculations for the Authorization Header:
// Transferring Payload in a Single Chunk" and "Authenticating Requests: Using Query Parameters".
const Credentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const UtcTime kDay = UtcTime::from_ms(1'369'353'600'000);  // 24 May 2013, 00:00:00 UTC
const std::string kEmptyHash = crypto::to_hex(crypto::sha256({}));

SignableRequest example(std::string method, std::string path, Query query = {}, std::vector<Header> more = {},
                        std::string payload_hash = kEmptyHash) {
  SignableRequest request{std::move(method), std::move(path), std::move(query), std::move(more), payload_hash};
  request.headers.push_back({"host", "examplebucket.s3.amazonaws.com"});
  request.headers.push_back({"x-amz-content-sha256", payload_hash});
  request.headers.push_back({"x-amz-date", amz_date(kDay)});
  return request;
}

std::string sign(const SignableRequest& request) { return authorization(request, {kExample, "us-east-1", kDay}); }

std::string expected(std::string_view headers, std::string_view signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=" +
         std::string(headers) + ",Signature=" + std::string(signature);
}

TEST(SigV4, GetObjectOfTheDocumentation) {
  EXPECT_EQ(sign(example("GET", "/test.txt", {}, {{"range", "bytes=0-9"}})),
            expected("host;range;x-amz-content-sha256;x-amz-date",
                     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST(SigV4, PutObjectOfTheDocumentation) {
  const std::string hash = crypto::to_hex(crypto::sha256(as_bytes("Welcome to Amazon S3.")));
  EXPECT_EQ(hash, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  EXPECT_EQ(
      sign(example("PUT", "/" + uri_encode("test$file.text", true), {},
                   {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}, hash)),
      expected("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
               "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(SigV4, QueriesOfTheDocumentation) {
  EXPECT_EQ(sign(example("GET", "/", {{"lifecycle", ""}})),
            expected("host;x-amz-content-sha256;x-amz-date",
                     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  EXPECT_EQ(sign(example("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}})),
            expected("host;x-amz-content-sha256;x-amz-date",
                     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(SigV4, PresignedUrlOfTheDocumentation) {
  const SignableRequest request{"GET", "/test.txt", {}, {{"host", "examplebucket.s3.amazonaws.com"}}, ""};
  EXPECT_EQ(presigned_query(request, {kExample, "us-east-1", kDay}, TimeDelta::seconds(86'400)),
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(SigV4, EncodesNames) {
  EXPECT_EQ(uri_encode("a b/ü+~._-", true), "a%20b/%C3%BC%2B~._-");
  EXPECT_EQ(uri_encode("a/b", false), "a%2Fb");
  EXPECT_EQ(encode_query({{"partNumber", "10"}, {"a b", "="}, {"uploads", ""}}), "a%20b=%3D&partNumber=10&uploads=");
}

TEST(SigV4, WritesDates) {
  EXPECT_EQ(amz_date(UtcTime::from_ms(0)), "19700101T000000Z");
  EXPECT_EQ(amz_date(UtcTime::from_ms(1'709'251'199'999)), "20240229T235959Z");
}

}  // namespace
}  // namespace parley::storage
