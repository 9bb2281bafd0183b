#include "bench/sfu_thread.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>

#include "base/check.hpp"
#include "bench/cpu_clock.hpp"
#include "net/clock.hpp"

namespace parley::bench {

SfuThread::SfuThread(Sfu& first) : event_(eventfd(0, EFD_CLOEXEC)), sfu_(&first) {
  thread_ = std::thread([this] { loop(); });
  pthread_setname_np(thread_.native_handle(), "sfu");  // for `perf report --comm sfu`
}

SfuThread::~SfuThread() {
  stop_ = true;
  eventfd_write(event_.get(), 1);
  thread_.join();
}

void SfuThread::loop() {
  const int64_t reading = thread_cpu_reading_ns();
  int64_t before = thread_cpu_ns();
  while (!stop_) {
    Sfu& sfu = *sfu_.load();
    const Counters counters = sfu.counters();
    sfu.turn(*this);
    const int64_t after = thread_cpu_ns();
    Work& work = work_[static_cast<size_t>(account_.load())];
    work.cpu_ns += after - before - reading;
    work.counters += sfu.counters() - counters;
    before = after;
    received_ = sfu_.load()->counters().received;
    served_ = serving_;
  }
}

// As server::MediaThreads sleeps: two readings of the clock, ppoll on the sockets and the mailbox.
Timestamp SfuThread::until_readable(std::span<const int> files) {
  constexpr size_t kMaxFiles = 3;
  PARLEY_CHECK(files.size() < kMaxFiles);
  std::array<pollfd, kMaxFiles> sources;
  for (size_t i = 0; i < files.size(); ++i) sources[i] = {files[i], POLLIN, 0};
  sources[files.size()] = {event_.get(), POLLIN, 0};
  const int64_t us = net::monotonic_now().us();
  const timespec timeout{.tv_sec = 1, .tv_nsec = us % 1000};
  ppoll(sources.data(), files.size() + 1, &timeout, nullptr);
  net::monotonic_now();
  const uint64_t wakes = wakes_;
  if (wakes != serving_) {
    eventfd_t ignored;
    eventfd_read(event_.get(), &ignored);  // blocks, if at all, until the driver has written what it has counted
    serving_ = wakes;
  }
  return Timestamp::from_us(now_us_);
}

void SfuThread::select(Sfu& sfu) {
  sfu_ = &sfu;
  run(0);
}

bool SfuThread::run(uint64_t datagrams) {
  ++wakes_;
  eventfd_write(event_.get(), 1);
  return wait(datagrams);
}

bool SfuThread::wait(uint64_t datagrams) {
  using Clock = std::chrono::steady_clock;
  const auto give_up = Clock::now() + std::chrono::seconds(1);
  while (served_ != wakes_ || received_ < datagrams) {
    if (Clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  return true;
}

}  // namespace parley::bench
