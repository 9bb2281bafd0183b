#include "store/memory/memory_store.hpp"

#include <algorithm>
#include <map>

#include "store/memory/memory_rooms.hpp"
#include "store/memory/memory_sessions.hpp"
#include "store/memory/paginate.hpp"

namespace parley::store {
namespace {

std::unexpected<Error> not_found(const char* what) { return std::unexpected(Error{Error::Kind::NotFound, what}); }

template <typename T, typename Keep>
std::vector<T> first_of(const std::vector<T>& all, int64_t limit, Keep keep) {
  std::vector<T> out;
  for (const T& item : all) {
    if (static_cast<int64_t>(out.size()) >= limit) break;
    if (keep(item)) out.push_back(item);
  }
  return out;
}

class MemoryChat final : public ChatStore {
 public:
  explicit MemoryChat(const MemorySessions& sessions) : sessions_(sessions) {}
  Result<void> append(const ChatRecord& message) override {
    if (!sessions_.contains(message.session)) return not_found("no such session");
    messages_.push_back(message);
    return {};
  }
  Result<std::vector<ChatRecord>> list(const SessionId& session, int64_t limit) override {
    return first_of(messages_, limit, [&](const ChatRecord& m) { return m.session == session; });
  }

 private:
  const MemorySessions& sessions_;
  std::vector<ChatRecord> messages_;
};

class MemorySamples final : public SampleStore {
 public:
  explicit MemorySamples(const MemorySessions& sessions) : sessions_(sessions) {}
  Result<void> append(const QualitySample& sample) override {
    if (!sessions_.contains(sample.session)) return not_found("no such session");
    samples_.push_back(sample);
    return {};
  }
  Result<std::vector<QualitySample>> list(const SessionId& session, const std::optional<ParticipantId>& participant,
                                          int64_t limit) override {
    return first_of(samples_, limit, [&](const QualitySample& s) {
      return s.session == session && (!participant || s.participant == *participant);
    });
  }
  Result<int64_t> prune(UtcTime before) override {
    return static_cast<int64_t>(std::erase_if(samples_, [&](const QualitySample& s) { return s.at < before; }));
  }

 private:
  const MemorySessions& sessions_;
  std::vector<QualitySample> samples_;
};

class MemoryDeliveries final : public DeliveryStore {
 public:
  Result<int64_t> add(const Delivery& delivery) override {
    deliveries_.push_back(delivery);
    Delivery& added = deliveries_.back();
    added.id = ++last_id_;
    added.state = DeliveryState::Pending;
    return added.id;
  }
  Result<std::vector<Delivery>> due(UtcTime now, int64_t limit) override {
    return first_of(deliveries_, limit,
                    [&](const Delivery& d) { return d.state == DeliveryState::Pending && d.next_attempt_at <= now; });
  }
  Result<std::optional<UtcTime>> next_due() override {
    std::optional<UtcTime> next;
    for (const Delivery& d : deliveries_) {
      if (d.state == DeliveryState::Pending && (!next || d.next_attempt_at < *next)) next = d.next_attempt_at;
    }
    return next;
  }
  Result<void> record(const Attempt& attempt) override {
    const auto it = std::ranges::find(deliveries_, attempt.delivery, &Delivery::id);
    if (it == deliveries_.end()) return not_found("no such delivery");
    it->state = attempt.state;
    it->attempts += 1;
    it->next_attempt_at = attempt.next_attempt_at;
    it->last_status = attempt.status;
    it->last_error = attempt.error;
    return {};
  }
  Result<std::vector<Delivery>> of_session(const SessionId& session, int64_t limit) override {
    return first_of(deliveries_, limit, [&](const Delivery& d) { return d.session == session; });
  }
  Result<std::vector<Delivery>> of_room(const RoomId& room, int64_t limit) override {
    return first_of(deliveries_, limit, [&](const Delivery& d) { return d.room == room; });
  }
  Result<int64_t> prune(UtcTime before) override {
    return static_cast<int64_t>(std::erase_if(
        deliveries_, [&](const Delivery& d) { return d.state != DeliveryState::Pending && d.created_at < before; }));
  }

