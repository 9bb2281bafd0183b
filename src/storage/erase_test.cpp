#include "storage/erase.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "storage/test_s3.hpp"
#include "storage/upload_state.hpp"

namespace parley::storage {
namespace {

namespace fs = std::filesystem;

class EraseTest : public testing::Test {
 protected:
  EraseTest() {
    std::string pattern = (fs::temp_directory_path() / "parley-erase-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    task_.folder = folder_;
  }
  ~EraseTest() override { fs::remove_all(folder_); }

  std::expected<size_t, StorageError> run(int tries = 3) {
    return erase(task_, {s3_, clock_, rng_}, RetryPolicy{.tries = tries});
  }
  std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& [name, object] : s3_.objects) names.push_back(name);
    return names;
  }

  std::string folder_;
  EraseTask task_{"",
                  {.endpoint = "https://s3.test", .name = "bucket", .region = "r", .credentials = {"AKID", "x"}},
                  "meetings/17/"};
  TestS3 s3_;
  TestClock clock_;
  Rng rng_{1};
};

TEST_F(EraseTest, AllOfTheFolderGoesAndNothingElse) {
  for (const char* name : {"16/a", "17", "17a/b", "18/c"}) s3_.objects["/bucket/meetings/" + std::string(name)] = {};
  const auto others = left();
  for (int i = 0; i < 10; ++i) s3_.objects["/bucket/meetings/17/" + std::to_string(i) + ".m4s"] = {};
  s3_.objects["/bucket/meetings/17/thumbnails/1.jpg"] = {};
  const auto erased = run();
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_EQ(*erased, 11u);
  EXPECT_EQ(left(), others);
  EXPECT_EQ(run().value_or(99), 0u) << "and again, without harm";
}

TEST_F(EraseTest, PartsOfUnfinishedUploadsAreFreed) {
  s3_.uploads["u1"] = {"/bucket/meetings/17/big.mp4", "", {{1, "x"}}};
  s3_.uploads["u2"] = {"/bucket/meetings/18/big.mp4", "", {{1, "x"}}};
  UploadState state = UploadState::load(folder_, destination_of(*address_of(task_.bucket), task_.prefix));
  state.files["big.mp4"] = {.size = 100, .upload_id = "u1", .part_size = 10};
  ASSERT_TRUE(state.save());
  ASSERT_TRUE(run());
  EXPECT_EQ(s3_.uploads.count("u1"), 0u);
  EXPECT_EQ(s3_.uploads.count("u2"), 1u);
}

TEST_F(EraseTest, WhatFailsInTheMiddleGoesOnLater) {
  for (int i = 0; i < 10; ++i) s3_.objects["/bucket/meetings/17/" + std::to_string(i)] = {};
  s3_.fault = [&](const HttpRequest&) -> std::optional<std::expected<HttpResponse, std::string>> {
    if (s3_.seen.size() <= 6) return std::nullopt;
    return std::unexpected("connection refused");
  };
  const auto failed = run();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().failure, Failure::Unreachable);
  EXPECT_LT(s3_.objects.size(), 10u);
  EXPECT_FALSE(s3_.objects.empty());
  s3_.fault = nullptr;
  ASSERT_TRUE(run());
  EXPECT_TRUE(s3_.objects.empty());
}

TEST_F(EraseTest, AServerThatListsWhatIsNotAskedForIsNotFollowed) {
  s3_.objects["/bucket/meetings/18/precious.mp4"] = {};
  s3_.fault = [&](const HttpRequest& request) -> std::optional<std::expected<HttpResponse, std::string>> {
    if (request.method != "GET") return std::nullopt;
    return HttpResponse{
        200, {}, "<ListBucketResult><Contents><Key>meetings/18/precious.mp4</Key></Contents></ListBucketResult>"};
  };
  EXPECT_FALSE(run());
  EXPECT_EQ(s3_.objects.size(), 1u);
}

TEST_F(EraseTest, AServerThatListsTheSameForEverIsNotFollowed) {
  s3_.fault = [&](const HttpRequest& request) -> std::optional<std::expected<HttpResponse, std::string>> {
    if (request.method != "GET") return std::nullopt;
    return HttpResponse{200, {}, "<ListBucketResult><Contents><Key>meetings/17/a</Key></Contents></ListBucketResult>"};
  };
  EXPECT_FALSE(run());
  EXPECT_LT(s3_.seen.size(), 5u);
}

TEST_F(EraseTest, NeverTheWholeBucket) {
  s3_.objects["/bucket/precious.mp4"] = {};
  for (const char* prefix : {"", "/", "meetings/17"}) {
    task_.prefix = prefix;
    const auto refused = run();
    ASSERT_FALSE(refused) << prefix;
    EXPECT_EQ(refused.error().failure, Failure::BadConfig);
  }
  EXPECT_TRUE(s3_.seen.empty());
}

}  // namespace
}  // namespace parley::storage
