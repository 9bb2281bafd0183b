#include "storage/upload.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "storage/test_s3.hpp"
#include "storage/upload_state.hpp"

namespace parley::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSecret = "wJalrXUtnFEMISECRET";

class UploadTest : public testing::Test {
 protected:
  UploadTest() {
    std::string pattern = (fs::temp_directory_path() / "parley-upload-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    task_ = {.folder = folder_.string(),
             .files = {},
             .bucket = {.endpoint = "https://s3.test",
                        .name = "bucket",
                        .region = "r",
                        .credentials = {"AKID", std::string(kSecret)}},
             .prefix = "meetings/"};
  }
  ~UploadTest() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, size_t size) {
    Rng rng(size + name.size());
    std::string content(size, ' ');
    rng.fill(MutableBytes(reinterpret_cast<uint8_t*>(content.data()), content.size()));
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << content;
    task_.files.push_back(name);
    return content;
  }

  std::expected<std::vector<UploadedFile>, StorageError> run(const ProgressCallback& progress = {}) {
    return upload(task_, {s3_, clock_, rng_}, progress);
  }

  StorageError failure() {
    const auto result = run();
    EXPECT_FALSE(result);
    if (result) return {};
    EXPECT_EQ(result.error().message.find(kSecret), std::string::npos);
    return result.error();
  }

  const std::string& content_of(const std::string& object) { return s3_.objects["/bucket/" + object].content; }

  fs::path folder_;
  UploadTask task_;
  TestS3 s3_;
  TestClock clock_;
  Rng rng_{1};
};

constexpr size_t kThreeParts = 2 * kPartSize + 12'345;

TEST_F(UploadTest, SmallFilesGoUpAsTheyAre) {
  const std::string picture = write("thumb.jpg", 5000), empty = write("deep/er/empty.m3u8", 0);
  const auto uploaded = run();
  ASSERT_TRUE(uploaded) << uploaded.error().message;
  ASSERT_EQ(uploaded->size(), 2u);
  EXPECT_EQ((*uploaded)[1].object, "meetings/deep/er/empty.m3u8");
  EXPECT_EQ(content_of("meetings/thumb.jpg"), picture);
  EXPECT_EQ(s3_.objects["/bucket/meetings/thumb.jpg"].type, "image/jpeg");
  EXPECT_EQ(content_of("meetings/deep/er/empty.m3u8"), empty);
  EXPECT_EQ(s3_.seen.size(), 2u);
}

TEST_F(UploadTest, LargeFilesGoUpInParts) {
  const std::string movie = write("recording.mp4", kThreeParts);
  std::vector<uint64_t> steps;
  const auto uploaded = run([&](const UploadProgress& progress) {
    EXPECT_EQ(progress.bytes_total, kThreeParts);
    steps.push_back(progress.bytes_done);
  });
  ASSERT_TRUE(uploaded) << uploaded.error().message;
  EXPECT_EQ(content_of("meetings/recording.mp4"), movie);
  EXPECT_EQ(s3_.objects["/bucket/meetings/recording.mp4"].type, "video/mp4");
  EXPECT_EQ(s3_.count("PUT", "partNumber="), 3u);
  EXPECT_EQ(steps, (std::vector<uint64_t>{0, kPartSize, 2 * kPartSize, kThreeParts, kThreeParts}));
}

TEST_F(UploadTest, CalledAgainWhenAllIsDoneItAsksNothing) {
  write("recording.mp4", kThreeParts);
  write("a.json", 10);
  ASSERT_TRUE(run());
  s3_.seen.clear();
  const auto again = run();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->size(), 2u);
  EXPECT_TRUE(s3_.seen.empty());
}

