#pragma once

#include <memory>
#include <string>

#include "store/store.hpp"

namespace parley::store {

/// Opens (or makes) an SQLite database file and brings its schema up to date. One process at a time: a second one gets
/// Unavailable. ":memory:" keeps it in memory.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path);

}  // namespace parley::store
