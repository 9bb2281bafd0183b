#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/retry.hpp"
#include "api/signing_key.hpp"
#include "server/store_thread.hpp"

namespace parley::server {

/// Empties the webhook outbox: takes what is due from the store, signs, sends, and records how it went. What is in the
/// store survives a crash; a delivery whose answer was not recorded in time is sent again. Control thread.
class Webhooks {
 public:
  struct Options {
    api::RetryPolicy retry;
    bool allow_private = true;
  };
  struct Stats {
    uint64_t delivered = 0;
    uint64_t failed_tries = 0;
    uint64_t given_up = 0;
    size_t in_flight = 0;
  };
  /// Enough to hide a slow receiver behind a quick one, few enough to be no attack on either.
  static constexpr size_t kMaxInFlight = 16;

  Webhooks(boost::asio::io_context& io, StoreThread& store, std::shared_ptr<const api::SigningKey> key, Rng& rng,
           Options options);

  /// Something may be due: looks now.
  void poke();
  /// Starts nothing any more. What is in flight is given up and sent again after the next start.
  void stop();
  const Stats& stats() const { return stats_; }

 private:
  struct Signed {
    store::Delivery delivery;
    std::string signature;
  };
  struct Look {
    std::vector<Signed> due;
    std::optional<UtcTime> next;
  };
  boost::asio::awaitable<void> look();
  boost::asio::awaitable<void> deliver(Signed item);
  void record(const store::Delivery& delivery, const std::expected<int, std::string>& answer);
  void wake_at(UtcTime time);

  boost::asio::io_context& io_;
  StoreThread& store_;
  std::shared_ptr<const api::SigningKey> key_;
  Rng& rng_;
  Options options_;
  boost::asio::ssl::context tls_;
  boost::asio::steady_timer timer_;
  std::set<int64_t> in_flight_;
  /// One at a time for each session, so that its events arrive in order as long as none fails.
  std::set<std::string> busy_sessions_;
  bool looking_ = false;
  bool look_again_ = false;
  bool stopped_ = false;
  Stats stats_;
};

}  // namespace parley::server