TEST_F(UploadTest, KilledBeforeOrAfterAnyRequestItGoesOnWhereItWas) {
  const std::string movie = write("recording.mp4", kThreeParts);
  const std::string list = write("list.json", 300);
  ASSERT_TRUE(run());
  const size_t requests = s3_.seen.size();
  ASSERT_EQ(requests, 6u);
  for (const bool carried_out : {false, true}) {
    for (size_t kill_at = 1; kill_at <= requests; ++kill_at) {
      fs::remove(folder_ / UploadState::kFileName);
      s3_ = TestS3();
      const auto die = [&] {
        if (s3_.seen.size() == kill_at) throw Killed();
      };
      if (carried_out) s3_.after = [&](const HttpRequest&) { die(); };
      if (!carried_out) s3_.fault = [&](const HttpRequest&) { return die(), std::nullopt; };
      EXPECT_THROW((void)run(), Killed);
      s3_.after = nullptr, s3_.fault = nullptr;
      const auto resumed = run();
      ASSERT_TRUE(resumed) << resumed.error().message;
      EXPECT_EQ(content_of("meetings/recording.mp4"), movie);
      EXPECT_EQ(content_of("meetings/list.json"), list);
      EXPECT_LE(s3_.count("PUT", "partNumber="), 4u) << "at most the part under way is sent twice";
    }
  }
}

TEST_F(UploadTest, GoesOnWhenAnswersFail) {
  const std::string movie = write("recording.mp4", kThreeParts);
  int n = 0;
  s3_.fault = [&](const HttpRequest&) -> std::optional<std::expected<HttpResponse, std::string>> {
    switch (n++ % 4) {
      case 0: return std::unexpected("connection reset");
      case 1: return HttpResponse{503, {}, "<Error><Code>SlowDown</Code></Error>"};
      case 2: return HttpResponse{200, {}, "<Error><Code>InternalError</Code></Error>"};  // as Complete may say it
      default: return std::nullopt;
    }
  };
  const auto uploaded = run();
  ASSERT_TRUE(uploaded) << uploaded.error().message;
  EXPECT_EQ(content_of("meetings/recording.mp4"), movie);
}

TEST_F(UploadTest, AnAnswerToCompleteThatGotLostIsNoHarm) {
  write("recording.mp4", kThreeParts);
  bool lost = false;
  s3_.fault = [&](const HttpRequest& request) -> std::optional<std::expected<HttpResponse, std::string>> {
    if (request.method != "POST" || request.url.find("uploadId") == std::string::npos || lost) return std::nullopt;
    lost = true;
    s3_.objects["/bucket/meetings/recording.mp4"].content = std::string(kThreeParts, 'x');
    s3_.uploads.clear();
    return std::unexpected("connection reset");
  };
  EXPECT_TRUE(run());
}

TEST_F(UploadTest, PausesGrowAreSpreadAndEndInAnError) {
  write("a.json", 10);
  s3_.fault = [](const HttpRequest&) { return std::unexpected("Connection refused"); };
  const StorageError error = failure();
  EXPECT_EQ(error.failure, Failure::Unreachable);
  EXPECT_NE(error.message.find("Connection refused"), std::string::npos) << error.message;
  ASSERT_EQ(clock_.sleeps.size(), 9u);
  TimeDelta limit = TimeDelta::millis(500);
  for (const TimeDelta pause : clock_.sleeps) {
    EXPECT_LE(pause, limit);
    limit = std::min(limit * 2, TimeDelta::seconds(30));
  }
  EXPECT_GT(*std::ranges::max_element(clock_.sleeps), TimeDelta::seconds(2));
}

TEST_F(UploadTest, AFileThatChangedStartsAnewAndFreesTheOldParts) {
  write("recording.mp4", kThreeParts);
  s3_.after = [&](const HttpRequest&) {
    if (s3_.count("PUT", "partNumber=2")) throw Killed();
  };
  EXPECT_THROW((void)run(), Killed);
  s3_.after = nullptr;
  task_.files.clear();
  const std::string changed = write("recording.mp4", kThreeParts + 1);
  ASSERT_TRUE(run());
  EXPECT_EQ(content_of("meetings/recording.mp4"), changed);
  EXPECT_TRUE(s3_.uploads.empty());
}

