#pragma once

#include <span>

#include "store/sqlite/database.hpp"

namespace parley::store {

/// One step of the schema: what turns version n-1 into version n.
struct Migration {
  int version;
  const char* sql;
};

std::span<const Migration> migrations();

/// Applies what the file lacks, each step in a transaction of its own; the version is SQLite's user_version. A file
/// from a newer server is refused.
Result<void> migrate(Database& database);

}  // namespace parley::store
