#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.hpp"

/// The port behind which rooms, sessions and webhooks are kept. The control plane owns it; adapters are `memory/` and
/// `sqlite/`. Calls block; one thread at a time uses a store (server/store_thread.hpp gives it its own).
namespace parley::store {

struct Error {
  enum class Kind : uint8_t {
    Conflict,     ///< a unique name is taken
    NotFound,     ///< what a write refers to does not exist
    Unavailable,  ///< the disk is full, the file is damaged or locked, …
  };
  Kind kind = Kind::Unavailable;
  std::string message;  ///< for logs
};

template <typename T>
using Result = std::expected<T, Error>;

/// `page` counts from 1.
struct Paging {
  int64_t page = 1;
  int64_t per_page = 20;
};

template <typename T>
struct Page {
  std::vector<T> items;
  int64_t total = 0;  ///< of all pages
};

class RoomStore {
 public:
  virtual ~RoomStore() = default;
  /// Conflict if `id`, `record_id` or a non-empty `custom_room_id` is in use.
  virtual Result<void> insert(const RoomRecord& room) = 0;
  /// Replaces the room of the same `id`. NotFound; Conflict as above.
  virtual Result<void> update(const RoomRecord& room) = 0;
  /// By `id`, `custom_room_id` or `record_id`, in this order.
  virtual Result<std::optional<RoomRecord>> find(std::string_view name) = 0;
  /// Newest first. `name` keeps the room whose id or custom id it is.
  virtual Result<Page<RoomRecord>> list(const std::optional<std::string>& name, Paging paging) = 0;
};

struct SessionFilter {
  std::optional<RoomId> room;
  std::optional<std::string> custom_room_id;
  std::optional<std::string> query;  ///< a session id, room id or custom room id
  std::optional<UtcTime> started_from;
  std::optional<UtcTime> started_to;  ///< inclusive
  std::optional<bool> ongoing;
};

class SessionStore {
 public:
  virtual ~SessionStore() = default;
  /// NotFound without the room; Conflict if the id is in use.
  virtual Result<void> start(const SessionRecord& session) = 0;
  /// Ends the session and whatever is open in its timelog. NotFound; ending twice keeps the first end.
  virtual Result<void> end(const SessionId& session, UtcTime at) = 0;
  /// Ends every ongoing session (after a crash) and returns them as ended.
  virtual Result<std::vector<SessionRecord>> end_all(UtcTime at) = 0;
  virtual Result<std::optional<SessionRecord>> find(const SessionId& session) = 0;
  /// Newest start first.
  virtual Result<Page<SessionRecord>> list(const SessionFilter& filter, Paging paging) = 0;

  /// Opens an interval of the participant's timelog, closing one that is still open. NotFound without the session.
  virtual Result<void> enter(const ParticipantEntry& entry) = 0;
  /// Closes the open interval, if there is one.
  virtual Result<void> exit(const SessionId& session, const ParticipantId& participant, UtcTime at) = 0;
  /// NotFound without the participant. At most `kMaxActivities` of a participant are kept, the newest.
  virtual Result<void> add_activity(const SessionId& session, const ParticipantId& participant, const Activity& a) = 0;
  /// In the order of first entry; `active_only` keeps those who are there now.
  virtual Result<Page<ParticipantRecord>> participants(const SessionId& session, bool active_only, Paging paging) = 0;
  virtual Result<std::optional<ParticipantRecord>> find_participant(const SessionId& session,
                                                                    const ParticipantId& participant) = 0;

  /// A participant who toggles without end must not fill the disk; a day of one toggle a minute fits.
  static constexpr int kMaxActivities = 2000;
};

class ChatStore {
 public:
  virtual ~ChatStore() = default;
  /// NotFound without the session.
  virtual Result<void> append(const ChatRecord& message) = 0;
  /// Oldest first, at most `limit`.
  virtual Result<std::vector<ChatRecord>> list(const SessionId& session, int64_t limit) = 0;
};

class SampleStore {
 public:
  virtual ~SampleStore() = default;
  /// NotFound without the session.
  virtual Result<void> append(const QualitySample& sample) = 0;
  /// Oldest first, at most `limit`, of one participant or of all.
  virtual Result<std::vector<QualitySample>> list(const SessionId& session,
                                                  const std::optional<ParticipantId>& participant, int64_t limit) = 0;
  /// Forgets samples older than `before`; returns how many.
  virtual Result<int64_t> prune(UtcTime before) = 0;
};

/// The webhook outbox.
class DeliveryStore {
 public:
  virtual ~DeliveryStore() = default;
  /// Adds a Pending delivery and returns its id (`delivery.id` is ignored).
  virtual Result<int64_t> add(const Delivery& delivery) = 0;
  /// Pending deliveries whose time has come, oldest first.
  virtual Result<std::vector<Delivery>> due(UtcTime now, int64_t limit) = 0;
  /// When the next Pending delivery is due; nothing if none is Pending.
  virtual Result<std::optional<UtcTime>> next_due() = 0;
  /// Counts one attempt. NotFound.
  virtual Result<void> record(const Attempt& attempt) = 0;
  /// Oldest first, at most `limit`.
  virtual Result<std::vector<Delivery>> of_session(const SessionId& session, int64_t limit) = 0;
  virtual Result<std::vector<Delivery>> of_room(const RoomId& room, int64_t limit) = 0;
  /// Forgets deliveries that are no longer Pending and were made before `before`; returns how many.
  virtual Result<int64_t> prune(UtcTime before) = 0;
};

struct EgressFilter {
  std::vector<std::string> kinds;  ///< empty: all
  std::optional<RoomId> room;
  std::optional<SessionId> session;
  std::optional<ParticipantId> participant;
  std::optional<std::string> query;  ///< an id of an egress, room or session
};

class EgressStore {
 public:
  virtual ~EgressStore() = default;
  /// Adds it, or replaces the one of the same id. `secrets_json` is kept apart and forgotten when it is no longer open.
  /// NotFound without the room; a removed one stays removed.
  virtual Result<void> put(const EgressRecord& record, std::string_view secrets_json) = 0;
  virtual Result<std::optional<EgressRecord>> find(const EgressId& id) = 0;
  /// Newest first.
  virtual Result<Page<EgressRecord>> list(const EgressFilter& filter, Paging paging) = 0;
  /// All that are open, oldest first: what a server takes up when it starts.
  virtual Result<std::vector<OpenEgress>> open() = 0;
  /// In one step: it is found no more, though its id stays taken, and it is open with these details, until put() closes
  /// it: its files are still to be removed. NotFound.
  virtual Result<void> remove(const EgressId& id, std::string_view details_json) = 0;
};

/// Small values of the server itself, such as its webhook signing key.
class MetaStore {
 public:
  virtual ~MetaStore() = default;
  virtual Result<std::optional<std::string>> get(std::string_view key) = 0;
  virtual Result<void> put(std::string_view key, std::string_view value) = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  virtual RoomStore& rooms() = 0;
  virtual SessionStore& sessions() = 0;
  virtual ChatStore& chat() = 0;
  virtual SampleStore& samples() = 0;
  virtual DeliveryStore& deliveries() = 0;
  virtual EgressStore& egresses() = 0;
  virtual MetaStore& meta() = 0;
};

}  // namespace parley::store
