#include "api/api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "api/openapi.hpp"
#include "api/webhook_event.hpp"
#include "auth/token.hpp"
#include "store/memory/memory_store.hpp"

namespace parley::api {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr UtcTime kNow = UtcTime::from_ms(1'700'000'000'000);
const std::string kSecret(32, 's');

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() { EXPECT_TRUE(keys_.add("key", kSecret)); }

  auth::Claims claims() {
    return {.apikey = "key", .permissions = {.allow_join = true}, .expires_at = kNow + TimeDelta::seconds(60)};
  }
  struct Seen {
    int status;
    json body;
    std::vector<Action> actions;
    std::string text;
    std::string message() const { return body.value("message", ""); }
  };
  Seen call(const std::string& method, const std::string& target, const json& body = nullptr) {
    return call_raw(method, target, body.is_null() ? "" : body.dump());
  }
  Seen call_raw(const std::string& method, const std::string& target, const std::string& body) {
    Request request{.method = method, .body = body, .base_url = "https://host"};
    request.authorization = authorization_.value_or(auth::issue(claims_, kSecret));
    parse_target(target, request);
    Outcome outcome = Api({*store_, keys_, rng_, "PEM", links_, rules_}).handle(request, now_);
    egress_ = std::move(outcome.egress);
    return {outcome.response.status, json::parse(outcome.response.body, nullptr, false), outcome.actions,
            outcome.response.body};
  }
  std::string make_room(const json& body = json::object()) {
    const Seen seen = call("POST", "/v2/rooms", body);
    EXPECT_EQ(seen.status, 200) << seen.text;
    return seen.body.value("roomId", "");
  }
  /// A session of the room with Ann there and Bob gone.
  SessionId make_session(const std::string& room, const std::string& id = "s-1") {
    const SessionId session(id);
    auto& sessions = store_->sessions();
    EXPECT_TRUE(sessions.start({session, RoomId(room), kNow, std::nullopt}));
    for (const char* name : {"bob", "ann"}) {
      EXPECT_TRUE(sessions.enter({session,
                                  ParticipantId(name),
                                  std::string("Name of ") + name,
                                  R"({"seat":1})",
                                  "SEND_AND_RECV",
                                  {"js", "1.0", "Linux", "UA"},
                                  kNow}));
    }
    EXPECT_TRUE(sessions.exit(session, ParticipantId("bob"), kNow + TimeDelta::seconds(5)));
    return session;
  }

  std::unique_ptr<store::Store> store_ = store::open_memory_store();
  auth::KeyRing keys_;
  Rng rng_{1};
  auth::Claims claims_ = claims();
  FileLinks links_{std::string(32, 'k'), TimeDelta::seconds(3600)};
  EgressRules rules_;
  std::optional<EgressCall> egress_;  // of the last call
  std::optional<std::string> authorization_;
  UtcTime now_ = kNow;
};

// --- tokens -------------------------------------------------------------------------------------------------------

TEST_F(ApiTest, WantsAToken) {
  for (const std::string& bad :
       {std::string(), std::string("Bearer "), std::string("nonsense"), auth::issue(claims(), std::string(32, 'x'))}) {
    authorization_ = bad;
    const Seen seen = call("GET", "/v2/rooms");
    EXPECT_EQ(seen.status, 401) << bad;
    EXPECT_EQ(seen.body["statusCode"], 401);
    EXPECT_EQ(seen.body["error"], "Unauthorized");
    EXPECT_FALSE(seen.message().empty());
  }
}

TEST_F(ApiTest, TakesTokensWithAndWithoutBearer) {
  authorization_ = auth::issue(claims_, kSecret);
  EXPECT_EQ(call("GET", "/v2/rooms").status, 200);
  authorization_ = "Bearer " + *authorization_;
  EXPECT_EQ(call("GET", "/v2/rooms").status, 200);
}

TEST_F(ApiTest, RefusesExpiredAndJoinOnlyTokens) {
  claims_.expires_at = kNow + -TimeDelta::seconds(60);
  EXPECT_EQ(call("GET", "/v2/rooms").status, 401);
  claims_ = claims();
  claims_.roles = {.crawler = false, .rtc = true};
  EXPECT_EQ(call("GET", "/v2/rooms").status, 403);
}

