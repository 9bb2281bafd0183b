#include "server/egress_folders.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

namespace parley::server {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class EgressFoldersTest : public testing::Test {
 protected:
  EgressFoldersTest() {
    std::string name = (fs::temp_directory_path() / "parley-folders-XXXXXX").string();
    root_ = mkdtemp(name.data());
    for (const char* file : {"one/index.m3u8", "one/live.m3u8", "one/1.ts", "one/thumbnails/1.jpg", "one/.upload.json",
                             "two/recording.mp4"}) {
      fs::create_directories((root_ / file).parent_path());
      std::ofstream(root_ / file) << "x";
    }
  }
  ~EgressFoldersTest() override { fs::remove_all(root_); }

  /// What is left of an egress when the removal has been carried out.
  std::vector<std::string> left_of(const char* egress, Keep keep) {
    EgressFolders(root_).remove(EgressId(egress), keep);
    return EgressFolders(root_).files_of(EgressId(egress));
  }

  fs::path root_;
};

TEST_F(EgressFoldersTest, OfWhatIsInABucketPlaylistsStay) {
  EXPECT_THAT(left_of("one", Keep::Playlists), UnorderedElementsAre("index.m3u8", "live.m3u8"));
  EXPECT_THAT(left_of("two", Keep::Playlists), IsEmpty());
  EXPECT_FALSE(fs::exists(root_ / "two")) << "nor does an empty folder";
}

TEST_F(EgressFoldersTest, OfWhatIsToBeErasedInABucketTheNotesStay) {
  EXPECT_THAT(left_of("one", Keep::Notes), ElementsAre(".upload.json"));
}

TEST_F(EgressFoldersTest, ADeletedFolderIsNotFoundAtOnce) {
  EgressFolders folders(root_);
  folders.remove(EgressId("one"), Keep::Nothing);
  EXPECT_FALSE(fs::exists(root_ / "one"));
  folders.remove(EgressId("one"), Keep::Nothing);  // once more does no harm
  EXPECT_THAT(folders.files_of(EgressId("two")), ElementsAre("recording.mp4"));
}

TEST_F(EgressFoldersTest, WhatWasSetAsideGoesInTheEndAlsoAfterACrash) {
  fs::rename(root_ / "one", root_ / ".gone-one");
  left_of("two", Keep::Nothing);
  EXPECT_TRUE(fs::is_empty(root_));
}

TEST_F(EgressFoldersTest, NoNameLeadsOut) {
  EgressFolders(root_ / "one").remove(EgressId("../two"), Keep::Nothing);
  EgressFolders(root_).remove(EgressId(""), Keep::Nothing);
  EXPECT_TRUE(fs::exists(root_ / "two/recording.mp4"));
  EXPECT_TRUE(fs::exists(root_ / "one/1.ts"));
}

TEST_F(EgressFoldersTest, TellsWhatTheDiskHasLeft) {
  EXPECT_GT(EgressFolders(root_).free_bytes(), 0);
  EXPECT_EQ(EgressFolders(root_ / "nowhere").free_bytes(), std::nullopt);
}

}  // namespace
}  // namespace parley::server
