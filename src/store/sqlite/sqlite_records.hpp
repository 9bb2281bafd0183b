#pragma once

#include "store/sqlite/database.hpp"

namespace parley::store {

class SqliteChat final : public ChatStore {
 public:
  explicit SqliteChat(Database& database) : database_(database) {}
  Result<void> append(const ChatRecord& message) override;
  Result<std::vector<ChatRecord>> list(const SessionId& session, int64_t limit) override;

 private:
  Database& database_;
};

class SqliteSamples final : public SampleStore {
 public:
  explicit SqliteSamples(Database& database) : database_(database) {}
  Result<void> append(const QualitySample& sample) override;
  Result<std::vector<QualitySample>> list(const SessionId& session, const std::optional<ParticipantId>& participant,
                                          int64_t limit) override;
  Result<int64_t> prune(UtcTime before) override;

 private:
  Database& database_;
};

class SqliteDeliveries final : public DeliveryStore {
 public:
  explicit SqliteDeliveries(Database& database) : database_(database) {}
  Result<int64_t> add(const Delivery& delivery) override;
  Result<std::vector<Delivery>> due(UtcTime now, int64_t limit) override;
  Result<std::optional<UtcTime>> next_due() override;
  Result<void> record(const Attempt& attempt) override;
  Result<std::vector<Delivery>> of_session(const SessionId& session, int64_t limit) override;
  Result<std::vector<Delivery>> of_room(const RoomId& room, int64_t limit) override;
  Result<int64_t> prune(UtcTime before) override;

 private:
  Database& database_;
};

class SqliteMeta final : public MetaStore {
 public:
  explicit SqliteMeta(Database& database) : database_(database) {}
  Result<std::optional<std::string>> get(std::string_view key) override;
  Result<void> put(std::string_view key, std::string_view value) override;

 private:
  Database& database_;
};

}  // namespace parley::store
