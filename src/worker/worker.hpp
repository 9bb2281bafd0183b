#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "egress/job.hpp"
#include "worker/compositions.hpp"
#include "worker/egress_run.hpp"
#include "worker/room_receiver.hpp"
#include "worker/task_queue.hpp"

namespace parley::worker {

/// Runs the egresses of one room: joins it once, hidden, and carries out the server's commands until the last egress
/// has ended, the room is left, or the server is gone. Everything but the two `post`s happens on the thread that calls
/// `run`.
class Worker {
 public:
  /// Called on the running thread.
  using Tell = std::function<void(const egress::Fact&)>;
  /// The server asks for progress this often; it is what people see as a recording's length and size.
  static constexpr TimeDelta kProgressInterval = TimeDelta::seconds(2);

  struct Options {
    bool allow_private = false;  ///< livestreams to private address ranges
  };
  Worker(const Options& options, Tell tell);
  ~Worker();

  /// Any thread.
  void post(egress::Command command);
  /// The server closed the line: parts are ended where they are, for another worker to go on. Any thread.
  void post_end();

  /// Returns the process's exit code: 0 when all is done, 1 when the room could not be joined.
  int run();

 private:
  void carry_out(const egress::Join& join);
  void carry_out(const egress::Start& start);
  void carry_out(const egress::Stop& stop);
  void carry_out(const egress::Pause& pause);
  void carry_out(const egress::Resume& resume);
  void carry_out(const egress::Update& update);
  void carry_out(const egress::ChangeOutputs& change);
  EgressRun* find(const EgressId& id);

  void on_joined();
  void on_left(const std::string& reason);
  void on_stream(const StreamKey& stream, bool on);
  void on_sink(SinkId sink, const CompositionEvent& event);
  void begin(const egress::Job& job);
  Services services();
  void run_in_background(const EgressId& id, std::function<Services::Files()> work,
                         std::function<void(Services::Files)> after);
  void sweep();
  void tell_stats();
  bool done() const;

  const Options options_;
  Tell tell_;
  TaskQueue tasks_;
  Compositions compositions_;
  std::unique_ptr<RoomReceiver> room_;
  std::map<EgressId, std::unique_ptr<EgressRun>> runs_;
  std::vector<egress::Job> waiting_;  // until the room is joined
  std::vector<std::jthread> background_;
  bool joined_ = false;
  bool ending_ = false;  // nothing new is begun: the room was left or the server is gone
  bool had_work_ = false;
  int exit_code_ = 0;
  TimeDelta cpu_before_;
  Timestamp cpu_before_at_;
};

}  // namespace parley::worker
