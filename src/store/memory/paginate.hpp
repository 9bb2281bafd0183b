#pragma once

#include <algorithm>
#include <vector>

#include "store/store.hpp"

namespace parley::store {

/// The asked page of `all`.
template <typename T>
Page<T> paginate(const std::vector<T>& all, Paging paging) {
  const auto total = static_cast<int64_t>(all.size());
  const int64_t pages_before = std::max<int64_t>(0, paging.page - 1);
  const int64_t first = pages_before > total ? total : std::min(total, pages_before * paging.per_page);
  const int64_t last = std::min(total, first + paging.per_page);
  return {.items = std::vector<T>(all.begin() + first, all.begin() + last), .total = total};
}

}  // namespace parley::store
