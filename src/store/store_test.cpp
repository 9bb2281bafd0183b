// The contract of store/store.hpp, held by every adapter.
#include "store/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace parley::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Memory {
  static std::unique_ptr<Store> open() { return open_memory_store(); }
};
struct Sqlite {
  static std::unique_ptr<Store> open() { return std::move(open_sqlite_store(":memory:").value()); }
};

constexpr UtcTime at(int64_t ms) { return UtcTime::from_ms(1'700'000'000'000 + ms); }

RoomRecord room(int n) {
  const std::string digit = std::to_string(n);
  return {.id = RoomId("room-" + digit),
          .record_id = "record-" + digit,
          .user_id = "key",
          .created_at = at(n),
          .updated_at = at(n)};
}

template <typename Adapter>
class StoreTest : public ::testing::Test {
 protected:
  /// A session "s-<n>" of room <n>, started at `n` ms.
  SessionId start(int n) {
    const SessionId id("s-" + std::to_string(n));
    EXPECT_TRUE(store_->rooms().insert(room(n)));
    EXPECT_TRUE(store_->sessions().start({id, room(n).id, at(n), std::nullopt}));
    return id;
  }
  ParticipantEntry entry(const SessionId& session, const std::string& id, int64_t when) {
    return {session, ParticipantId(id), "Name of " + id, "{\"a\":1}", "SEND_AND_RECV", {"js", "1.0", "Linux", "UA"},
            at(when)};
  }
  ParticipantRecord participant(const SessionId& session, const std::string& id) {
    return sessions().find_participant(session, ParticipantId(id)).value().value();
  }
  RoomStore& rooms() { return store_->rooms(); }
  SessionStore& sessions() { return store_->sessions(); }
  DeliveryStore& deliveries() { return store_->deliveries(); }

  std::unique_ptr<Store> store_ = Adapter::open();
};

using Adapters = ::testing::Types<Memory, Sqlite>;
TYPED_TEST_SUITE(StoreTest, Adapters);

template <typename T>
std::vector<std::string> ids(const Page<T>& page) {
  std::vector<std::string> out;
  for (const T& item : page.items) {
    if constexpr (requires { item.id; }) {
      out.push_back(item.id.value());
    } else {
      out.push_back(item.participant.value());
    }
  }
  return out;
}

// --- rooms --------------------------------------------------------------------------------------------------------

TYPED_TEST(StoreTest, KeepsEveryFieldOfARoom) {
  RoomRecord full = room(1);
  full.custom_room_id = "daily \"stand-up\" ✓";
  full.geo_fence = "eu001";
  full.disabled = true;
  full.webhook = RoomWebhook{"https://example.org/hook", {"session*", "participant-joined"}};
  full.auto_close = AutoClose{AutoCloseType::SessionEndAndDeactivate, 45};
  full.allowed_participant_ids = {"ann", "bob"};
  full.auto_start = {"{\"config\":{}}", "{\"a\":1}"};
  full.multi_composition = {.recording = true, .hls = true};
  ASSERT_TRUE(this->rooms().insert(full));
  ASSERT_TRUE(this->rooms().insert(room(2)));
  EXPECT_EQ(this->rooms().find("room-1").value(), full);
  EXPECT_EQ(this->rooms().find("room-2").value(), room(2));
}

TYPED_TEST(StoreTest, FindsARoomByEachOfItsNames) {
  RoomRecord named = room(1);
  named.custom_room_id = "mine";
  ASSERT_TRUE(this->rooms().insert(named));
  ASSERT_TRUE(this->rooms().insert(room(2)));  // without a custom id
  for (const char* name : {"room-1", "mine", "record-1"}) EXPECT_EQ(this->rooms().find(name).value(), named) << name;
  EXPECT_EQ(this->rooms().find("Mine").value(), std::nullopt);
  EXPECT_EQ(this->rooms().find("").value(), std::nullopt);
  EXPECT_EQ(this->rooms().find("x' OR '1'='1").value(), std::nullopt);
}