TEST_F(ApiTest, ATokenOfARoomSeesThatRoomAlone) {
  const std::string own = make_room({{"customRoomId", "own"}});
  const std::string other = make_room();
  make_session(own, "s-own");
  make_session(other, "s-other");
  for (const std::string& bound : {own, std::string("own")}) {
    claims_.room = RoomId(bound);
    EXPECT_EQ(call("GET", "/v2/rooms/" + own).status, 200);
    EXPECT_EQ(call("GET", "/v2/rooms/own").status, 200);
    EXPECT_EQ(call("GET", "/v2/rooms/" + other).status, 403);
    EXPECT_EQ(call("GET", "/v2/sessions/s-own").status, 200);
    EXPECT_EQ(call("GET", "/v2/sessions/s-other").status, 403);
    EXPECT_EQ(call("GET", "/v2/rooms").body["pageInfo"]["total"], 1);
    EXPECT_EQ(call("GET", "/v2/sessions").body["pageInfo"]["total"], 1);
    EXPECT_EQ(call("GET", "/v2/sessions?roomId=" + other).status, 403);
    EXPECT_EQ(call("POST", "/v2/rooms", json::object()).status, 403);
    EXPECT_EQ(call("POST", "/v2/rooms/deactivate", {{"roomId", other}}).status, 403);
    EXPECT_EQ(call("POST", "/v2/sessions/end", {{"sessionId", "s-other"}}).status, 403);
  }
}

// --- routing ------------------------------------------------------------------------------------------------------

TEST_F(ApiTest, SaysWhatIsNotThere) {
  EXPECT_EQ(call("GET", "/v2/nothing").status, 404);
  EXPECT_EQ(call("GET", "/v2//rooms").status, 404);
  const Seen wrong = call("DELETE", "/v2/rooms");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(call("GET", "/v2/rooms/").status, 200);  // one slash too many is forgiven
}

TEST_F(ApiTest, TheDocumentNamesTheRoutersRoutesAndNoOthers) {
  std::set<RouteName> documented;
  const json document = json::parse(openapi_json());
  for (const auto& [path, methods] : document["paths"].items()) {
    if (!path.starts_with("/v2/")) continue;  // the server's own, see tests/integration
    for (const auto& [method, operation] : methods.items()) {
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(std::toupper(c));
      documented.insert({upper, path});
    }
  }
  const auto routes = Api::routes();
  EXPECT_EQ(documented, std::set<RouteName>(routes.begin(), routes.end()));
}

// --- rooms --------------------------------------------------------------------------------------------------------

