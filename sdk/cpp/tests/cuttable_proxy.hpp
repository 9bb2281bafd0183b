#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>

namespace parley::test {

/// Passes TCP connections on to a port, until they are cut.
class CuttableProxy {
 public:
  explicit CuttableProxy(uint16_t to);
  ~CuttableProxy();

  uint16_t port() const { return port_; }
  /// All connections end without a word; new ones are refused until `mend`.
  void cut();
  void mend() { refusing_ = false; }
  int accepted() const { return accepted_; }

 private:
  void run();
  void close_pairs();

  struct Pair {
    int client = -1, server = -1;
  };
  const uint16_t to_;
  uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false, refusing_ = false, cutting_ = false;
  std::atomic<int> accepted_ = 0;
  std::list<Pair> pairs_;
  std::thread thread_;
};

}  // namespace parley::test