TYPED_TEST(StoreTest, RefusesATakenNameOfARoom) {
  RoomRecord first = room(1);
  first.custom_room_id = "mine";
  ASSERT_TRUE(this->rooms().insert(first));
  RoomRecord same_custom = room(2);
  same_custom.custom_room_id = "mine";
  RoomRecord same_record = room(3);
  same_record.record_id = "record-1";
  for (const RoomRecord& taken : {room(1), same_custom, same_record}) {
    const Result<void> inserted = this->rooms().insert(taken);
    ASSERT_FALSE(inserted);
    EXPECT_EQ(inserted.error().kind, Error::Kind::Conflict);
  }
  EXPECT_EQ(this->rooms().list(std::nullopt, {}).value().total, 1);
}

TYPED_TEST(StoreTest, UpdatesARoom) {
  ASSERT_TRUE(this->rooms().insert(room(1)));
  ASSERT_TRUE(this->rooms().insert(room(2)));
  RoomRecord changed = room(1);
  changed.disabled = true;
  changed.custom_room_id = "later";
  changed.updated_at = at(99);
  ASSERT_TRUE(this->rooms().update(changed));
  EXPECT_EQ(this->rooms().find("later").value(), changed);
  EXPECT_EQ(this->rooms().find("room-2").value(), room(2));

  const Result<void> unknown = this->rooms().update(room(3));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Error::Kind::NotFound);
  RoomRecord taken = room(2);
  taken.custom_room_id = "later";
  ASSERT_FALSE(this->rooms().update(taken));
}

TYPED_TEST(StoreTest, ListsRoomsNewestFirstByPages) {
  for (int n = 1; n <= 5; ++n) ASSERT_TRUE(this->rooms().insert(room(n)));
  const auto page = [&](int64_t number) { return this->rooms().list(std::nullopt, {number, 2}).value(); };
  EXPECT_THAT(ids(page(1)), ElementsAre("room-5", "room-4"));
  EXPECT_THAT(ids(page(3)), ElementsAre("room-1"));
  EXPECT_EQ(page(3).total, 5);
  EXPECT_THAT(ids(page(4)), IsEmpty());
  EXPECT_EQ(page(4).total, 5);
  EXPECT_THAT(ids(this->rooms().list("room-3", {}).value()), ElementsAre("room-3"));
  EXPECT_EQ(this->rooms().list("room-9", {}).value().total, 0);
}

// --- sessions -----------------------------------------------------------------------------------------------------

TYPED_TEST(StoreTest, StartsAndEndsASession) {
  const SessionId id = this->start(1);
  EXPECT_EQ(this->sessions().find(id).value(), (SessionRecord{id, RoomId("room-1"), at(1), std::nullopt}));
  ASSERT_TRUE(this->sessions().end(id, at(50)));
  ASSERT_TRUE(this->sessions().end(id, at(60)));  // the first end stays
  EXPECT_EQ(this->sessions().find(id).value()->end, at(50));
  EXPECT_EQ(this->sessions().find(SessionId("other")).value(), std::nullopt);
}

TYPED_TEST(StoreTest, RefusesASessionThatCannotBe) {
  const SessionId id = this->start(1);
  const Result<void> again = this->sessions().start({id, RoomId("room-1"), at(2), std::nullopt});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, Error::Kind::Conflict);
  const Result<void> roomless = this->sessions().start({SessionId("s-9"), RoomId("none"), at(2), std::nullopt});
  ASSERT_FALSE(roomless);
  EXPECT_EQ(roomless.error().kind, Error::Kind::NotFound);
  const Result<void> unknown = this->sessions().end(SessionId("s-9"), at(3));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Error::Kind::NotFound);
}