TEST_F(ApiTest, MakesARoomWithEverythingInIt) {
  const json wanted = {{"customRoomId", "daily ✓"},
                       {"geoFence", "eu001"},
                       {"webhook", {{"endPoint", "https://example.org/hook?x=1"}, {"events", {"session*"}}}},
                       {"autoCloseConfig", {{"type", "session-end-and-deactivate"}, {"duration", 45}}},
                       {"allowedParticipantIds", {"ann", "bob"}},
                       {"somethingElse", {{"is", "ignored"}}}};
  const Seen made = call("POST", "/v2/rooms", wanted);
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_TRUE(std::regex_match(made.body["roomId"].get<std::string>(), std::regex("[a-z0-9]{4}(-[a-z0-9]{4}){2}")));
  for (const char* name : {"customRoomId", "geoFence", "webhook", "autoCloseConfig", "allowedParticipantIds"}) {
    EXPECT_EQ(made.body[name], wanted[name]) << name;
  }
  EXPECT_EQ(made.body["userId"], "key");
  EXPECT_EQ(made.body["disabled"], false);
  EXPECT_EQ(made.body["createdAt"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(made.body["links"]["get_room"], "https://host/v2/rooms/" + made.body["roomId"].get<std::string>());
  for (const char* name : {"roomId", "id"}) {
    EXPECT_EQ(call("GET", "/v2/rooms/" + made.body[name].get<std::string>()).body, made.body);
  }
  EXPECT_EQ(call("GET", "/v2/rooms/daily%20%E2%9C%93").body, made.body);
}

TEST_F(ApiTest, ACustomIdGivesTheSameRoomAgain) {
  const std::string first = make_room({{"customRoomId", "mine"}, {"geoFence", "a"}});
  const Seen again = call("POST", "/v2/rooms", {{"customRoomId", "mine"}, {"geoFence", "b"}});
  EXPECT_EQ(again.body["roomId"], first);
  EXPECT_EQ(again.body["geoFence"], "a");  // as it was
  EXPECT_EQ(call("POST", "/v2/rooms", {{"customRoomId", first}}).status, 409);
}

TEST_F(ApiTest, NamesTheFieldThatIsWrong) {
  const std::string long_text(600, 'x');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"([1])", "body"},
      {R"({)", "body"},
      {std::string(40, '[') + std::string(40, ']'), "body"},
      {R"({"customRoomId": 7})", "customRoomId"},
      {R"({"customRoomId": ""})", "customRoomId"},
      {R"({"customRoomId": "a/b"})", "customRoomId"},
      {"{\"customRoomId\": \"a\\nb\"}", "customRoomId"},
      {"{\"customRoomId\": \"" + long_text + "\"}", "customRoomId"},
      {R"({"geoFence": []})", "geoFence"},
      {R"({"webhook": "https://x"})", "webhook"},
      {R"({"webhook": {}})", "webhook.endPoint"},
      {R"({"webhook": {"endPoint": 1}})", "webhook.endPoint"},
      {R"({"webhook": {"endPoint": "ftp://x"}})", "webhook.endPoint"},
      {R"({"webhook": {"endPoint": "https://"}})", "webhook.endPoint"},
      {R"({"webhook": {"endPoint": "https://:80/"}})", "webhook.endPoint"},
      {R"({"webhook": {"endPoint": "https://u:p@x/"}})", "webhook.endPoint"},
      {R"({"webhook": {"endPoint": "https://x/a b"}})", "webhook.endPoint"},
      {"{\"webhook\": {\"endPoint\": \"https://x/" + long_text + "\"}}", "webhook.endPoint"},
      {R"({"webhook": {"endPoint": "https://x", "events": "all"}})", "webhook.events"},
      {R"({"webhook": {"endPoint": "https://x", "events": [1]}})", "webhook.events[0]"},
      {R"({"webhook": {"endPoint": "https://x", "events": ["ok", ""]}})", "webhook.events[1]"},
      {R"({"autoCloseConfig": []})", "autoCloseConfig"},
      {R"({"autoCloseConfig": {"type": "never"}})", "autoCloseConfig.type"},
      {R"({"autoCloseConfig": {"duration": 0}})", "autoCloseConfig.duration"},
      {R"({"autoCloseConfig": {"duration": 1.5}})", "autoCloseConfig.duration"},
      {R"({"autoCloseConfig": {"duration": "60"}})", "autoCloseConfig.duration"},
      {R"({"autoCloseConfig": {"duration": 18446744073709551615}})", "autoCloseConfig.duration"},
      {R"({"allowedParticipantIds": "ann"})", "allowedParticipantIds"},
      {R"({"allowedParticipantIds": ["a b"]})", "allowedParticipantIds[0]"},
  };
  for (const auto& [body, named] : cases) {
    const Seen seen = call_raw("POST", "/v2/rooms", body);
    EXPECT_EQ(seen.status, 400) << body;
    EXPECT_EQ(seen.body["error"], "Bad Request");
    EXPECT_TRUE(seen.message().starts_with(named + " ")) << body << " → " << seen.message();
  }
  EXPECT_EQ(store_->rooms().list(std::nullopt, {}).value().total, 0);
}

TEST_F(ApiTest, ListLimitsOfNamesHold) {
  json many = json::array();
  for (int i = 0; i <= 1000; ++i) many.push_back("p" + std::to_string(i));
  EXPECT_EQ(call("POST", "/v2/rooms", {{"allowedParticipantIds", many}}).status, 400);
  many.erase(0);
  EXPECT_EQ(call("POST", "/v2/rooms", {{"allowedParticipantIds", many}}).status, 200);
}

TEST_F(ApiTest, PagesRooms) {
  for (int i = 0; i < 3; ++i) make_room({{"customRoomId", "r" + std::to_string(i)}});
  const Seen second = call("GET", "/v2/rooms?page=2&perPage=2");
  EXPECT_EQ(second.body["pageInfo"], (json{{"currentPage", 2}, {"perPage", 2}, {"lastPage", 2}, {"total", 3}}));
  EXPECT_EQ(second.body["data"].size(), 1u);
  EXPECT_EQ(call("GET", "/v2/rooms?query=r1").body["data"][0]["customRoomId"], "r1");
  EXPECT_EQ(call("GET", "/v2/rooms?query=none").body["pageInfo"],
            (json{{"currentPage", 1}, {"perPage", 20}, {"lastPage", 1}, {"total", 0}}));
  for (const char* bad :
       {"page=0", "page=x", "page=-1", "page=99999999999999999999", "perPage=0", "perPage=101", "page="}) {
    const Seen seen = call("GET", std::string("/v2/rooms?") + bad);
    EXPECT_EQ(seen.status, 400) << bad;
    EXPECT_TRUE(std::string(bad).starts_with(seen.message().substr(0, seen.message().find(' ')))) << seen.message();
  }
}

TEST_F(ApiTest, DeactivatesARoomForGood) {
  const std::string room = make_room({{"customRoomId", "mine"}});
  EXPECT_EQ(call("GET", "/v2/rooms/validate/" + room).status, 200);
  EXPECT_EQ(call("POST", "/v2/rooms/validate/mine").status, 200);
  EXPECT_EQ(call("POST", "/v2/rooms/deactivate", {{"roomId", "mine"}}).status, 400);
  EXPECT_EQ(call("POST", "/v2/rooms/deactivate", {{"roomId", "none"}}).status, 404);
  EXPECT_EQ(call("POST", "/v2/rooms/deactivate", json::object()).status, 400);
  EXPECT_EQ(call("POST", "/v2/rooms/deactivate", {{"roomId", 7}}).status, 400);
  const Seen done = call("POST", "/v2/rooms/deactivate", {{"roomId", room}});
  EXPECT_EQ(done.body["disabled"], true);
  ASSERT_EQ(done.actions.size(), 1u);
  EXPECT_EQ(std::get<CloseRoom>(done.actions[0]).room, RoomId(room));
  EXPECT_EQ(call("GET", "/v2/rooms/validate/" + room).status, 400);
  EXPECT_EQ(call("GET", "/v2/rooms/validate/none").status, 404);
  EXPECT_THAT(call("POST", "/v2/rooms/deactivate", {{"roomId", room}}).actions, IsEmpty());
}

// --- sessions -----------------------------------------------------------------------------------------------------

TEST_F(ApiTest, ShowsASession) {
  const std::string room = make_room({{"customRoomId", "mine"}});
  make_session(room);
  const Seen seen = call("GET", "/v2/sessions/s-1");
  ASSERT_EQ(seen.status, 200);
  EXPECT_EQ(seen.body["roomId"], room);
  EXPECT_EQ(seen.body["customRoomId"], "mine");
  EXPECT_EQ(seen.body["status"], "ongoing");
  EXPECT_EQ(seen.body["end"], nullptr);
  EXPECT_EQ(seen.body["participants"].size(), 2u);
  EXPECT_EQ(seen.body["participants"][0],
            (json{{"participantId", "bob"},
                  {"name", "Name of bob"},
                  {"timelog", {{{"start", "2023-11-14T22:13:20.000Z"}, {"end", "2023-11-14T22:13:25.000Z"}}}}}));
  ASSERT_TRUE(store_->sessions().end(SessionId("s-1"), kNow + TimeDelta::seconds(61)));
  const Seen ended = call("GET", "/v2/sessions/s-1");
  EXPECT_EQ(ended.body["status"], "ended");
  EXPECT_EQ(ended.body["activeDuration"], 61);
  EXPECT_EQ(call("GET", "/v2/sessions/none").status, 404);
}

TEST_F(ApiTest, FiltersSessions) {
  const std::string room = make_room({{"customRoomId", "mine"}});
  make_session(room);
  const auto total = [&](const std::string& query) {
    return call("GET", "/v2/sessions?" + query).body["pageInfo"]["total"].get<int>();
  };
  EXPECT_EQ(total("roomId=" + room), 1);
  EXPECT_EQ(total("roomId=other"), 0);
  EXPECT_EQ(total("customRoomId=mine"), 1);
  EXPECT_EQ(total("query=s-1"), 1);
  EXPECT_EQ(total("status=ended"), 0);
  EXPECT_EQ(total("status=ongoing&startDate=1700000000000&endDate=1700000000000"), 1);
  EXPECT_EQ(total("startDate=1700000000001"), 0);
  for (const char* bad : {"status=on", "startDate=x", "startDate=-1", "endDate=1e3", "perPage=1000"}) {
    EXPECT_EQ(call("GET", std::string("/v2/sessions?") + bad).status, 400) << bad;
  }
}

TEST_F(ApiTest, ShowsWhatParticipantsDid) {
  const SessionId session = make_session(make_room());
  const auto act = [&](const char* kind, bool on, int64_t seconds, const char* value = "") {
    ASSERT_TRUE(store_->sessions().add_activity(session, ParticipantId("ann"),
                                                {kind, on, value, kNow + TimeDelta::seconds(seconds)}));
  };
  act("mic", true, 1);
  act("mic", false, 2);
  act("mic", true, 3);
  act("webcam", false, 3);  // was never on
  act("mode", true, 4, "RECV_ONLY");
  const Seen list = call("GET", "/v2/sessions/s-1/participants/active");
  EXPECT_EQ(list.body["pageInfo"]["total"], 1);
  const json ann = list.body["data"][0];
  EXPECT_EQ(ann["participantId"], "ann");
  EXPECT_EQ(ann["events"]["mic"], (json{{{"start", "2023-11-14T22:13:21.000Z"}, {"end", "2023-11-14T22:13:22.000Z"}},
                                        {{"start", "2023-11-14T22:13:23.000Z"}, {"end", nullptr}}}));
  EXPECT_THAT(ann["events"]["webcam"], IsEmpty());
  EXPECT_EQ(ann["mode"], "RECV_ONLY");
  EXPECT_EQ(ann["changeModeHistory"], (json{{{"mode", "RECV_ONLY"}, {"time", "2023-11-14T22:13:24.000Z"}}}));
  EXPECT_EQ(ann["deviceInfo"]["platform"], "Linux");
  EXPECT_EQ(ann["metaData"], (json{{"seat", 1}}));
  EXPECT_EQ(call("GET", "/v2/sessions/s-1/participants/ann").body, ann);
  EXPECT_EQ(call("GET", "/v2/sessions/s-1/participants").body["pageInfo"]["total"], 2);
  EXPECT_EQ(call("GET", "/v2/sessions/s-1/participants/eve").status, 404);
}

TEST_F(ApiTest, GivesQualityOverTime) {
  const SessionId session = make_session(make_room());
  ASSERT_TRUE(
      store_->samples().append({session, ParticipantId("ann"), kNow, 25, {1, 32, 2}, {3, 900, 4}, {}, {}, 4.4, 4.1}));
  ASSERT_TRUE(store_->samples().append({session, ParticipantId("bob"), kNow, 30, {}, {}, {}, {}, 4, 4}));
  EXPECT_EQ(call("GET", "/v2/sessions/s-1/stats").body["data"].size(), 2u);
  const Seen one = call("GET", "/v2/sessions/s-1/participant/ann/stats");
  ASSERT_EQ(one.body["data"].size(), 1u);
  EXPECT_EQ(one.body["data"][0]["averageSendVideoBitrate"], 900);
  EXPECT_EQ(one.body["data"][0]["qualityScore"]["audio"], 4.4);
  EXPECT_EQ(call("GET", "/v2/sessions/s-1/participant/eve/stats").status, 404);
}

TEST_F(ApiTest, GivesChatAsCsv) {
  const SessionId session = make_session(make_room());
  ASSERT_TRUE(store_->chat().append({session, "m", "CHAT", "say \"hi\",\nall", "{}", "ann", "=1+1", {}, kNow}));
  const Seen seen = call("GET", "/v2/sessions/s-1/chat");
  EXPECT_EQ(seen.text,
            "timestamp,topic,senderId,senderName,message,payload\r\n"
            "2023-11-14T22:13:20.000Z,\"CHAT\",\"ann\",\"'=1+1\",\"say \"\"hi\"\",\nall\",\"{}\"\r\n");
}

TEST_F(ApiTest, EndsASession) {
  const std::string room = make_room({{"customRoomId", "mine"}});
  EXPECT_EQ(call("POST", "/v2/sessions/end", {{"roomId", room}}).status, 404);  // none goes on
  make_session(room);
  now_ = kNow + TimeDelta::seconds(10);
  for (const json& bad : {json::object(), json{{"roomId", 1}}, json{{"roomId", room}, {"force", "yes"}},
                          json{{"roomId", room}, {"ignoreClosed", 1}}, json{{"sessionId", ""}}}) {
    EXPECT_EQ(call("POST", "/v2/sessions/end", bad).status, 400) << bad;
  }
  EXPECT_EQ(call("POST", "/v2/sessions/end", {{"sessionId", "s-1"}, {"roomId", "other"}}).status, 400);
  const Seen done = call("POST", "/v2/sessions/end", {{"meetingId", "mine"}});
  ASSERT_EQ(done.status, 200) << done.text;
  EXPECT_EQ(done.body["status"], "ended");
  ASSERT_EQ(done.actions.size(), 1u);
  EXPECT_EQ(std::get<EndSession>(done.actions[0]).session, SessionId("s-1"));
  EXPECT_EQ(call("POST", "/v2/sessions/end", {{"sessionId", "s-1"}}).status, 400);
  EXPECT_EQ(call("POST", "/v2/sessions/end", {{"sessionId", "s-1"}, {"ignoreClosed", true}}).status, 200);
}

TEST_F(ApiTest, RemovesAParticipant) {
  const std::string room = make_room();
  make_session(room);
  const auto remove = [&](const json& body) { return call("POST", "/v2/sessions/participants/remove", body); };
  EXPECT_EQ(remove({{"roomId", room}}).status, 400);
  EXPECT_EQ(remove({{"participantId", "ann"}}).status, 400);
  EXPECT_EQ(remove({{"participantId", 3}, {"roomId", room}}).status, 400);
  EXPECT_EQ(remove({{"participantId", "eve"}, {"roomId", room}}).status, 404);
  EXPECT_EQ(remove({{"participantId", "bob"}, {"roomId", room}}).status, 404);  // has left
  const Seen done = remove({{"participantId", "ann"}, {"roomId", room}});
  ASSERT_EQ(done.status, 200);
  ASSERT_EQ(done.actions.size(), 1u);
  EXPECT_EQ(std::get<RemoveParticipant>(done.actions[0]).participant, ParticipantId("ann"));
}

TEST_F(ApiTest, ShowsHowWebhooksWereDelivered) {
  const std::string room = make_room({{"webhook", {{"endPoint", "https://x"}}}});
  const SessionId session = make_session(room);
  const WebhookEvent started{.room = RoomId(room), .session = session, .start = kNow};
  ASSERT_TRUE(enqueue(*store_, started, kNow).value());
  ASSERT_TRUE(store_->deliveries().record({1, store::DeliveryState::Delivered, kNow, 204, ""}));
  const json expected = {
      {"totalCount", 1},
      {"successCount", 1},
      {"data", {{{"type", "session-started"}, {"success", true}, {"attempts", 1}, {"statusCode", 204}}}}};
  EXPECT_EQ(call("GET", "/v2/sessions/s-1").body["webhook"], expected);
  EXPECT_EQ(call("GET", "/v2/rooms/" + room + "/webhooks").body, expected);
}

TEST_F(ApiTest, GivesThePublicKeyToEverybody) {
  authorization_ = "";
  EXPECT_EQ(call("GET", "/v2/public/rsa-public-key").body["publicKey"], "PEM");
}

// --- requests -----------------------------------------------------------------------------------------------------

TEST(Request, SplitsTargets) {
  Request request;
  parse_target("/v2/a%2Fb%zz?x=1+2&y=%26&&z&x=3", request);
  EXPECT_EQ(request.path, "/v2/a/b%zz");
  EXPECT_EQ(*request.parameter("x"), "1 2");
  EXPECT_EQ(*request.parameter("y"), "&");
  EXPECT_EQ(*request.parameter("z"), "");
  EXPECT_EQ(request.parameter("w"), nullptr);
}

}  // namespace
}  // namespace parley::api
