#pragma once

#include <cstdint>
#include <vector>

#include "base/address.hpp"
#include "base/fixed_vector.hpp"
#include "base/time.hpp"
#include "ice/candidate.hpp"
#include "stun/message.hpp"

namespace parley::ice {

/// One Binding request that was sent.
struct Check {
  stun::TransactionId id{};
  Timestamp sent;
  bool use_candidate = false;
  bool controlling = true;  ///< the role that it claimed
};

/// An address of ours with one of the peer's.
struct Pair {
  enum class State : uint8_t {
    Closed,     ///< TCP: there is no stream
    Opening,    ///< TCP: the stream was asked for
    Checking,   ///< is checked, or waits for its turn
    Succeeded,  ///< a check was answered
    Failed,     ///< the peer refused, or the stream could not be opened or is gone
  };
  /// Checks that can still be answered: at the schedule's intervals the oldest of eight is over 3 s old.
  static constexpr size_t kMaxOutstanding = 8;

  Path path;
  State state = State::Checking;
  uint32_t local_priority = 0;
  uint32_t remote_priority = 0;
  uint32_t check_priority = 0;  ///< PRIORITY attribute: what we would be as a peer-reflexive candidate
  uint64_t priority = 0;
  Timestamp due;                ///< of the next check
  uint8_t checks = 0;           ///< sent, as far as the schedule cares
  bool triggered = false;       ///< the peer's check asks for ours now (RFC 8445 section 7.3.1.4)
  bool nominating = false;      ///< we are the controlling side, and the next checks carry USE-CANDIDATE
  bool peer_nominated = false;  ///< we are the controlled side: selected as soon as it has succeeded
  FixedVector<Check, kMaxOutstanding> outstanding;

  bool is_udp() const { return path.protocol == Path::Protocol::Udp; }
  /// Remembers a check, in place of the oldest if there are many, and sets the time of the next one.
  void note_sent(const Check& check);
  Check* find_check(const stun::TransactionId& id);
};

/// True if a datagram that came by `from` came by the path of a pair. Where a pair leaves our address to the kernel,
/// any is right.
bool is_same(const Path& of_pair, const Path& from);

/// The pairs of one ICE session in the order of their priority (RFC 8445 section 6.1.2). There is one component of one
/// stream, so nothing is frozen: what freezing saves are checks of several components on one foundation.
class CheckList {
 public:
  /// A host with a handful of interfaces and both families.
  static constexpr size_t kMaxHosts = 16;
  /// A server's addresses by UDP and TCP, and those that its checks come from besides.
  static constexpr size_t kMaxRemotes = 32;
  /// RFC 8445 section 6.1.2.5 recommends 100.
  static constexpr size_t kMaxPairs = 100;
  /// The first repetition of a check that is not answered; doubled each time up to the longest. People wait for the
  /// join, and a path that takes 1.6 s is as good as broken.
  static constexpr TimeDelta kFirstRepeat = TimeDelta::millis(100);
  static constexpr TimeDelta kLongestRepeat = TimeDelta::millis(1600);

  /// Pairs whose two ends are still there stay as they are; others go.
  void set_hosts(std::vector<HostCandidate> hosts);
  /// False if there is no room for the candidate or one of its pairs. A known one changes nothing.
  bool add_remote(const RemoteCandidate& candidate);
  /// The new pair of a peer-reflexive candidate: a check with `priority` came by `from`. Null if there is no room, or
  /// no host candidate of ours that it can have come to.
  Pair* add_reflexive(const Path& from, uint32_t priority);
  /// A new session: all pairs anew, unchecked and without streams.
  void restart(const std::vector<RemoteCandidate>& remotes);
  void set_controlling(bool controlling);

  Pair* find(const Path& path);
  const Pair* find(const Path& path) const { return const_cast<CheckList*>(this)->find(path); }
  /// The pair to check now: one that nominates, a triggered one, else the best one that was not checked yet, else the
  /// best one that has waited long enough. Null if none is due. `concluded`: only triggered ones count.
  Pair* next_due(Timestamp now, bool concluded);
  /// When `next_due` may next have something.
  Timestamp next_deadline(bool concluded) const;
  /// The best pair that works, by UDP if any does.
  Pair* best_succeeded();
  const Pair* best_succeeded() const { return const_cast<CheckList*>(this)->best_succeeded(); }

  /// A number for a TCP stream, never given twice.
  uint32_t take_stream() { return next_stream_++; }

  std::vector<Pair>& pairs() { return pairs_; }
  const std::vector<Pair>& pairs() const { return pairs_; }

 private:
  bool pair_up(const RemoteCandidate& remote);
  bool add_pair(const HostCandidate& host, const RemoteCandidate& remote);
  bool has_pair(const Path& path) const;
  void sort();

  std::vector<HostCandidate> hosts_;
  std::vector<RemoteCandidate> remotes_;
  std::vector<Pair> pairs_;
  bool controlling_ = true;
  uint32_t next_stream_ = 1;
};

}  // namespace parley::ice