TYPED_TEST(StoreTest, FiltersSessions) {
  for (int n = 1; n <= 4; ++n) this->start(n);
  RoomRecord named = room(2);
  named.custom_room_id = "mine";
  ASSERT_TRUE(this->rooms().update(named));
  ASSERT_TRUE(this->sessions().end(SessionId("s-1"), at(100)));
  const auto list = [&](SessionFilter filter) { return ids(this->sessions().list(filter, {}).value()); };
  EXPECT_THAT(list({}), ElementsAre("s-4", "s-3", "s-2", "s-1"));
  EXPECT_THAT(list({.room = RoomId("room-3")}), ElementsAre("s-3"));
  EXPECT_THAT(list({.custom_room_id = "mine"}), ElementsAre("s-2"));
  EXPECT_THAT(list({.query = "mine"}), ElementsAre("s-2"));
  EXPECT_THAT(list({.query = "room-4"}), ElementsAre("s-4"));
  EXPECT_THAT(list({.query = "s-1"}), ElementsAre("s-1"));
  EXPECT_THAT(list({.started_from = at(2), .started_to = at(3)}), ElementsAre("s-3", "s-2"));
  EXPECT_THAT(list({.ongoing = false}), ElementsAre("s-1"));
  EXPECT_THAT(list({.room = RoomId("room-1"), .ongoing = true}), IsEmpty());
  const Page<SessionRecord> second = this->sessions().list({.ongoing = true}, {2, 2}).value();
  EXPECT_THAT(ids(second), ElementsAre("s-2"));
  EXPECT_EQ(second.total, 3);
}

TYPED_TEST(StoreTest, EndsWhatACrashLeftOpen) {
  const SessionId first = this->start(1);
  const SessionId second = this->start(2);
  ASSERT_TRUE(this->sessions().enter(this->entry(second, "ann", 5)));
  ASSERT_TRUE(this->sessions().end(first, at(9)));
  const auto ended = this->sessions().end_all(at(50)).value();
  EXPECT_THAT(ended, ElementsAre(SessionRecord{second, RoomId("room-2"), at(2), at(50)}));
  EXPECT_THAT(this->participant(second, "ann").timelog, ElementsAre(Interval{at(5), at(50)}));
  EXPECT_THAT(this->sessions().end_all(at(60)).value(), IsEmpty());
}

// --- participants -------------------------------------------------------------------------------------------------

TYPED_TEST(StoreTest, KeepsAParticipantOverItsEntries) {
  const SessionId id = this->start(1);
  ASSERT_TRUE(this->sessions().enter(this->entry(id, "ann", 10)));
  ASSERT_TRUE(this->sessions().exit(id, ParticipantId("ann"), at(20)));
  ParticipantEntry later = this->entry(id, "ann", 30);
  later.name = "Ann B";
  later.mode = "RECV_ONLY";
  ASSERT_TRUE(this->sessions().enter(later));
  const ParticipantRecord expected{id,
                                   ParticipantId("ann"),
                                   "Ann B",
                                   "{\"a\":1}",
                                   "RECV_ONLY",
                                   {"js", "1.0", "Linux", "UA"},
                                   {{at(10), at(20)}, {at(30), std::nullopt}},
                                   {}};
  EXPECT_EQ(this->participant(id, "ann"), expected);
}

TYPED_TEST(StoreTest, ASecondEntryClosesTheFirst) {
  const SessionId id = this->start(1);
  ASSERT_TRUE(this->sessions().enter(this->entry(id, "ann", 10)));
  ASSERT_TRUE(this->sessions().enter(this->entry(id, "ann", 15)));
  EXPECT_THAT(this->participant(id, "ann").timelog,
              ElementsAre(Interval{at(10), at(15)}, Interval{at(15), std::nullopt}));
  ASSERT_TRUE(this->sessions().exit(id, ParticipantId("ann"), at(20)));
  ASSERT_TRUE(this->sessions().exit(id, ParticipantId("ann"), at(30)));  // already out
  ASSERT_TRUE(this->sessions().exit(id, ParticipantId("nobody"), at(30)));
  EXPECT_EQ(this->participant(id, "ann").timelog.back().end, at(20));
}

