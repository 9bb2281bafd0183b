#include "server/http/static_files.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace parley::server {
namespace {

namespace fs = std::filesystem;

class StaticFilesTest : public ::testing::Test {
 protected:
  StaticFilesTest() {
    fs::create_directories(folder_ / "root" / "assets");
    write("root/index.html", "<html>");
    write("root/assets/app-1a2b.js", "let a;");
    write("root/empty.css", "");
    write("root/.hidden", "secret");
    write("secret.txt", "secret");
  }
  ~StaticFilesTest() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }

  static fs::path make_folder() {
    std::string name = (fs::temp_directory_path() / "parley-static-XXXXXX").string();
    return mkdtemp(name.data());
  }

  fs::path folder_ = make_folder();
  StaticFiles files_{folder_ / "root"};
};

TEST_F(StaticFilesTest, ServesFilesWithTheirTypes) {
  const auto script = files_.find("/assets/app-1a2b.js");
  ASSERT_TRUE(script);
  EXPECT_EQ(script->body, "let a;");
  EXPECT_EQ(script->content_type, "text/javascript; charset=utf-8");
  EXPECT_NE(script->headers[0].second.find("immutable"), std::string::npos);
  EXPECT_EQ(files_.index()->body, "<html>");
  EXPECT_EQ(files_.index()->headers[0].second, "no-cache");
  EXPECT_EQ(files_.find("/empty.css")->body, "");
}

TEST_F(StaticFilesTest, NeverLeavesItsFolder) {
  fs::create_symlink(folder_ / "secret.txt", folder_ / "root" / "link.txt");
  for (const std::string& path :
       {std::string("/../secret.txt"), std::string("/assets/../../secret.txt"), std::string("/.hidden"),
        std::string("//etc/passwd"), std::string("/assets"), std::string("/"), std::string("index.html"),
        std::string("/..\\secret.txt"), std::string("/index.html\0.js", 15), std::string("/link.txt")}) {
    EXPECT_FALSE(files_.find(path)) << path;
  }
}

TEST_F(StaticFilesTest, NoticesAChangedFile) {
  EXPECT_EQ(files_.index()->body, "<html>");
  write("root/index.html", "<html>new");
  EXPECT_EQ(files_.index()->body, "<html>new");
  fs::remove(folder_ / "root" / "index.html");
  EXPECT_FALSE(files_.index());
}

TEST_F(StaticFilesTest, ForgetsWhenTheCacheIsFull) {
  for (size_t i = 0; i <= StaticFiles::kMaxCached; ++i) write("root/f" + std::to_string(i) + ".txt", std::to_string(i));
  for (size_t i = 0; i <= StaticFiles::kMaxCached; ++i) {
    ASSERT_EQ(files_.find("/f" + std::to_string(i) + ".txt")->body, std::to_string(i));
  }
}

}  // namespace
}  // namespace parley::server
