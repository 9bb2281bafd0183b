#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "net/mailbox.hpp"
#include "worker/composition_loop.hpp"

namespace parley::worker {

/// A CompositionLoop on a thread of its own, from construction to destruction. All methods: any thread.
class CompositionThread {
 public:
  using Config = CompositionLoop::Config;
  using OnEvent = CompositionLoop::OnEvent;

  CompositionThread(const Config& config, std::shared_ptr<const Room> room, OnEvent on_event);
  /// Suspends sinks that are still there.
  ~CompositionThread();
  CompositionThread(const CompositionThread&) = delete;
  CompositionThread& operator=(const CompositionThread&) = delete;

  /// Pictures and sound that come faster than they can be used are dropped.
  void feed(const Feed& feed);
  /// The sink gets what happens in the room from now on.
  void add(SinkId sink, Encoding encoding, SinkFactory factory);
  /// And nothing that happens later than now; then SinkFinished.
  void remove(SinkId sink, Ending ending);
  /// The sink goes on in another composition, at its next key picture.
  void move(SinkId sink, std::shared_ptr<CompositionThread> to);
  void rearrange(const media::Composition& composition);
  CompositionCosts costs() const;

 private:
  using Job = std::function<void(CompositionLoop&)>;
  /// Two seconds of 25 cameras and their sound.
  static constexpr size_t kFeedCapacity = 4096;
  /// Sinks that come and go by people's requests.
  static constexpr size_t kJobCapacity = 1024;

  void run();

  net::Mailbox<Job> jobs_;
  /// Looked into when a picture is due, which is soon enough: with 25 cameras and microphones there are two thousand a
  /// second, and waking for each of them would cost more than what is done with it.
  net::Mailbox<Feed> feeds_;
  std::unique_ptr<CompositionLoop> loop_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace parley::worker