TYPED_TEST(StoreTest, EndingASessionSendsEverybodyOut) {
  const SessionId id = this->start(1);
  ASSERT_TRUE(this->sessions().enter(this->entry(id, "ann", 10)));
  ASSERT_TRUE(this->sessions().end(id, at(40)));
  EXPECT_EQ(this->participant(id, "ann").timelog.back().end, at(40));
  EXPECT_EQ(this->sessions().participants(id, true, {}).value().total, 0);
}

TYPED_TEST(StoreTest, ListsParticipantsInTheOrderTheyCame) {
  const SessionId id = this->start(1);
  const SessionId other = this->start(2);
  for (const char* name : {"cid", "ann", "bob"}) ASSERT_TRUE(this->sessions().enter(this->entry(id, name, 10)));
  ASSERT_TRUE(this->sessions().enter(this->entry(other, "eve", 10)));
  ASSERT_TRUE(this->sessions().exit(id, ParticipantId("ann"), at(20)));
  EXPECT_THAT(ids(this->sessions().participants(id, false, {}).value()), ElementsAre("cid", "ann", "bob"));
  EXPECT_THAT(ids(this->sessions().participants(id, true, {}).value()), ElementsAre("cid", "bob"));
  const Page<ParticipantRecord> second = this->sessions().participants(id, false, {2, 2}).value();
  EXPECT_THAT(ids(second), ElementsAre("bob"));
  EXPECT_EQ(second.total, 3);
  EXPECT_EQ(this->sessions().participants(SessionId("none"), false, {}).value().total, 0);
}

TYPED_TEST(StoreTest, RefusesParticipantsOfUnknownSessions) {
  const Result<void> entered = this->sessions().enter(this->entry(SessionId("none"), "ann", 1));
  ASSERT_FALSE(entered);
  EXPECT_EQ(entered.error().kind, Error::Kind::NotFound);
  const Result<void> acted = this->sessions().add_activity(SessionId("none"), ParticipantId("ann"), {});
  ASSERT_FALSE(acted);
  EXPECT_EQ(acted.error().kind, Error::Kind::NotFound);
}

TYPED_TEST(StoreTest, KeepsActivitiesAndTheLatestMode) {
  const SessionId id = this->start(1);
  ASSERT_TRUE(this->sessions().enter(this->entry(id, "ann", 10)));
  const Activity mic{"mic", true, "", at(11)};
  const Activity mode{"mode", true, "RECV_ONLY", at(12)};
  ASSERT_TRUE(this->sessions().add_activity(id, ParticipantId("ann"), mic));
  ASSERT_TRUE(this->sessions().add_activity(id, ParticipantId("ann"), mode));
  EXPECT_THAT(this->participant(id, "ann").activities, ElementsAre(mic, mode));
  EXPECT_EQ(this->participant(id, "ann").mode, "RECV_ONLY");
}

TYPED_TEST(StoreTest, KeepsOnlyTheNewestActivities) {
  const SessionId id = this->start(1);
  ASSERT_TRUE(this->sessions().enter(this->entry(id, "ann", 10)));
  ASSERT_TRUE(this->sessions().enter(this->entry(id, "bob", 10)));
  ASSERT_TRUE(this->sessions().add_activity(id, ParticipantId("bob"), {"mic", true, "", at(0)}));
  for (int i = 0; i <= SessionStore::kMaxActivities; ++i) {
    ASSERT_TRUE(this->sessions().add_activity(id, ParticipantId("ann"), {"mic", i % 2 == 0, "", at(i)}));
  }
  const ParticipantRecord ann = this->participant(id, "ann");
  ASSERT_EQ(ann.activities.size(), static_cast<size_t>(SessionStore::kMaxActivities));
  EXPECT_EQ(ann.activities.front().at, at(1));
  EXPECT_EQ(ann.activities.back().at, at(SessionStore::kMaxActivities));
  EXPECT_EQ(this->participant(id, "bob").activities.size(), 1u);
}

