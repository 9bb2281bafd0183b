#pragma once

#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "api/egress_call.hpp"
#include "base/rng.hpp"
#include "egress/studio.hpp"
#include "room/settings.hpp"
#include "server/egress_note.hpp"
#include "server/worker_host.hpp"

namespace parley::server {

/// What the desk tells the rest of the server. Control thread.
class EgressListener {
 public:
  virtual ~EgressListener() = default;
  virtual void keep(const egress::Egress& egress, const std::vector<egress::Output>& secrets) = 0;
  /// keep() of one without secrets; calls `then` later, once it is written. If that fails, never.
  virtual void keep_then(const egress::Egress& egress, std::function<void()> then) = 0;
  virtual void announce(const egress::Egress& egress) = 0;
  virtual void publish(const egress::Egress& egress) = 0;
  virtual void close_room(const RoomId& room) = 0;
  /// Of a room's session that starts: what it wants from the start.
  virtual void start_automatically(const store::RoomRecord& room) = 0;
};

/// The studios of all rooms, and the tasks that belong to no room: uploads, captures, merges. It carries out what
/// studios ask for. No I/O and no clock of its own; control thread.
class EgressDesk {
 public:
  struct Config {
    std::string files_root;           ///< absolute
    std::string signal_url;           ///< where workers join
    egress::Studio::Settings studio;  ///< times; names are filled in
    std::optional<egress::Bucket> bucket;
    std::string bucket_prefix;
    size_t max_workers = 32;
    /// Makes the token that a worker joins a room with.
    std::function<std::string(const RoomId&, UtcTime)> token;
  };
  /// A recording needs some; this is ten minutes of one at high quality.
  static constexpr int64_t kMinFreeBytes = 256 * 1024 * 1024;
  /// Uploads and removals at once: more would not be faster on one line, and after days without a bucket hundreds may
  /// wait.
  static constexpr size_t kMaxTransfers = 4;

  struct Answer {
    egress::Egress egress;
    std::optional<egress::File> file;  ///< of a capture
  };
  using Result = std::expected<Answer, egress::Refusal>;
  /// Called once, at once or when a task has ended.
  using Done = std::function<void(Result)>;
  struct Stats {
    std::map<egress::Kind, size_t> live;
    size_t workers = 0;
    size_t tasks = 0;
    size_t uploads = 0;          ///< that run or wait
    size_t removals = 0;         ///< from the bucket, likewise
    uint64_t worker_deaths = 0;  ///< while they were needed
    uint64_t failed = 0;         ///< egresses that ended in Failed
    double cpu_cores = 0;        ///< as workers last said
    int64_t memory_bytes = 0;
    int64_t late_pictures = 0;
  };

  EgressDesk(Config config, WorkerHost& host, EgressListener& listener, Rng rng);

  void on_note(const EgressNote& note, room::Moment at);
  void call(const api::EgressCall& call, room::Moment at, Done done);
  /// At the start of the server, for each that was not over.
  void recover(egress::Egress egress, std::vector<egress::Output> secrets, room::Moment at);

  void on_fact(ProcessId process, const egress::Fact& fact, room::Moment at);
  void on_worker_exited(ProcessId process, room::Moment at);
  void on_task_ended(ProcessId process, const std::expected<egress::Finished, egress::Failed>& end, room::Moment at);

  Timestamp next_deadline() const;
  void on_deadline(room::Moment at);
  /// Where a player's request for an HLS file of this id leads: it must be live, or over and kept.
  bool is_live(const EgressId& egress) const;
  Stats stats() const;

 private:
  struct Stage {
    store::RoomRecord room;
    egress::Studio studio;
    std::map<egress::WorkerId, ProcessId> workers;
    bool open = false;  ///< has a session
  };
  struct WorkerPlace {
    RoomId room;
    egress::WorkerId worker;
    egress::Stats stats;
    bool retired = false;
  };
  struct StudioTask {
    RoomId room;
    egress::TaskId task;
  };
  struct TransferTask {
    EgressId egress;
    bool removal = false;
  };
  struct OtherTask {
    egress::Egress egress;  ///< a merge's own
    bool merge = false;
    Done done;
  };
  using TaskPlace = std::variant<StudioTask, TransferTask, OtherTask>;
  /// Files on their way into the bucket, or (Storage::Removing) out of it. Tried until it is done.
  struct Transfer {
    egress::Egress egress;
    int tries = 0;
    Timestamp next;
    std::optional<ProcessId> process = std::nullopt;
    bool removes() const { return egress.storage == egress::Storage::Removing; }
  };

