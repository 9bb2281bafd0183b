#pragma once

#include <functional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "server/ports.hpp"
#include "server/store_thread.hpp"

namespace parley::server {

/// The control plane's records, kept by the store thread; answers come back through the control thread's event loop.
class StoreRecords final : public Records {
 public:
  /// `on_outbox_filled` is called on the control thread when a webhook delivery was added.
  StoreRecords(StoreThread& store, boost::asio::io_context& control, std::function<void()> on_outbox_filled)
      : store_(store), control_(control), on_outbox_filled_(std::move(on_outbox_filled)) {}

  void find_room(std::string name, Found then) override;
  void write(std::function<store::Result<void>(store::Store&)> job) override;
  void publish(api::WebhookEvent event) override;

 private:
  StoreThread& store_;
  boost::asio::io_context& control_;
  std::function<void()> on_outbox_filled_;
};

/// Ends the sessions that a crash or this shutdown left open, as if everybody had left now, webhooks included.
store::Result<void> close_open_sessions(store::Store& store, UtcTime now);

}  // namespace parley::server