// --- chat and samples ---------------------------------------------------------------------------------------------

TYPED_TEST(StoreTest, KeepsChatInOrder) {
  const SessionId id = this->start(1);
  const SessionId other = this->start(2);
  const ChatRecord first{id, "m1", "CHAT", "hello\nworld", "{\"x\":2}", "ann", "Ann", {"bob", "cid"}, at(5)};
  const ChatRecord second{id, "m2", "CHAT", "", "", "bob", "Bob", {}, at(4)};
  const ChatRecord elsewhere{other, "m3", "CHAT", "hi", "", "ann", "Ann", {}, at(6)};
  for (const ChatRecord& m : {first, second, elsewhere}) ASSERT_TRUE(this->store_->chat().append(m));
  EXPECT_THAT(this->store_->chat().list(id, 10).value(), ElementsAre(first, second));
  EXPECT_THAT(this->store_->chat().list(id, 1).value(), ElementsAre(first));
  ChatRecord orphan = first;
  orphan.session = SessionId("none");
  EXPECT_FALSE(this->store_->chat().append(orphan));
}

TYPED_TEST(StoreTest, KeepsAndPrunesSamples) {
  const SessionId id = this->start(1);
  const auto sample = [&](const char* who, int64_t when) {
    return QualitySample{id,           ParticipantId(who), at(when), 12.5, {1, 32, 0.5}, {2, 900, 1.5},
                         {3, 33, 2.5}, {4, 1800, 3.5},     4.25,     3.75};
  };
  for (const auto& s : {sample("ann", 1), sample("bob", 2), sample("ann", 3)}) {
    ASSERT_TRUE(this->store_->samples().append(s));
  }
  EXPECT_THAT(this->store_->samples().list(id, std::nullopt, 10).value(),
              ElementsAre(sample("ann", 1), sample("bob", 2), sample("ann", 3)));
  EXPECT_THAT(this->store_->samples().list(id, ParticipantId("ann"), 10).value(),
              ElementsAre(sample("ann", 1), sample("ann", 3)));
  EXPECT_THAT(this->store_->samples().list(id, std::nullopt, 1).value(), ElementsAre(sample("ann", 1)));
  EXPECT_EQ(this->store_->samples().prune(at(3)).value(), 2);
  EXPECT_THAT(this->store_->samples().list(id, std::nullopt, 10).value(), ElementsAre(sample("ann", 3)));
  QualitySample orphan = sample("ann", 1);
  orphan.session = SessionId("none");
  EXPECT_FALSE(this->store_->samples().append(orphan));
}

// --- webhook outbox -----------------------------------------------------------------------------------------------

Delivery delivery(const char* type, int64_t due) {
  return {.room = RoomId("room-1"),
          .session = SessionId("s-1"),
          .type = type,
          .url = "https://example.org/",
          .body = "{\"a\":\"ü\"}",
          .created_at = at(1),
          .next_attempt_at = at(due)};
}

TYPED_TEST(StoreTest, GivesOutDeliveriesWhenTheyAreDue) {
  Delivery early = delivery("session-started", 10);
  early.id = this->deliveries().add(early).value();
  const int64_t late = this->deliveries().add(delivery("session-ended", 20)).value();
  EXPECT_LT(early.id, late);
  EXPECT_EQ(this->deliveries().next_due().value(), at(10));
  EXPECT_THAT(this->deliveries().due(at(9), 10).value(), IsEmpty());
  EXPECT_THAT(this->deliveries().due(at(10), 10).value(), ElementsAre(early));
  EXPECT_EQ(this->deliveries().due(at(20), 10).value().size(), 2u);
  EXPECT_EQ(this->deliveries().due(at(20), 1).value().size(), 1u);
}

