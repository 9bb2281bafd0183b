#include "auth/token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/base64url.hpp"
#include "auth/hs256.hpp"

namespace parley::auth {
namespace {

using testing::HasSubstr;

const std::string kSecret = "0123456789abcdef0123456789abcdef";
constexpr int64_t kNowSeconds = 1'700'000'000;
constexpr UtcTime kNow = UtcTime::from_ms(kNowSeconds * 1000);
const std::string kHeader = R"({"alg":"HS256","typ":"JWT"})";

std::string token_of(const std::string& header, const std::string& payload, const std::string& secret = kSecret) {
  const std::string input = base64url_encode(as_bytes(header)) + "." + base64url_encode(as_bytes(payload));
  return input + "." + base64url_encode(hs256_sign(input, secret));
}

// A good payload with `extra` members appended; JSON keeps the last of two members of one name.
std::string payload_with(const std::string& extra) {
  return R"({"apikey":"key","permissions":["allow_join"],"iat":1699999000,"exp":1700003600)" +
         (extra.empty() ? "" : "," + extra) + "}";
}

class TokenTest : public testing::Test {
 protected:
  TokenTest() {
    EXPECT_TRUE(keys_.add("key", kSecret));
    EXPECT_TRUE(keys_.add("other", "ffffffffffffffffffffffffffffffff"));
  }
  std::expected<Claims, Refusal> check(const std::string& token, UtcTime now = kNow) const {
    return verify(token, keys_, now);
  }
  void expect_refused(const std::string& token, uint32_t code, const std::string& words) const {
    const auto result = check(token);
    ASSERT_FALSE(result) << token;
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_THAT(result.error().message, HasSubstr(words));
  }
  KeyRing keys_;
};

TEST_F(TokenTest, ReadsEveryClaim) {
  const auto claims = check(token_of(
      kHeader, payload_with(R"("permissions":["allow_join","allow_mod"],"version":2,"roles":["rtc"],"roomId":"a-b",)"
                            R"("participantId":"p1","nbf":1699999000.5,"jti":"j")")));
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(claims->apikey, "key");
  EXPECT_EQ(claims->permissions, (Permissions{.allow_join = true, .allow_mod = true}));
  EXPECT_EQ(claims->roles, (Roles{.crawler = false, .rtc = true}));
  EXPECT_EQ(claims->version, 2);
  EXPECT_EQ(claims->room, RoomId("a-b"));
  EXPECT_EQ(claims->participant, ParticipantId("p1"));
  EXPECT_EQ(claims->issued_at, UtcTime::from_ms(1699999000'000));
  EXPECT_EQ(claims->not_before, UtcTime::from_ms(1699999000'500));
  EXPECT_EQ(claims->expires_at, UtcTime::from_ms(1700003600'000));
  EXPECT_EQ(claims->jti, "j");
}

TEST_F(TokenTest, WhatIsIssuedVerifies) {
  Claims claims{.apikey = "key",
                .permissions = {.allow_join = true, .allow_mod = true},
                .roles = {.crawler = false, .rtc = true},
                .version = 2,
                .room = RoomId("room"),
                .participant = ParticipantId("pat"),
                .issued_at = kNow,
                .not_before = kNow,
                .expires_at = kNow + TimeDelta::seconds(60),
                .jti = "id"};
  EXPECT_EQ(check(issue(claims, kSecret)), claims);
  Claims least{.apikey = "key", .permissions = {.ask_join = true}, .expires_at = kNow + TimeDelta::seconds(60)};
  EXPECT_EQ(check(issue(least, kSecret)), least);
}

TEST_F(TokenTest, HiddenIsTrueFalseOrARefusal) {
  EXPECT_FALSE(check(token_of(kHeader, payload_with("")))->hidden);
  EXPECT_FALSE(check(token_of(kHeader, payload_with(R"("hidden":false)")))->hidden);
  const auto hidden = check(token_of(kHeader, payload_with(R"("hidden":true)")));
  ASSERT_TRUE(hidden && hidden->hidden);
  EXPECT_EQ(check(issue(*hidden, kSecret)), *hidden);
  expect_refused(token_of(kHeader, payload_with(R"("hidden":"true")")), kBadToken, "hidden");
  expect_refused(token_of(kHeader, payload_with(R"("hidden":1)")), kBadToken, "hidden");
}

TEST_F(TokenTest, IssueSurvivesTextThatIsNotUtf8) {
  Claims claims{.apikey = "key",
                .permissions = {.allow_join = true},
                .expires_at = kNow + TimeDelta::seconds(60),
                .jti = "\xff\xfe"};
  EXPECT_TRUE(check(issue(claims, kSecret)));
}

TEST_F(TokenTest, NeverLetsTheTokenChooseTheAlgorithm) {
  const std::string payload = payload_with("");
  for (const char* alg : {"none", "None", "NONE", "HS384", "HS512", "RS256", "ES256", "hs256", ""}) {
    expect_refused(token_of(R"({"alg":")" + std::string(alg) + "\"}", payload), kBadToken, "HS256");
  }
  for (const char* header : {R"({})", R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":1})"}) {
    expect_refused(token_of(header, payload), kBadToken, "HS256");
  }
  const std::string unsigned_input =
      base64url_encode(as_bytes(R"({"alg":"none"})")) + "." + base64url_encode(as_bytes(payload)) + ".";
  expect_refused(unsigned_input, kBadToken, "HS256");
  expect_refused(token_of(R"({"alg":"HS256","crit":["exp"]})", payload), kBadToken, "critical");
  for (const char* header : {"", "[]", "{", "\"HS256\"", "null"})
    expect_refused(token_of(header, payload), kBadToken, "header");
}

TEST_F(TokenTest, RefusesForgeries) {
  const std::string good = token_of(kHeader, payload_with(""));
  ASSERT_TRUE(check(good));
  expect_refused(token_of(kHeader, payload_with(""), "ffffffffffffffffffffffffffffffff"), kBadToken, "signature");
  // The signature of one payload under another.
  const std::string better = token_of(kHeader, payload_with(R"("permissions":["allow_join","allow_mod"])"), "guess");
  expect_refused(better.substr(0, better.rfind('.')) + good.substr(good.rfind('.')), kBadToken, "signature");
  expect_refused(good.substr(0, good.rfind('.') + 1), kBadToken, "signature");
  // A payload that names another key than the one that signed it.
  expect_refused(token_of(kHeader, payload_with(R"("apikey":"other")")), kBadToken, "signature");
}

TEST_F(TokenTest, NoChangedCharacterAndNoTruncationVerifies) {
  const std::string good = token_of(kHeader, payload_with(""));
  for (size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(check(good.substr(0, i)));
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(check(changed)) << i;
  }
  for (const char* tail : {".", ".x", "=", "\n", " "}) EXPECT_FALSE(check(good + tail));
  EXPECT_FALSE(check("Bearer " + good));
}

TEST_F(TokenTest, RefusesWhatIsTooLongBeforeLookingAtIt) {
  const size_t room = kMaxTokenSize * 3 / 4 - 300;
  EXPECT_TRUE(check(token_of(kHeader, payload_with("\"x\":\"" + std::string(room, 'x') + "\""))));
  expect_refused(token_of(kHeader, payload_with("\"x\":\"" + std::string(kMaxTokenSize, 'x') + "\"")), kBadToken,
                 "too long");
  expect_refused(std::string(kMaxTokenSize + 1, '.'), kBadToken, "too long");
}

TEST_F(TokenTest, DeepNestingIsJustRefused) {
  expect_refused(token_of(kHeader, std::string(2900, '[')), kBadToken, "payload");
}

TEST_F(TokenTest, ChecksTimesWithLeeway) {
  const std::string token = token_of(kHeader, payload_with("\"exp\":1700000000,\"nbf\":1699990000"));
  const auto at = [&](int64_t seconds) { return check(token, UtcTime::from_ms(seconds * 1000)); };
  EXPECT_TRUE(at(1700000000));
  EXPECT_TRUE(at(1700000029));
  ASSERT_FALSE(at(1700000030));
  EXPECT_THAT(at(1700000030).error().message, HasSubstr("expired"));
  EXPECT_TRUE(at(1699989970));
  ASSERT_FALSE(at(1699989969));
  EXPECT_THAT(at(1699989969).error().message, HasSubstr("not valid yet"));
  EXPECT_EQ(at(1699989969).error().code, kBadToken);
}

struct WrongClaim {
  const char* member;
  uint32_t code;
  const char* words;
};

TEST_F(TokenTest, EachClaimWrongInTurn) {
  const WrongClaim cases[] = {
      {R"("apikey":"nobody")", kBadApiKey, "not known"},
      {R"("apikey":"")", kBadApiKey, "no apikey"},
      {R"("apikey":7)", kBadApiKey, "no apikey"},
      {R"("apikey":null)", kBadApiKey, "no apikey"},
      {R"("permissions":[])", kBadPermissions, "no permissions"},
      {R"("permissions":null)", kBadPermissions, "no permissions"},
      {R"("permissions":"allow_join")", kBadPermissions, "no permissions"},
      {R"("permissions":["allow_join",1])", kBadPermissions, "not all of"},
      {R"("permissions":["allow-join"])", kBadPermissions, "not all of"},
      {R"("permissions":["ask_join","allow_join"])", kBadPermissions, "alone"},
      {R"("permissions":["allow_mod","ask_join"])", kBadPermissions, "alone"},
      {R"("roles":"rtc")", kBadToken, "roles"},
      {R"("roles":["admin"])", kNotForThisRole, "roles"},
      {R"("roles":[null])", kNotForThisRole, "roles"},
      {R"("version":3)", kBadToken, "version"},
      {R"("version":"2")", kBadToken, "version"},
      {R"("roomId":5)", kBadToken, "roomId"},
      {R"("roomId":"")", kNotForThisRoom, "roomId"},
      {R"("participantId":{})", kBadToken, "participantId"},
      {R"("participantId":"")", kNotForThisParticipant, "participantId"},
      {R"("jti":5)", kBadToken, "jti"},
      {R"("iat":"yesterday")", kBadToken, "iat"},
      {R"("nbf":true)", kBadToken, "nbf"},
      {R"("exp":null)", kBadToken, "exp"},
      {R"("exp":"1700003600")", kBadToken, "exp"},
      {R"("exp":-1)", kBadToken, "exp"},
      {R"("exp":1e300)", kBadToken, "exp"},
      {R"("exp":1700003600000)", kBadToken, "exp"},  // milliseconds
      {R"("exp":1699990000)", kBadToken, "expired"},
  };
  for (const WrongClaim& wrong : cases) {
    SCOPED_TRACE(wrong.member);
    expect_refused(token_of(kHeader, payload_with(wrong.member)), wrong.code, wrong.words);
  }
}

TEST_F(TokenTest, MissingClaims) {
  expect_refused(token_of(kHeader, R"({"permissions":["allow_join"],"exp":1700003600})"), kBadApiKey, "no apikey");
  expect_refused(token_of(kHeader, R"({"apikey":"key","exp":1700003600})"), kBadPermissions, "no permissions");
  expect_refused(token_of(kHeader, R"({"apikey":"key","permissions":["allow_join"]})"), kBadToken, "no exp");
  for (const char* payload : {"", "[]", "{", "7", "null", "{}x"}) {
    expect_refused(token_of(kHeader, payload), kBadToken, "payload");
  }
}

TEST_F(TokenTest, ADeactivatedKeyIsOnlyToldToItsOwner) {
  ASSERT_TRUE(keys_.set_active("key", false));
  expect_refused(token_of(kHeader, payload_with("")), kApiKeyDeactivated, "deactivated");
  expect_refused(token_of(kHeader, payload_with(""), "wrong"), kBadToken, "signature");
  ASSERT_TRUE(keys_.set_active("key", true));
  EXPECT_TRUE(check(token_of(kHeader, payload_with(""))));
  EXPECT_FALSE(keys_.set_active("nobody", true));
}

TEST(KeyRingTest, RefusesSecretsThatAreTooShort) {
  KeyRing keys;
  EXPECT_TRUE(keys.empty());
  ASSERT_FALSE(keys.add("key", std::string(KeyRing::kMinSecretSize - 1, 's')));
  EXPECT_THAT(keys.add("key", "short").error(), HasSubstr("at least 32"));
  EXPECT_FALSE(keys.add("", kSecret));
  EXPECT_TRUE(keys.empty());
  EXPECT_TRUE(keys.add("key", std::string(KeyRing::kMinSecretSize, 's')));
  ASSERT_NE(keys.find("key"), nullptr);
  EXPECT_TRUE(keys.add("key", std::string(40, 't')));
  EXPECT_EQ(keys.find("key")->secret, std::string(40, 't'));
  EXPECT_EQ(keys.find("Key"), nullptr);
}

}  // namespace
}  // namespace parley::auth
