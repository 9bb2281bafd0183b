#pragma once

#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "egress/effect.hpp"
#include "egress/egress.hpp"
#include "egress/refusal.hpp"
#include "egress/restart_policy.hpp"

namespace parley::egress {

/// One moment on both clocks.
struct Moment {
  Timestamp now;
  UtcTime utc;
};

/// What its starter says of a new egress.
struct StartRequest {
  Kind kind = Kind::Recording;
  FileFormat file_format = FileFormat::Mp4;
  Config config;
  std::vector<Output> outputs;  ///< ids are given by the studio
  std::optional<Target> target;
  std::string webhook_url;
  std::string dir_path;
  std::string metadata;
  std::optional<int> close_room_after_s;
  bool paused = false;
};

/// Which egress: an id, or "" for the only live one of its kind.
struct Selector {
  Kind kind = Kind::Recording;
  EgressId id;
};

/// Several of a kind at once?
struct MultiComposition {
  bool recording = false;
  bool livestream = false;
  bool hls = false;
  friend bool operator==(const MultiComposition&, const MultiComposition&) = default;
};

/// All egresses of one room, and the worker that runs them. Requests, facts and the time go in, effects come out.
///
/// Each egress ends in Stopped or Failed, whatever its worker does: a worker that dies is started again with the next
/// part numbers, and what it left behind is finalised by a task. It lives on the control thread and has no I/O.
class Studio {
 public:
  struct Settings {
    RoomId room;
    std::string files_root;  ///< absolute; an egress' folder is <files_root>/<id>
    MultiComposition multi;
    /// From asking a worker for an egress to its first picture: a process' start, a join and a key frame take one
    /// second; a machine under full load a few.
    TimeDelta start_timeout = TimeDelta::seconds(30);
    /// Finalising copies everything that was recorded: 20 GB at 100 MB/s are 200 s.
    TimeDelta stop_timeout = TimeDelta::seconds(300);
    /// How long after a server's restart people may take to come back, for their recording to go on.
    TimeDelta revive_grace = TimeDelta::seconds(120);
    /// How long a recorded participant may be away; an id that joins again from elsewhere is back at once.
    TimeDelta target_absence = TimeDelta::seconds(10);
    /// A worker that ran so long was not killed by what it started with,
    TimeDelta healthy = TimeDelta::seconds(60);
    /// and one that made pictures for so long was worth its start: what costs a second in six goes on for ever rather
    /// than ends.
    TimeDelta worthwhile = TimeDelta::seconds(5);
    /// A worker tells something every two seconds, on the thread that carries out commands. One that is silent for five
    /// times as long hangs; a starved machine does not take so long.
    TimeDelta silence = TimeDelta::seconds(10);
    /// A deadline that comes so late was held up itself, and with it perhaps the worker's words.
    TimeDelta held_up = TimeDelta::seconds(1);
  };
  /// Of all kinds in one room. Each costs an encoder or a file; VideoSDK's own limit is 5 for an organisation.
  static constexpr size_t kMaxLive = 50;
  /// Finalising and its pauses: 6 tries over about three minutes outlast a disk that someone is clearing.
  static constexpr int kMaxTaskTries = 6;

  Studio(Settings settings, Rng rng);

  // --- the room -----------------------------------------------------------------------------------------------------
  void on_session_started(const SessionId& session, Moment at, Effects& out);
  /// Stops everything.
  void on_session_ended(Moment at, Effects& out);
  void on_participant_entered(const ParticipantId& participant);
  void on_participant_exited(const ParticipantId& participant, Moment at);

  // --- requests -----------------------------------------------------------------------------------------------------
  std::expected<Egress, Refusal> start(StartRequest request, Moment at, Effects& out);
  std::expected<Egress, Refusal> stop(const Selector& which, Moment at, Effects& out);
  std::expected<Egress, Refusal> pause(const Selector& which, bool paused, Moment at, Effects& out);
  /// Layout and theme; the rest of a configuration stays what it was at the start.
  std::expected<Egress, Refusal> update(const Selector& which, const std::optional<Layout>& layout,
                                        std::optional<Theme> theme, Moment at, Effects& out);
  /// `remove`: ids or URLs.
  std::expected<Egress, Refusal> change_outputs(const Selector& which, std::vector<Output> add,
                                                const std::vector<std::string>& remove, Moment at, Effects& out);

  // --- workers and tasks --------------------------------------------------------------------------------------------
  void on_fact(WorkerId worker, const Fact& fact, Moment at, Effects& out);
  /// It is gone, whether it exited, crashed, was killed or could not be started.
  void on_worker_exited(WorkerId worker, Moment at, Effects& out);
  /// Finished or Failed as it said; a task that ended without a word counts as Failed.
  void on_task_ended(TaskId task, const std::expected<Finished, Failed>& end, Moment at, Effects& out);