TYPED_TEST(StoreTest, RecordsAttempts) {
  const int64_t id = this->deliveries().add(delivery("session-started", 10)).value();
  ASSERT_TRUE(this->deliveries().record({id, DeliveryState::Pending, at(40), 503, "Service Unavailable"}));
  EXPECT_THAT(this->deliveries().due(at(39), 10).value(), IsEmpty());
  ASSERT_EQ(this->deliveries().due(at(40), 10).value().size(), 1u);
  ASSERT_TRUE(this->deliveries().record({id, DeliveryState::Delivered, at(40), 200, ""}));
  EXPECT_THAT(this->deliveries().due(at(99), 10).value(), IsEmpty());
  EXPECT_EQ(this->deliveries().next_due().value(), std::nullopt);
  const Delivery kept = this->deliveries().of_session(SessionId("s-1"), 10).value().at(0);
  EXPECT_EQ(kept.attempts, 2);
  EXPECT_EQ(kept.state, DeliveryState::Delivered);
  EXPECT_EQ(kept.last_status, 200);
  EXPECT_EQ(kept.last_error, "");
  const Result<void> unknown = this->deliveries().record({id + 1, DeliveryState::Failed, at(1), 0, ""});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Error::Kind::NotFound);
}

TYPED_TEST(StoreTest, FindsDeliveriesOfARoomAndPrunesSettledOnes) {
  Delivery elsewhere = delivery("session-started", 10);
  elsewhere.room = RoomId("room-2");
  elsewhere.session = SessionId("s-2");
  const int64_t done = this->deliveries().add(delivery("session-started", 10)).value();
  const int64_t pending = this->deliveries().add(delivery("session-ended", 10)).value();
  ASSERT_TRUE(this->deliveries().add(elsewhere));
  ASSERT_TRUE(this->deliveries().record({done, DeliveryState::Failed, at(10), 0, "refused"}));
  EXPECT_EQ(this->deliveries().of_room(RoomId("room-1"), 10).value().size(), 2u);
  EXPECT_EQ(this->deliveries().of_room(RoomId("room-1"), 1).value().size(), 1u);
  EXPECT_EQ(this->deliveries().prune(at(1)).value(), 0);  // made at 1, not before
  EXPECT_EQ(this->deliveries().prune(at(2)).value(), 1);
  const auto left = this->deliveries().of_room(RoomId("room-1"), 10).value();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, pending);
}

// --- egresses -----------------------------------------------------------------------------------------------------

EgressRecord egress(const std::string& id, int room_number, int64_t when) {
  return {.id = EgressId(id),
          .kind = "recording",
          .room = room(room_number).id,
          .session = SessionId("s-" + std::to_string(room_number)),
          .status = "started",
          .open = true,
          .created_at = at(when),
          .details_json = "{\"part\":1}"};
}

TYPED_TEST(StoreTest, KeepsEveryFieldOfAnEgressAndItsNewest) {
  this->start(1);
  EgressRecord record = egress("e1", 1, 5);
  record.participant = ParticipantId("ann");
  ASSERT_TRUE(this->store_->egresses().put(record, "[keys]"));
  EXPECT_EQ(this->store_->egresses().find(EgressId("e1")).value(), record);
  record.status = "stopping";
  record.details_json = "{\"part\":2}";
  ASSERT_TRUE(this->store_->egresses().put(record, "[other keys]"));
  EXPECT_EQ(this->store_->egresses().find(EgressId("e1")).value(), record);
  EXPECT_THAT(this->store_->egresses().open().value(), ElementsAre(OpenEgress{record, "[other keys]"}));
  EXPECT_EQ(this->store_->egresses().find(EgressId("e2")).value(), std::nullopt);
  const auto lost = this->store_->egresses().put(egress("e3", 9, 1), "");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, Error::Kind::NotFound) << "there is no such room";
}