 private:
  std::vector<Delivery> deliveries_;
  int64_t last_id_ = 0;
};

class MemoryEgresses final : public EgressStore {
 public:
  explicit MemoryEgresses(const MemoryRooms& rooms) : rooms_(rooms) {}
  Result<void> put(const EgressRecord& record, std::string_view secrets_json) override {
    if (!rooms_.by_id(record.room)) return not_found("no such room");
    const auto it = find_in(record.id);
    Entry& entry = it == entries_.end() ? entries_.emplace_back() : *it;
    entry.egress = {record, record.open ? std::string(secrets_json) : ""};
    return {};
  }
  Result<std::optional<EgressRecord>> find(const EgressId& id) override {
    const auto it = find_in(id);
    if (it == entries_.end() || it->removed) return std::nullopt;
    return it->egress.record;
  }
  Result<Page<EgressRecord>> list(const EgressFilter& filter, Paging paging) override {
    std::vector<EgressRecord> kept;
    for (auto it = entries_.rbegin(); it != entries_.rend(); ++it) {
      if (!it->removed && matches(it->egress.record, filter)) kept.push_back(it->egress.record);
    }
    std::ranges::stable_sort(kept, std::greater<>(), &EgressRecord::created_at);
    return paginate(kept, paging);
  }
  Result<std::vector<OpenEgress>> open() override {
    std::vector<OpenEgress> out;
    for (const Entry& entry : entries_) {
      if (entry.egress.record.open) out.push_back(entry.egress);
    }
    return out;
  }
  Result<void> remove(const EgressId& id, std::string_view details_json) override {
    const auto it = find_in(id);
    if (it == entries_.end() || it->removed) return not_found("no such egress");
    it->removed = true;
    it->egress.record.open = true;
    it->egress.record.details_json = details_json;
    return {};
  }

 private:
  struct Entry {
    OpenEgress egress;
    bool removed = false;
  };
  std::vector<Entry>::iterator find_in(const EgressId& id) {
    return std::ranges::find_if(entries_, [&](const Entry& e) { return e.egress.record.id == id; });
  }
  static bool matches(const EgressRecord& r, const EgressFilter& filter) {
    const bool kind = filter.kinds.empty() || std::ranges::find(filter.kinds, r.kind) != filter.kinds.end();
    const bool query = !filter.query || r.id.value() == *filter.query || r.room.value() == *filter.query ||
                       r.session.value() == *filter.query;
    return kind && query && (!filter.room || r.room == *filter.room) &&
           (!filter.session || r.session == *filter.session) &&
           (!filter.participant || r.participant == *filter.participant);
  }

  const MemoryRooms& rooms_;
  std::vector<Entry> entries_;  // in the order they were added
};

class MemoryMeta final : public MetaStore {
 public:
  Result<std::optional<std::string>> get(std::string_view key) override {
    const auto it = values_.find(key);
    if (it == values_.end()) return std::nullopt;
    return it->second;
  }
  Result<void> put(std::string_view key, std::string_view value) override {
    values_.insert_or_assign(std::string(key), std::string(value));
    return {};
  }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

class MemoryStore final : public Store {
 public:
  RoomStore& rooms() override { return rooms_; }
  SessionStore& sessions() override { return sessions_; }
  ChatStore& chat() override { return chat_; }
  SampleStore& samples() override { return samples_; }
  DeliveryStore& deliveries() override { return deliveries_; }
  EgressStore& egresses() override { return egresses_; }
  MetaStore& meta() override { return meta_; }

 private:
  MemoryRooms rooms_;
  MemorySessions sessions_{rooms_};
  MemoryChat chat_{sessions_};
  MemorySamples samples_{sessions_};
  MemoryDeliveries deliveries_;
  MemoryEgresses egresses_{rooms_};
  MemoryMeta meta_;
};

}  // namespace

std::unique_ptr<Store> open_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace parley::store
