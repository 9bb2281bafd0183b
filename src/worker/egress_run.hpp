#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "egress/job.hpp"
#include "media/ffmpeg/error.hpp"
#include "worker/compositions.hpp"
#include "worker/room_receiver.hpp"

namespace parley::worker {

/// What a running egress may use.
struct Services {
  std::function<void(egress::Fact)> tell;  ///< the server; on the worker's thread
  Compositions& compositions;
  RoomReceiver& room;
  bool allow_private = false;  ///< destinations in private address ranges
  /// Does the work on a thread of its own, then `after` with its result on the worker's, unless the egress is gone.
  using Files = media::Result<std::vector<egress::File>>;
  std::function<void(const EgressId&, std::function<Files()> work, std::function<void(Files)> after)> in_background;
  /// Any thread; carried out on the worker's, unless the egress is gone.
  std::function<void(const EgressId&, std::function<void()>)> post;
};

/// One egress from Start to Finished or Failed. Everything happens on the worker's thread.
class EgressRun {
 public:
  virtual ~EgressRun() = default;
  virtual void start() = 0;
  /// Ends it properly: files are finalised, then Finished.
  virtual void stop() = 0;
  /// Ends it where it is, for another worker to go on: nothing is finalised or told.
  virtual void abandon() = 0;
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual void update(const egress::Config& config) = 0;
  virtual void change_outputs(const egress::ChangeOutputs& change) = 0;

  virtual bool owns(SinkId sink) const = 0;
  virtual void on_sink(const CompositionEvent& event) = 0;
  virtual void on_stream(const StreamKey& stream, bool on) = 0;
  /// Finished or Failed was told (or it is abandoned and has nothing open): it can be deleted.
  virtual bool over() const = 0;
  virtual void tell_progress() = 0;
};

std::unique_ptr<EgressRun> make_composed_run(const egress::Job& job, Services services);
std::unique_ptr<EgressRun> make_track_run(const egress::Job& job, Services services);

}  // namespace parley::worker