TYPED_TEST(StoreTest, ForgetsTheSecretsOfAnEgressThatIsOver) {
  this->start(1);
  EgressRecord record = egress("e1", 1, 5);
  ASSERT_TRUE(this->store_->egresses().put(record, "[keys]"));
  record.open = false;
  ASSERT_TRUE(this->store_->egresses().put(record, "[keys]"));
  EXPECT_THAT(this->store_->egresses().open().value(), IsEmpty());
  record.open = true;  // nothing does this; it shows that they are gone
  ASSERT_TRUE(this->store_->egresses().put(record, ""));
  EXPECT_EQ(this->store_->egresses().open().value()[0].secrets_json, "");
}

TYPED_TEST(StoreTest, ListsEgressesByWhatTheyAre) {
  this->start(1);
  this->start(2);
  EgressRecord stream = egress("e2", 1, 20);
  stream.kind = "livestream";
  EgressRecord track = egress("e3", 2, 30);
  track.kind = "track-recording";
  track.participant = ParticipantId("ann");
  for (const EgressRecord& record : {egress("e1", 1, 10), stream, track}) {
    ASSERT_TRUE(this->store_->egresses().put(record, ""));
  }
  const auto list = [&](const EgressFilter& filter) { return ids(this->store_->egresses().list(filter, {}).value()); };
  EXPECT_THAT(list({}), ElementsAre("e3", "e2", "e1"));
  EXPECT_THAT(list({.kinds = {"recording"}}), ElementsAre("e1")) << "a track-recording is no recording";
  EXPECT_THAT(list({.kinds = {"recording", "track-recording"}}), ElementsAre("e3", "e1"));
  EXPECT_THAT(list({.room = RoomId("room-1")}), ElementsAre("e2", "e1"));
  EXPECT_THAT(list({.session = SessionId("s-2")}), ElementsAre("e3"));
  EXPECT_THAT(list({.participant = ParticipantId("ann")}), ElementsAre("e3"));
  EXPECT_THAT(list({.query = "s-1"}), ElementsAre("e2", "e1"));
  EXPECT_THAT(list({.query = "e1"}), ElementsAre("e1"));
  EXPECT_THAT(list({.kinds = {"hls"}}), IsEmpty());
  const auto second = this->store_->egresses().list({}, {.page = 2, .per_page = 2}).value();
  EXPECT_EQ(second.total, 3);
  EXPECT_THAT(ids(second), ElementsAre("e1"));
}

TYPED_TEST(StoreTest, ARemovedEgressIsGoneForGood) {
  this->start(1);
  EgressRecord record = egress("e1", 1, 10);
  record.open = false;
  ASSERT_TRUE(this->store_->egresses().put(record, ""));
  ASSERT_TRUE(this->store_->egresses().remove(EgressId("e1"), "{\"removing\":true}"));
  EXPECT_EQ(this->store_->egresses().find(EgressId("e1")).value(), std::nullopt);
  EXPECT_EQ(this->store_->egresses().list({}, {}).value().total, 0);
  const auto open = this->store_->egresses().open().value();
  ASSERT_EQ(open.size(), 1u) << "its files are still to be removed";
  EXPECT_EQ(open[0].record.details_json, "{\"removing\":true}");
  ASSERT_TRUE(this->store_->egresses().put(record, "")) << "a late write does not bring it back";
  EXPECT_EQ(this->store_->egresses().find(EgressId("e1")).value(), std::nullopt);
  EXPECT_TRUE(this->store_->egresses().open().value().empty());
  EXPECT_FALSE(this->store_->egresses().remove(EgressId("e1"), "{}"));
}

TYPED_TEST(StoreTest, KeepsMetaValues) {
  EXPECT_EQ(this->store_->meta().get("key").value(), std::nullopt);
  ASSERT_TRUE(this->store_->meta().put("key", "one"));
  ASSERT_TRUE(this->store_->meta().put("key", "two\n"));
  EXPECT_EQ(this->store_->meta().get("key").value(), "two\n");
}

}  // namespace
}  // namespace parley::store
