#include "worker/composition_thread.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "net/clock.hpp"
#include "worker/composition_loop.hpp"

namespace parley::worker {

CompositionThread::CompositionThread(const Config& config, std::shared_ptr<const Room> room, OnEvent on_event)
    : jobs_(kJobCapacity),
      feeds_(kFeedCapacity),
      loop_(std::make_unique<CompositionLoop>(config, std::move(room), std::move(on_event), net::monotonic_now())),
      thread_([this] { run(); }) {}

CompositionThread::~CompositionThread() {
  stop_ = true;
  jobs_.wake();
  thread_.join();
}

void CompositionThread::run() {
  std::vector<Feed> feeds;
  std::vector<Job> jobs;
  loop_->announce(net::monotonic_now());
  while (!stop_) {
    const int64_t us = std::clamp<int64_t>((loop_->next_deadline() - net::monotonic_now()).us(), 0, 1'000'000);
    const timespec timeout{.tv_sec = us / 1'000'000, .tv_nsec = us % 1'000'000 * 1000};
    pollfd source{jobs_.fd(), POLLIN, 0};
    ppoll(&source, 1, &timeout, nullptr);
    feeds_.take(feeds);
    for (Feed& feed : feeds) loop_->feed(std::move(feed), net::monotonic_now());
    feeds.clear();
    jobs_.take(jobs);
    for (Job& job : jobs) job(*loop_);
    jobs.clear();
    loop_->on_deadline(net::monotonic_now());
  }
  loop_->abandon();
}

void CompositionThread::feed(const Feed& feed) { feeds_.post(feed); }

void CompositionThread::add(SinkId sink, Encoding encoding, SinkFactory factory) {
  jobs_.post(Job([sink, encoding, factory = std::move(factory), from = net::monotonic_now()](CompositionLoop& loop) {
    loop.add(sink, encoding, factory, from);
  }));
}

void CompositionThread::remove(SinkId sink, Ending ending) {
  jobs_.post(
      Job([sink, ending, until = net::monotonic_now()](CompositionLoop& loop) { loop.remove(sink, until, ending); }));
}

void CompositionThread::move(SinkId sink, std::shared_ptr<CompositionThread> to) {
  jobs_.post(Job([sink, to = std::move(to)](CompositionLoop& loop) {
    auto moved = std::make_shared<CompositionLoop::Moved>(loop.release(sink));
    if (moved->sink) to->jobs_.post(Job([moved](CompositionLoop& other) { other.adopt(std::move(*moved)); }));
  }));
}

void CompositionThread::rearrange(const media::Composition& composition) {
  jobs_.post(Job([composition](CompositionLoop& loop) { loop.rearrange(composition); }));
}

CompositionCosts CompositionThread::costs() const { return loop_->costs(); }

}  // namespace parley::worker
