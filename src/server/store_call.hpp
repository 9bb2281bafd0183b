#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/store_thread.hpp"

namespace parley::server {

/// Runs `job(store)` on the store thread and resumes the coroutine with its result on the control thread. Nothing if
/// the queue is full.
template <typename T, typename Job>
boost::asio::awaitable<std::optional<T>> call_store(StoreThread& thread, boost::asio::io_context& control, Job job) {
  const auto initiate = [&](auto handler) {
    // A completion handler can only be moved, a std::function only holds what can be copied.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    const bool queued = thread.post([&control, shared, job = std::move(job)](store::Store& store) mutable {
      std::optional<T> result(job(store));
      boost::asio::post(control, [shared = std::move(shared), result = std::move(result)]() mutable {
        std::move (*shared)(std::move(result));
      });
    });
    if (queued) return;
    boost::asio::post(control, [shared] { std::move (*shared)(std::optional<T>()); });
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(std::optional<T>)>(
      initiate, boost::asio::use_awaitable);
}

}  // namespace parley::server
