#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace parley::codec {

/// Lends items that are dear to make (a 720p picture from the kernel costs 340 page faults) and takes them back when
/// their last owner drops them, on whatever thread that is. Items may outlive the recycler.
template <class Item>
class Recycler {
 public:
  /// Kept for the next use. More than this are out at once only for a moment, when a consumer lags.
  static constexpr size_t kMaxIdle = 8;

  /// A returned item for which `fits(item)` holds, else `make()`'s. Items that do not fit are of a former size, and go.
  template <class Fits, class Make>
  std::shared_ptr<Item> take(Fits fits, Make make) {
    std::unique_ptr<Item> item = take_idle(fits);
    if (!item) item = make();
    if (!item) return nullptr;
    return std::shared_ptr<Item>(item.release(), [idle = std::weak_ptr(idle_)](Item* returned) {
      std::unique_ptr<Item> owned(returned);
      if (const auto still_there = idle.lock()) still_there->put(std::move(owned));
    });
  }

 private:
  struct Idle {
    void put(std::unique_ptr<Item> item) {
      const std::lock_guard lock(mutex);
      if (items.size() < kMaxIdle) items.push_back(std::move(item));
    }
    std::mutex mutex;
    std::vector<std::unique_ptr<Item>> items;
  };

  template <class Fits>
  std::unique_ptr<Item> take_idle(Fits fits) {
    const std::lock_guard lock(idle_->mutex);
    while (!idle_->items.empty()) {
      std::unique_ptr<Item> item = std::move(idle_->items.back());
      idle_->items.pop_back();
      if (fits(*item)) return item;
    }
    return nullptr;
  }

  std::shared_ptr<Idle> idle_ = std::make_shared<Idle>();
};

}  // namespace parley::codec
