#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <thread>

#include "bench/sfu.hpp"
#include "net/file_descriptor.hpp"

namespace parley::bench {

/// The thread whose CPU time is measured: it runs the turns of one SFU at a time. The driver sets the time and what the
/// work is charged to, gives input, waits until it is done, and only then reads what came out: thus the subscribers'
/// work neither runs beside it nor has to be woken by it.
class SfuThread final : private Sleep {
 public:
  enum class Account : uint8_t { Other, Control, Media };

  explicit SfuThread(Sfu& first);
  ~SfuThread() override;

  // By the driver, while the thread sleeps.
  void select(Sfu& sfu);
  void set_now(Timestamp now) { now_us_ = now.us(); }
  void charge_to(Account account) { account_ = account; }

  /// Wakes it for a turn; returns when it has taken one and its SFU has received `datagrams` in all. False if these did
  /// not come within a second.
  bool run(uint64_t datagrams);
  /// The same for a thread that its input wakes.
  bool wait(uint64_t datagrams);

  struct Work {
    int64_t cpu_ns = 0;  ///< without the clock's own cost
    Counters counters;
  };
  const Work& work(Account account) const { return work_[static_cast<size_t>(account)]; }

 private:
  Timestamp until_readable(std::span<const int> files) override;
  void loop();

  net::FileDescriptor event_;
  std::atomic<Sfu*> sfu_;
  std::atomic<int64_t> now_us_ = 1'000'000;
  std::atomic<Account> account_ = Account::Other;
  std::atomic<uint64_t> wakes_ = 0;
  std::atomic<uint64_t> served_ = 0;
  std::atomic<uint64_t> received_ = 0;
  std::array<Work, 3> work_;  // the thread's, until it has published `received_` and `served_`
  std::atomic<bool> stop_ = false;
  uint64_t serving_ = 0;  // the thread's own
  std::thread thread_;
};

}  // namespace parley::bench