  Stage& stage_of(const store::RoomRecord& room);
  void run(const RoomId& room, egress::Effects& effects, room::Moment at);
  void execute(Stage& stage, const egress::SpawnWorker& effect, room::Moment at);
  void execute(Stage& stage, const egress::SendCommand& effect, room::Moment at);
  void execute(Stage& stage, const egress::RetireWorker& effect, room::Moment at);
  void execute(Stage& stage, const egress::KillWorker& effect, room::Moment at);
  void execute(Stage& stage, const egress::SpawnTask& effect, room::Moment at);
  void execute(Stage& stage, const egress::Keep& effect, room::Moment at);
  void execute(Stage& stage, const egress::Announce& effect, room::Moment at);
  void execute(Stage& stage, const egress::Publish& effect, room::Moment at);
  void execute(Stage& stage, const egress::CloseRoom& effect, room::Moment at);
  void drop_if_idle(const RoomId& room);
  ProcessId next_process() { return ProcessId(++processes_); }

  void note(const egress_note::SessionStarted& note, room::Moment at);
  void note(const egress_note::SessionEnded& note, room::Moment at);
  void note(const egress_note::ParticipantEntered& note, room::Moment at);
  void note(const egress_note::ParticipantExited& note, room::Moment at);
  void note(const egress_note::Requested&, room::Moment) {}  // the service's

  std::expected<void, egress::Refusal> may_start(const Stage* stage, const api::StartEgress& start) const;
  void ask(const store::RoomRecord& room, const api::StartEgress& what, room::Moment at, Done& done);
  void ask(const store::RoomRecord& room, const api::StopEgress& what, room::Moment at, Done& done);
  void ask(const store::RoomRecord& room, const api::PauseEgress& what, room::Moment at, Done& done);
  void ask(const store::RoomRecord& room, const api::ChangeLayout& what, room::Moment at, Done& done);
  void ask(const store::RoomRecord& room, const api::ChangeOutputs& what, room::Moment at, Done& done);
  void ask(const store::RoomRecord& room, const api::DeleteEgress& what, room::Moment at, Done& done);
  void ask(const store::RoomRecord& room, const api::CaptureHls& what, room::Moment at, Done& done);
  void ask(const store::RoomRecord& room, const api::MergeRecordings& what, room::Moment at, Done& done);
  template <typename Call>
  void ask_studio(const store::RoomRecord& room, const egress::Selector& which, room::Moment at, Done& done, Call call);

  void begin_upload(egress::Egress egress, room::Moment at);
  void begin_removal(egress::Egress egress, room::Moment at);
  size_t running_transfers() const;
  void run_transfers(room::Moment at);
  void run_transfer(Transfer& transfer);
  void end_transfer(const TransferTask& task, const std::expected<egress::Finished, egress::Failed>& end,
                    room::Moment at);
  void settle(egress::Egress egress, bool removed);
  void end_other(OtherTask task, const std::expected<egress::Finished, egress::Failed>& end, room::Moment at);
  std::string folder_of(const EgressId& egress) const { return config_.files_root + "/" + egress.value(); }

  Config config_;
  WorkerHost& host_;
  EgressListener& listener_;
  Rng rng_;
  std::map<RoomId, Stage> stages_;
  std::unordered_map<ProcessId, WorkerPlace> workers_;
  std::unordered_map<ProcessId, TaskPlace> tasks_;
  std::map<EgressId, Transfer> transfers_;
  uint64_t processes_ = 0;
  uint64_t worker_deaths_ = 0;
  uint64_t failed_ = 0;
};

}  // namespace parley::server