TEST_F(UploadTest, AServerThatForgotTheUploadOrLostAPartGetsThemAgain) {
  const std::string movie = write("recording.mp4", kThreeParts);
  for (const bool whole : {true, false}) {
    fs::remove(folder_ / UploadState::kFileName);
    s3_ = TestS3();
    s3_.after = [&](const HttpRequest&) {
      if (s3_.count("PUT", "partNumber=3")) throw Killed();
    };
    EXPECT_THROW((void)run(), Killed);
    s3_.after = nullptr;
    if (whole) s3_.uploads.clear();
    if (!whole) s3_.uploads.begin()->second.parts[1] = "something else";
    const auto resumed = run();
    ASSERT_TRUE(resumed) << resumed.error().message;
    EXPECT_EQ(content_of("meetings/recording.mp4"), movie);
  }
}

TEST_F(UploadTest, StateOfAnotherBucketOrABrokenOneCountsAsNone) {
  write("a.json", 10);
  ASSERT_TRUE(run());
  s3_.seen.clear();
  task_.bucket.name = "another";
  ASSERT_TRUE(run());
  EXPECT_EQ(s3_.count("PUT", "/another/"), 1u);
  for (const std::string broken : {"", "{", "[]", R"({"version":1,"destination":3})", R"({"version":2})"}) {
    std::ofstream(folder_ / UploadState::kFileName) << broken;
    s3_.seen.clear();
    ASSERT_TRUE(run());
    EXPECT_EQ(s3_.seen.size(), 1u);
  }
}

TEST_F(UploadTest, TheStateHoldsNoKeys) {
  write("recording.mp4", kThreeParts);
  ASSERT_TRUE(run());
  std::ifstream in(folder_ / UploadState::kFileName);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  EXPECT_NE(text.find("recording.mp4"), std::string::npos);
  EXPECT_EQ(text.find(kSecret), std::string::npos);
  EXPECT_EQ(text.find("AKID"), std::string::npos);
}

TEST_F(UploadTest, RefusalsAreToldAtOnceAndInWords) {
  struct Case {
    int status;
    std::string_view code;
    Failure failure;
  };
  const Case cases[] = {{403, "InvalidAccessKeyId", Failure::Credentials},
                        {403, "SignatureDoesNotMatch", Failure::Credentials},
                        {403, "AccessDenied", Failure::Denied},
                        {404, "NoSuchBucket", Failure::NoBucket},
                        {507, "XMinioStorageFull", Failure::Full},
                        {403, "QuotaExceeded", Failure::Full},
                        {400, "InvalidArgument", Failure::Refused}};
  write("a.json", 10);
  for (const auto& [status, code, kind] : cases) {
    // Amazon's own refusals echo what was signed.
    s3_.fault = [&](const HttpRequest&) {
      return HttpResponse{
          status,
          {},
          "<?xml version=\"1.0\"?><Error><Code>" + std::string(code) +
              "</Code><Message>some\nwords</Message><SignatureProvided>abc</SignatureProvided></Error>"};
    };
    const StorageError error = failure();
    EXPECT_EQ(error.failure, kind) << code;
    EXPECT_NE(error.message.find(code), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("a.json"), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find("abc"), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find('\n'), std::string::npos);
  }
  EXPECT_TRUE(clock_.sleeps.empty());
}

TEST_F(UploadTest, ABucketInAnotherRegionIsNamed) {
  write("a.json", 10);
  s3_.fault = [](const HttpRequest&) {
    return HttpResponse{301, {{"x-amz-bucket-region", "eu-west-3"}}, "<Error><Code>PermanentRedirect</Code></Error>"};
  };
  EXPECT_NE(failure().message.find("region eu-west-3"), std::string::npos);
}

