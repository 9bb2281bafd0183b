#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "api/egress_options.hpp"
#include "api/file_links.hpp"
#include "server/control_loop.hpp"
#include "server/deadline_timer.hpp"
#include "server/egress_desk.hpp"
#include "server/store_thread.hpp"

namespace parley::server {

/// The egress desk in this process: its clock, the room's requests and REST's calls to it, its records and webhooks.
/// Control thread.
class EgressService final : public EgressListener {
 public:
  struct Parts {
    boost::asio::io_context& io;
    ControlLoop& control;
    StoreThread& store;
    const api::FileLinks& links;
    std::function<void()> on_outbox_filled;
  };
  struct Options {
    EgressDesk::Config desk;
    api::EgressRules rules;
    std::string public_url;  ///< in signalling; "" gives paths
    std::string own_url;     ///< in webhooks
  };

  EgressService(Parts parts, Options options, WorkerHost& host, Rng rng);

  /// An egress that was not over when the server stopped.
  void recover(const store::OpenEgress& open);
  void on_notes(EgressNotes notes);
  boost::asio::awaitable<api::Response> respond(api::EgressCall call, std::string base_url);

  void on_fact(ProcessId process, const egress::Fact& fact);
  void on_worker_exited(ProcessId process);
  void on_task_ended(ProcessId process, const std::expected<egress::Finished, egress::Failed>& end);
  EgressDesk::Stats stats() const { return desk_.stats(); }
  /// Nothing starts any more; what workers say is heard to the end.
  void stop() { timer_.cancel(); }

  void keep(const egress::Egress& egress, const std::vector<egress::Output>& secrets) override;
  void keep_then(const egress::Egress& egress, std::function<void()> then) override;
  void announce(const egress::Egress& egress) override;
  void publish(const egress::Egress& egress) override;
  void close_room(const RoomId& room) override;
  void start_automatically(const store::RoomRecord& room) override;

 private:
  template <typename F>
  void enter(F&& f) {
    f(desk_, ControlLoop::now());
    rearm();
  }
  void rearm();
  /// A record on its way into the store.
  struct Kept {
    store::EgressRecord record;
    std::string secrets;
    uint64_t version;
  };
  void write(std::shared_ptr<const Kept> kept);
  void on_written(std::shared_ptr<const Kept> kept, bool done);
  bool is_newest(const Kept& kept) const;
  boost::asio::awaitable<EgressDesk::Result> call(api::EgressCall call);
  boost::asio::awaitable<std::expected<void, egress::Refusal>> check(const api::EgressCall& call);
  boost::asio::awaitable<void> answer(egress_note::Requested request);
  boost::asio::awaitable<void> start_one(store::RoomRecord room, egress::Kind kind, std::string body);

  Parts parts_;
  Options options_;
  EgressDesk desk_;
  DeadlineTimer timer_;
  uint64_t versions_ = 0;
  std::map<EgressId, uint64_t> unwritten_;  ///< the newest version of each that the store has not confirmed
};

}  // namespace parley::server
