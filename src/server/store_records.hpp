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
  /// Both are called on the control thread: when a webhook delivery was added, and after the answer to a look-up.
  struct Hooks {
    std::function<void()> on_outbox_filled;
    std::function<void()> on_answered;
  };
  StoreRecords(StoreThread& store, boost::asio::io_context& control, Hooks hooks)
      : store_(store), control_(control), hooks_(std::move(hooks)) {}

  void find_room(std::string name, Found then) override;
  void write(std::function<store::Result<void>(store::Store&)> job) override;
  void publish(api::WebhookEvent event) override;

 private:
  StoreThread& store_;
  boost::asio::io_context& control_;
  Hooks hooks_;
};

/// Ends the sessions that a crash or this shutdown left open, as if everybody had left now, webhooks included.
store::Result<void> close_open_sessions(store::Store& store, UtcTime now);

}  // namespace parley::server