TEST_F(UploadTest, AnswersThatAreNoS3AreToldSo) {
  write("recording.mp4", kThreeParts);
  s3_.fault = [](const HttpRequest&) { return HttpResponse{200, {}, "<html>Welcome to nginx!</html>"}; };
  EXPECT_NE(failure().message.find("is the endpoint right?"), std::string::npos);
}

TEST_F(UploadTest, FilesThatAreNotThereFailBeforeAnythingIsSent) {
  write("good.json", 10);
  for (const std::string name : {"missing.mp4", "../outside.mp4", "/etc/passwd", "a/../../b", "", "."}) {
    task_.files = {"good.json", name};
    EXPECT_EQ(failure().failure, Failure::LocalFile) << name;
  }
  EXPECT_TRUE(s3_.seen.empty());
}

TEST(PartSize, KeepsWithinTheLimitsOfS3) {
  EXPECT_EQ(part_size_for(1), kPartSize);
  EXPECT_EQ(part_size_for(kPartSize * kMaxParts), kPartSize);
  for (const uint64_t size : {kPartSize * kMaxParts + 1, uint64_t{1} << 40, uint64_t{5} << 40}) {
    const uint64_t part = part_size_for(size);
    EXPECT_LE((size + part - 1) / part, uint64_t{kMaxParts});
    EXPECT_GE(part, uint64_t{5} << 20);
    EXPECT_LE(part, uint64_t{5} << 30);
    EXPECT_EQ(part % (1 << 20), 0u);
  }
}

TEST_F(UploadTest, AFolderIsListedWholeWithPlaylistsLast) {
  constexpr int kMany = 5000;  // more than a line between server and worker could name
  for (const char* name : {"index.m3u8", "live.m3u8", "thumbnails/1.jpg", ".upload.json", ".hidden/x.mp4"})
    write(name, 1);
  for (int i = 0; i < kMany; ++i) write("segments/" + std::to_string(i) + ".m4s", 1);
  fs::create_symlink("/etc/passwd", folder_ / "elsewhere.mp4");
  const auto files = list_folder(folder_.string());
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), kMany + 3u);
  EXPECT_EQ(files->at(kMany), "thumbnails/1.jpg");
  EXPECT_EQ(files->at(kMany + 1), "index.m3u8");
  EXPECT_EQ(files->at(kMany + 2), "live.m3u8");
  EXPECT_FALSE(list_folder(folder_.string() + "/none")) << "an upload of nothing would be taken for a whole one";
}

TEST_F(UploadTest, ThousandsOfSegmentsGoUpWholeAndCostFewStates) {
  constexpr int kMany = 5000;
  for (int i = 0; i < kMany; ++i) write(std::to_string(i) + ".m4s", 10);
  size_t last_size = 0;
  int saves = 0;
  s3_.after = [&](const HttpRequest&) {
    std::error_code none;
    const auto size = fs::file_size(folder_ / UploadState::kFileName, none);
    if (none || size == last_size) return;
    last_size = size;
    ++saves;
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(s3_.objects.size(), static_cast<size_t>(kMany));
  EXPECT_LE(saves, static_cast<int>(kUnsavedShare));
  s3_.seen.clear();
  ASSERT_TRUE(run());
  EXPECT_TRUE(s3_.seen.empty()) << "all of it is known to be there";
}

TEST_F(UploadTest, WhatWentUpIsKnownAfterAFailure) {
  for (int i = 0; i < 100; ++i) write(std::to_string(i) + ".m4s", 10);
  s3_.fault = [&](const HttpRequest&) -> std::optional<std::expected<HttpResponse, std::string>> {
    if (s3_.seen.size() <= 60) return std::nullopt;
    return HttpResponse{403, {}, "<Error><Code>AccessDenied</Code></Error>"};
  };
  EXPECT_EQ(failure().failure, Failure::Denied);
  s3_.fault = nullptr;
  s3_.seen.clear();
  ASSERT_TRUE(run());
  EXPECT_EQ(s3_.seen.size(), 40u);
}

}  // namespace
}  // namespace parley::storage
