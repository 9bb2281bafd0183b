#include "room/join_request.hpp"

#include <gtest/gtest.h>

#include "room/codes.hpp"
#include "room/json_object.hpp"

namespace parley::room {
namespace {

JoinRequest good() {
  JoinRequest request;
  request.join.set_display_name("Zoë");
  request.join.set_meta_data_json(R"({"role":"teacher"})");
  request.media = OfferedMedia();
  return request;
}

uint32_t refusal(const JoinRequest& request, const std::string& id = "pat") {
  const auto sound = check(request, ParticipantId(id));
  return sound ? 0 : sound.error().code;
}

TEST(JoinRequestTest, Ids) {
  EXPECT_EQ(refusal(good()), 0u);
  EXPECT_EQ(refusal(good(), "zoë@example.com"), 0u);
  EXPECT_EQ(refusal(good(), std::string(kMaxParticipantIdSize, 'x')), 0u);
  for (const std::string& id :
       {std::string(), std::string("a b"), std::string("a\tb"), std::string("a\n"), std::string("\0", 1),
        std::string("\x7f"), std::string(kMaxParticipantIdSize + 1, 'x')}) {
    EXPECT_EQ(refusal(good(), id), code::kBadParticipantId) << id;
  }
}

TEST(JoinRequestTest, EachFieldWrongInTurn) {
  const auto wrong = [](auto change) {
    JoinRequest request = good();
    change(request);
    return refusal(request);
  };
  EXPECT_EQ(wrong([](JoinRequest& r) { r.join.set_display_name(std::string(kMaxDisplayNameSize + 1, 'x')); }),
            code::kBadParameter);
  EXPECT_EQ(wrong([](JoinRequest& r) { r.join.set_display_name("a\nb"); }), code::kBadParameter);
  EXPECT_EQ(wrong([](JoinRequest& r) { r.join.set_meta_data_json("[1]"); }), code::kBadParameter);
  EXPECT_EQ(wrong([](JoinRequest& r) {
              r.join.set_meta_data_json("{\"a\":\"" + std::string(kMaxMetaDataSize, 'x') + "\"}");
            }),
            code::kBadParameter);
  EXPECT_EQ(wrong([](JoinRequest& r) { r.join.set_mode(static_cast<wire::Mode>(9)); }), code::kBadParameter);
  EXPECT_EQ(wrong([](JoinRequest& r) { r.media.reset(); }), code::kBadParameter);
  EXPECT_EQ(
      wrong([](JoinRequest& r) { r.join.mutable_device()->set_user_agent(std::string(kMaxDeviceInfoSize, 'x')); }),
      code::kBadParameter);
  EXPECT_EQ(wrong([](JoinRequest& r) {
              r.media.reset();
              r.join.set_mode(wire::SIGNALLING_ONLY);
            }),
            0u);
  EXPECT_EQ(wrong([](JoinRequest& r) { r.join.set_display_name(""); }), 0u);
}

TEST(JsonObjectTest, OneObjectAndNothingElse) {
  EXPECT_TRUE(is_json_object("{}"));
  EXPECT_TRUE(is_json_object(" \n{\"a\":[1,{\"b\":null}]} "));
  for (const char* bad :
       {"", " ", "[]", "null", "1", "\"{}\"", "{", "{}{}", "{'a':1}", "{\"a\":}", "{\"a\":1,}", "{\"a\":\"\xff\"}"}) {
    EXPECT_FALSE(is_json_object(bad)) << bad;
  }
  EXPECT_FALSE(is_json_object("{\"a\":" + std::string(100'000, '[')));
}

}  // namespace
}  // namespace parley::room
