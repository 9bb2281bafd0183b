#include "auth/rules.hpp"

#include <gtest/gtest.h>

namespace parley::auth {
namespace {

const RoomId kRoom("abcd-efgh-ijkl");
const ParticipantId kPat("pat");

Claims joiner() { return {.apikey = "key", .permissions = {.allow_join = true}}; }

uint32_t refusal_of(const Claims& claims, std::string_view custom = "") {
  const auto entry = may_enter(claims, {kRoom, custom}, kPat);
  return entry ? 0 : entry.error().code;
}

TEST(Rules, EntryFollowsPermissions) {
  EXPECT_EQ(may_enter(joiner(), {kRoom, ""}, kPat), Entry::Direct);
  Claims guest{.permissions = {.ask_join = true}};
  EXPECT_EQ(may_enter(guest, {kRoom, ""}, kPat), Entry::Knock);
  Claims moderator_only{.permissions = {.allow_mod = true}};
  EXPECT_EQ(refusal_of(moderator_only), kBadPermissions);
}

TEST(Rules, TokensAreBoundToRoomAndParticipant) {
  Claims claims = joiner();
  claims.room = RoomId("other");
  EXPECT_EQ(refusal_of(claims), kNotForThisRoom);
  EXPECT_EQ(refusal_of(claims, "other"), 0u);  // by the room's other name
  claims.room = kRoom;
  EXPECT_EQ(refusal_of(claims), 0u);
  claims.participant = ParticipantId("sam");
  EXPECT_EQ(refusal_of(claims), kNotForThisParticipant);
  claims.participant = kPat;
  EXPECT_EQ(refusal_of(claims), 0u);
}

TEST(Rules, RolesSeparateRestFromJoining) {
  Claims claims = joiner();
  EXPECT_TRUE(may_use_rest(claims));
  claims.roles = {.crawler = true, .rtc = false};
  EXPECT_EQ(refusal_of(claims), kNotForThisRole);
  EXPECT_TRUE(may_use_rest(claims));
  claims.roles = {.crawler = false, .rtc = true};
  EXPECT_EQ(refusal_of(claims), 0u);
  ASSERT_FALSE(may_use_rest(claims));
  EXPECT_EQ(may_use_rest(claims).error().code, kNotForThisRole);
  claims.roles = {.crawler = false, .rtc = false};
  EXPECT_EQ(refusal_of(claims), kNotForThisRole);
  EXPECT_FALSE(may_use_rest(claims));
}

TEST(Rules, TheIdComesFromTheRequestThenTheToken) {
  Claims claims = joiner();
  EXPECT_EQ(id_to_join_under(claims, kPat), kPat);
  EXPECT_TRUE(id_to_join_under(claims, ParticipantId()).empty());
  claims.participant = ParticipantId("sam");
  EXPECT_EQ(id_to_join_under(claims, ParticipantId()), ParticipantId("sam"));
  EXPECT_EQ(id_to_join_under(claims, kPat), kPat);  // and may_enter then refuses it
}

TEST(Rules, AdmittingIsNotModerating) {
  EXPECT_TRUE(may_admit({.allow_join = true}));
  EXPECT_FALSE(may_moderate({.allow_join = true}));
  EXPECT_TRUE(may_moderate({.allow_mod = true}));
  EXPECT_FALSE(may_admit({.allow_mod = true}));
  EXPECT_FALSE(may_admit({.ask_join = true}));
  EXPECT_FALSE(may_knock({.allow_join = true}));
}

}  // namespace
}  // namespace parley::auth
