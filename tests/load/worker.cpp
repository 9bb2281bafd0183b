#include "worker.hpp"

#include <algorithm>

#include "net/clock.hpp"

namespace parley::load {

Worker::Worker() : work_(io_.get_executor()), timer_(io_), thread_([this] { io_.run(); }) {
  run([this] { tick(); });
}

Worker::~Worker() {
  if (thread_.joinable()) finish();
}

void Worker::tick() {
  const Timestamp now = net::monotonic_now();
  for (const auto& guest : guests_) guest->send_media(now);
  timer_.expires_after(std::chrono::microseconds(kTick.us()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void Worker::add(Guest::Config config, uint64_t seed) {
  run([&] {
    guests_.push_back(std::make_unique<Guest>(io_, std::move(config), out_, tally_, seed));
    guests_.back()->join(net::monotonic_now());
  });
}

bool Worker::settled() {
  return run([this] { return std::ranges::all_of(guests_, [](const auto& guest) { return guest->settled(); }); });
}

void Worker::begin_measuring() {
  run([this] {
    for (const auto& guest : guests_) guest->begin_measuring(net::monotonic_now());
  });
}

void Worker::end_measuring() {
  run([this] {
    for (const auto& guest : guests_) guest->end_measuring(net::monotonic_now());
  });
}

Tally Worker::finish() {
  constexpr auto kGoodbye = std::chrono::milliseconds(300);
  run([this] {
    timer_.cancel();
    for (const auto& guest : guests_) guest->leave(net::monotonic_now());
  });
  std::this_thread::sleep_for(kGoodbye);
  run([this] { guests_.clear(); });
  io_.stop();
  thread_.join();
  return tally_;
}

}  // namespace parley::load
