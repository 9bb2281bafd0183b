#pragma once

#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "guest.hpp"

namespace parley::load {

/// A thread with its share of the guests. All calls are from the main thread.
class Worker {
 public:
  /// How often sources are asked for media: what it adds to a packet's time is not counted as latency.
  static constexpr TimeDelta kTick = TimeDelta::millis(2);

  Worker();
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Adds a guest, which begins to join.
  void add(Guest::Config config, uint64_t seed);
  bool settled();
  void begin_measuring();
  void end_measuring();
  /// Everybody leaves; the thread ends a moment later. What they saw.
  Tally finish();

 private:
  template <typename Call>
  auto run(Call call) {
    std::packaged_task<decltype(call())()> task(std::move(call));
    auto result = task.get_future();
    boost::asio::post(io_, std::move(task));
    return result.get();
  }
  void tick();

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  sdk::ClientOutput out_;
  Tally tally_;
  std::vector<std::unique_ptr<Guest>> guests_;
  std::thread thread_;
};

}  // namespace parley::load