  // --- restarts of the server ---------------------------------------------------------------------------------------
  /// An egress that was not over when the server stopped. It goes on if the room lives again in time.
  /// `outputs`: with their keys; `last_part`: the highest number of a file in its folder, 0 for none.
  void recover(Egress egress, std::vector<Output> outputs, int last_part, Moment at, Effects& out);
  /// The outputs of a live one with their stream keys: a secret of the store.
  std::vector<Output> secrets(const EgressId& id) const;

  // --- time and looking ---------------------------------------------------------------------------------------------
  Timestamp next_deadline() const;
  void on_deadline(Moment at, Effects& out);
  /// Nothing is live, finalised or waited for.
  bool idle() const { return live_.empty() && close_room_at_.is_never(); }
  std::vector<Egress> egresses() const;
  const Egress* find(const EgressId& id) const;
  bool has_worker() const { return worker_.has_value(); }
  void set_multi(MultiComposition multi) { settings_.multi = multi; }

 private:
  enum class Phase : uint8_t {
    Waiting,     ///< for the room to live again
    Running,     ///< on a worker, or until there is one
    Stopping,    ///< a worker finalises it
    Finalising,  ///< a task does, or waits for its next try
  };
  struct Live {
    Egress egress;
    std::vector<Output> outputs;
    Phase phase = Phase::Running;
    bool given = false;  ///< the present worker has its Start
    bool flows = false;  ///< the present worker has said Started
    Timestamp deadline = Timestamp::never();
    Timestamp target_gone_at = Timestamp::never();  ///< when its target is taken to be gone
    std::optional<TaskId> task;
    int task_tries = 0;
  };
  struct Worker {
    WorkerId id;
    bool joined = false;
    Timestamp started;
    Timestamp flows_since = Timestamp::never();   ///< its first picture
    Timestamp silent_until = Timestamp::never();  ///< then it counts as hanging; never before it has joined
  };

  std::expected<void, Refusal> may_start(const StartRequest& request) const;
  std::expected<Live*, Refusal> select(const Selector& which, uint32_t code);
  Live* find_live(const EgressId& id);
  Job job_of(const Live& live) const;
  void know_key(const Output& output);
  std::string without_keys(std::string text) const;

  void want_worker(Moment at, Effects& out);
  void spawn_worker(Moment at, Effects& out);
  void give(Live& live, Moment at, Effects& out);
  void lose_worker(Moment at, Effects& out);
  void check_silence(Moment at, Effects& out);
  void give_up_workers(Moment at, Effects& out);
  void retire_if_unused(Effects& out);
  bool worker_needed() const;

  void begin_stop(Live& live, Moment at, Effects& out);
  void fail(Live& live, Error error, Moment at, Effects& out);
  void finalise(Live& live, Moment at, Effects& out);
  void try_finalise(Live& live, Effects& out);
  void finish(Live& live, std::vector<File> files, Moment at, Effects& out);
  void sweep(Effects& out);
  void set_status(Live& live, Status status, Effects& out);
  void changed(const Live& live, Effects& out) const;
  void overdue(Live& live, Moment at, Effects& out);

  void handle(const Joined&, Moment at, Effects& out);
  void handle(const Started& fact, Moment at, Effects& out);
  void handle(const Playable& fact, Moment at, Effects& out);
  void handle(const OutputChanged& fact, Moment at, Effects& out);
  void handle(const Progress& fact, Moment at, Effects& out);
  void handle(const Paused& fact, Moment at, Effects& out);
  void handle(const Resumed& fact, Moment at, Effects& out);
  void handle(const Finished& fact, Moment at, Effects& out);
  void handle(const Failed& fact, Moment at, Effects& out);
  void handle(const Left& fact, Moment at, Effects& out);
  void handle(const Stats&, Moment, Effects&) {}
  void set_paused(const EgressId& id, bool paused, Effects& out);

  Settings settings_;
  Rng rng_;
  std::optional<SessionId> session_;
  std::map<EgressId, Live> live_;
  std::set<std::string> keys_;  // that workers were told since the room last had no egress
  std::optional<Worker> worker_;
  Timestamp respawn_at_ = Timestamp::never();
  RestartPolicy restarts_;
  Timestamp close_room_at_ = Timestamp::never();
  uint32_t workers_ = 0;
  uint32_t tasks_ = 0;
};

}  // namespace parley::egress
