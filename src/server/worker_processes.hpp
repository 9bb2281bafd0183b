#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "egress/job.hpp"
#include "server/egress_folders.hpp"
#include "server/worker_host.hpp"

namespace parley::server {

/// `parley-worker` as child processes: JSON lines on pipes both ways, its log lines in ours, never waited for. Control
/// thread.
class WorkerProcesses final : public WorkerHost {
 public:
  struct Options {
    std::string binary;
    std::string files_root;
    bool allow_private_destinations = false;  ///< what a worker checks again when it connects
  };
  /// What processes say; called from the event loop.
  struct Handlers {
    std::function<void(ProcessId, const egress::Fact&)> on_fact;
    std::function<void(ProcessId)> on_worker_exited;
    std::function<void(ProcessId, std::expected<egress::Finished, egress::Failed>)> on_task_ended;
  };
  /// Commands that a worker has not read. One that does not read this much hangs: it is killed.
  static constexpr size_t kMaxQueuedBytes = 1024 * 1024;

  WorkerProcesses(boost::asio::io_context& io, Options options, Handlers handlers);
  ~WorkerProcesses() override;

  void spawn(ProcessId process, const RoomId& room) override;
  void send(ProcessId process, const egress::Command& command) override;
  void retire(ProcessId process) override;
  void kill(ProcessId process) override;
  void run_task(ProcessId process, const egress::Task& task) override;
  std::optional<int64_t> free_bytes() const override { return folders_.free_bytes(); }
  std::vector<std::string> files_of(const EgressId& egress) const override { return folders_.files_of(egress); }
  void remove_files(const EgressId& egress, Keep keep) override { folders_.remove(egress, keep); }

  size_t running() const;
  /// Closes the stdin of all: workers close their files and exit. For the end of the server.
  void close_all();

 private:
  class Process;
  struct State;
  std::shared_ptr<State> state_;
  EgressFolders folders_;
};

}  // namespace parley::server
