#pragma once

#include <memory>

#include "store/store.hpp"

namespace parley::store {

/// Keeps everything in memory: for tests and for servers that should forget. Never Unavailable.
std::unique_ptr<Store> open_memory_store();

}  // namespace parley::store
