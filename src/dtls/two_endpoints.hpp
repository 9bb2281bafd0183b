#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "dtls/endpoint.hpp"

/// For the tests of this module: two endpoints and the link between them, in simulated time.
namespace parley::dtls {

inline const Path kPath = {Path::Protocol::Udp, 0, {IpAddress::v4(0xc0000201), 5000}};

/// Two identities that all tests share (index 0: the active side), as keys take time to make.
inline const std::shared_ptr<const Identity>& identity(size_t index) {
  static Rng rng(1);
  static const UtcTime now = UtcTime::from_ms(1'800'000'000'000);
  static const std::shared_ptr<const Identity> identities[] = {Identity::generate(now, rng),
                                                               Identity::generate(now, rng)};
  return identities[index];
}

template <size_t N>
bool equal(const FixedVector<uint8_t, N>& a, const FixedVector<uint8_t, N>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}
inline bool same(const srtp::MasterKey& a, const srtp::MasterKey& b) {
  return a.profile == b.profile && equal(a.key, b.key) && equal(a.salt, b.salt);
}

struct Link {
  double loss = 0;
  double duplicate = 0;
  TimeDelta delay = TimeDelta::millis(20);
  TimeDelta jitter = TimeDelta::zero();  ///< added uniformly: reorders
};

struct Scenario {
  Link link;
  uint64_t seed = 1;
  std::vector<Fingerprint> accepted_by_active = {identity(1)->fingerprint()};
  std::vector<Fingerprint> accepted_by_passive = {identity(0)->fingerprint()};
};

struct TwoEndpoints {
  explicit TwoEndpoints(const Scenario& scenario = Scenario())
      : link(scenario.link),
        rng(scenario.seed),
        active({identity(0), Role::Active, scenario.accepted_by_active}),
        passive({identity(1), Role::Passive, scenario.accepted_by_passive}) {}

  /// True when both sides are Connected.
  bool connect() {
    active.start(kPath, now, from_active());
    run();
    return active.state() == State::Connected && passive.state() == State::Connected;
  }

  /// What an endpoint writes outside of `run` goes here, to be carried by the next `run`.
  DatagramBatch& from_active() { return active_out_; }
  DatagramBatch& from_passive() { return passive_out_; }

  /// Carries datagrams and fires deadlines until nothing is left to do.
  void run() {
    while (true) {
      collect();
      const Timestamp next = std::min({next_arrival(), active.next_deadline(), passive.next_deadline()});
      if (next.is_never()) return;
      now = std::max(now, next);
      deliver();
      active.on_deadline(kPath, now, active_out_);
      passive.on_deadline(kPath, now, passive_out_);
    }
  }

  TimeDelta elapsed() const { return last_change_ - kStart; }

  static constexpr Timestamp kStart = Timestamp::from_us(1'000'000);
  Link link;
  Rng rng;
  Timestamp now = kStart;
  Endpoint active;
  Endpoint passive;
  DatagramBatch out;  ///< for what a test wants lost
  std::function<bool(bool from_active, Bytes)> drop;
  size_t largest_datagram = 0;
  std::vector<std::string> heard_by_active;
  std::vector<std::string> heard_by_passive;

 private:
  struct InFlight {
    Timestamp due;
    bool to_passive;
    std::vector<uint8_t> bytes;
  };

  void collect() {
    for (bool from_active : {true, false}) {
      DatagramBatch& batch = from_active ? active_out_ : passive_out_;
      for (const auto& entry : batch.entries()) launch(from_active, batch.bytes(entry));
      batch.clear();
    }
  }
  void launch(bool from_active, Bytes datagram) {
    largest_datagram = std::max(largest_datagram, datagram.size());
    if (drop && drop(from_active, datagram)) return;
    const int copies = rng.chance(link.duplicate) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      if (rng.chance(link.loss)) continue;
      const auto jitter = static_cast<int64_t>(rng.unit() * static_cast<double>(link.jitter.us()));
      flying_.push_back(
          {now + link.delay + TimeDelta::micros(jitter), from_active, {datagram.begin(), datagram.end()}});
    }
  }
  Timestamp next_arrival() const {
    Timestamp next = Timestamp::never();
    for (const InFlight& f : flying_) next = std::min(next, f.due);
    return next;
  }
  void deliver() {
    const auto earlier = [](const InFlight& a, const InFlight& b) { return a.due < b.due; };
    while (next_arrival() <= now && !flying_.empty()) {
      const auto first = std::min_element(flying_.begin(), flying_.end(), earlier);
      const InFlight f = std::move(*first);
      flying_.erase(first);
      Endpoint& to = f.to_passive ? passive : active;
      const State before = to.state();
      to.receive(f.bytes, kPath, now, f.to_passive ? passive_out_ : active_out_);
      if (to.state() != before) last_change_ = now;
      auto& heard = f.to_passive ? heard_by_passive : heard_by_active;
      for (size_t i = 0; i < to.message_count(); ++i) heard.emplace_back(as_text(to.message(i)));
    }
  }

  DatagramBatch active_out_;
  DatagramBatch passive_out_;
  std::vector<InFlight> flying_;
  Timestamp last_change_ = kStart;
};

}  // namespace parley::dtls
