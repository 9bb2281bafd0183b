#include "server/webhooks.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.hpp"
#include "net/clock.hpp"
#include "server/http/https_client.hpp"
#include "server/http/tls.hpp"
#include "server/store_call.hpp"

namespace parley::server {
namespace {

/// Deliveries looked at in one go. Those of busy sessions are passed over, so it is more than can be in flight.
constexpr int64_t kLookAt = 256;
/// The store could not be asked: when to try again.
constexpr TimeDelta kStorePause = TimeDelta::seconds(5);

std::string order_key(const store::Delivery& d) { return d.session.empty() ? d.room.value() : d.session.value(); }

}  // namespace

Webhooks::Webhooks(boost::asio::io_context& io, StoreThread& store, std::shared_ptr<const api::SigningKey> key,
                   Rng& rng, Options options)
    : io_(io), store_(store), key_(std::move(key)), rng_(rng), options_(options), tls_(make_client_tls()), timer_(io) {}

void Webhooks::poke() {
  if (stopped_) return;
  if (looking_) {
    look_again_ = true;
    return;
  }
  looking_ = true;
  boost::asio::co_spawn(io_, look(), boost::asio::detached);
}

void Webhooks::stop() {
  stopped_ = true;
  timer_.cancel();
}

boost::asio::awaitable<void> Webhooks::look() {
  look_again_ = false;
  // Named, see Site::call_api.
  auto job = [key = key_, skip = in_flight_, busy = busy_sessions_](store::Store& store) -> store::Result<Look> {
    Look look;
    auto due = store.deliveries().due(net::utc_now(), kLookAt);
    if (!due) return std::unexpected(due.error());
    std::set<std::string> taken = busy;
    for (store::Delivery& d : *due) {
      if (skip.contains(d.id) || skip.size() + look.due.size() >= kMaxInFlight) continue;
      if (!taken.insert(order_key(d)).second) continue;
      std::string signature = key->sign(d.body);
      look.due.push_back({std::move(d), std::move(signature)});
    }
    auto next = store.deliveries().next_due();
    if (!next) return std::unexpected(next.error());
    look.next = *next;
    return look;
  };
  auto found = co_await call_store<store::Result<Look>>(store_, io_, std::move(job));
  looking_ = false;
  if (stopped_) co_return;
  if (!found || !*found) {
    wake_at(net::utc_now() + kStorePause);
    co_return;
  }
  for (Signed& item : (*found)->due) {
    in_flight_.insert(item.delivery.id);
    busy_sessions_.insert(order_key(item.delivery));
    boost::asio::co_spawn(io_, deliver(std::move(item)), boost::asio::detached);
  }
  stats_.in_flight = in_flight_.size();
  if (look_again_) {
    poke();
  } else if ((*found)->next && *(*found)->next > net::utc_now()) {
    wake_at(*(*found)->next);  // what is due but waits for its turn is looked at when the one before it ends
  }
}

boost::asio::awaitable<void> Webhooks::deliver(Signed item) {
  OutgoingPost request{item.delivery.url, item.delivery.body, {{"videosdk-signature", item.signature}}};
  std::expected<int, std::string> answer = std::unexpected("not sent");
  try {
    answer = co_await post(tls_, std::move(request), options_.allow_private);
  } catch (const std::exception& error) {
    answer = std::unexpected(error.what());
  }
  if (stopped_) co_return;
  record(item.delivery, answer);
}

void Webhooks::record(const store::Delivery& delivery, const std::expected<int, std::string>& answer) {
  store::Attempt attempt{.delivery = delivery.id, .status = answer.value_or(0)};
  if (!answer) attempt.error = answer.error();
  const UtcTime now = net::utc_now();
  attempt.next_attempt_at = now;
  if (answer && *answer >= 200 && *answer < 300) {
    attempt.state = store::DeliveryState::Delivered;
    ++stats_.delivered;
  } else {
    ++stats_.failed_tries;
    const auto pause = options_.retry.after(delivery.attempts + 1, rng_);
    attempt.state = pause ? store::DeliveryState::Pending : store::DeliveryState::Failed;
    if (pause) attempt.next_attempt_at = now + *pause;
    if (!pause) ++stats_.given_up;
    const std::string why = answer ? "status " + std::to_string(*answer) : answer.error();
    log_warn("webhook {} to {}: {}{}", delivery.type, delivery.url, why, pause ? "" : "; given up");
  }
  store_.post([attempt](store::Store& store) {
    if (auto done = store.deliveries().record(attempt); !done) log_error("webhook: {}", done.error().message);
  });
  in_flight_.erase(delivery.id);
  busy_sessions_.erase(order_key(delivery));
  stats_.in_flight = in_flight_.size();
  poke();
}

void Webhooks::wake_at(UtcTime time) {
  timer_.expires_after(std::chrono::milliseconds(std::max<int64_t>(1, (time - net::utc_now()).ms())));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) poke();
  });
}

}  // namespace parley::server
