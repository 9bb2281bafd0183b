#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/datagram_batch.hpp"
#include "base/fixed_vector.hpp"
#include "base/time.hpp"
#include "ice/credentials.hpp"
#include "ice/verdict.hpp"
#include "stun/message.hpp"

namespace parley::ice {

/// The local user fragment that a Binding request addresses: the part of USERNAME before the colon (RFC 8445 section
/// 7.2.2). Nothing is verified: it is for finding the connection that a first packet from an unknown path is meant for.
std::optional<std::string_view> addressed_ufrag(Bytes datagram);

/// What one call of `LiteAgent::receive` made of a datagram.
struct CheckResult {
  using Verdict = ice::Verdict;
  Verdict verdict = Verdict::Ignored;
  bool first_valid_check = false;  ///< the first accepted check of these credentials
  bool selected_changed = false;   ///< `selected()` has a new value
};

struct LiteAgentStats {
  uint64_t accepted = 0;
  uint64_t refused = 0;
  uint64_t bad_auth = 0;
  uint64_t malformed = 0;
  uint64_t ignored = 0;
  uint64_t evicted_paths = 0;
};

/// The ICE-lite side of one connection (RFC 8445): it answers the peer's checks and keeps the paths that passed. Lite
/// means: host candidates only, always controlled, never a check of its own, hence no timers and no need of the peer's
/// credentials.
///
/// A core: no allocation after construction and `restart`, so that a flood of requests costs one HMAC each and no more.
class LiteAgent {
 public:
  /// A browser has a handful of addresses, each seen through UDP and TCP, and a NAT may map each anew; the rest is
  /// hostile.
  static constexpr size_t kMaxPaths = 16;

  explicit LiteAgent(Credentials local);

  /// Handles one STUN datagram from `from`; the answer, if any, goes to `out` for the same path.
  ///
  /// A nominated path is selected if it is the first, comes with a restart, or has the higher priority; one of lower
  /// priority when the peer means to leave the selected one: its latest check there did not nominate, or it nominated
  /// the new path twice in a row. So a peer that nominates every path at each check (RFC 5245 section 8.1.1.2) settles
  /// on the best, and a browser that moves, say, to a mobile network is followed at once.
  CheckResult receive(Bytes datagram, const Path& from, Timestamp now, DatagramBatch& out);

  /// New credentials were signalled (RFC 8445 section 9). The selected path keeps carrying media, and checks with the
  /// old credentials keep being answered, until a check with the new ones nominates a path. The same credentials: no
  /// restart.
  void restart(Credentials local);

  /// Media arrives and leaves on this path; empty until the peer has nominated one.
  const std::optional<Path>& selected() const { return selected_; }
  /// True when a check on this path has been accepted: DTLS and SRTP are welcome from it (and DTLS may be sent to it
  /// before anything is nominated, RFC 8445 section 12).
  bool is_valid(const Path& path) const;
  /// The path is gone (a TCP stream was closed). If it was selected, the best other nominated one is; else none.
  /// True when `selected()` changed.
  bool forget(const Path& path);

  /// Another authenticated packet (SRTP) of the peer came.
  void note_packet(Timestamp now) { last_heard_ = now; }
  /// The last authenticated check or packet, empty before the first. Consent (RFC 7675 section 5.1) has to be asked for
  /// by the full agent's checks, which come every few seconds: a peer that is silent for 30 s has withdrawn it.
  std::optional<Timestamp> last_heard() const { return last_heard_; }

  const Credentials& local() const { return current_.credentials; }
  /// True for the local ufrag, and during a restart also for the one before: what a demultiplexer has to route here.
  bool answers_to(std::string_view ufrag) const;
  const LiteAgentStats& stats() const { return stats_; }

 private:
  struct Generation {
    Generation(Credentials c, uint32_t n) : credentials(std::move(c)), key(as_bytes(credentials.pwd)), number(n) {}
    Credentials credentials;
    stun::IntegrityKey key;
    uint32_t number;       // counts restarts
    bool checked = false;  // has accepted a check
  };
  /// A path that passed a check.
  struct Candidate {
    Path path;
    Timestamp last_check;
    uint32_t priority = 0;      // the PRIORITY of its latest check
    bool nominating = false;    // the latest check carried USE-CANDIDATE
    uint64_t nomination = 0;    // number of its latest nominating check, counted over all paths; 0: none
    uint32_t nominated_in = 0;  // the generation of that check
  };

  Generation* generation_of(const stun::MessageView& request);
  void accept(const stun::MessageView& request, Generation& generation, const Path& from, Timestamp now,
              CheckResult& result);
  bool nominate(Candidate& candidate, const Generation& generation);
  bool supersedes(const Candidate& candidate, uint64_t earlier_nomination) const;
  Candidate& candidate_for(const Path& path);
  const Candidate* find(const Path& path) const;

  Generation current_;
  std::optional<Generation> previous_;
  FixedVector<Candidate, kMaxPaths> candidates_;
  std::optional<Path> selected_;
  std::optional<Timestamp> last_heard_;
  uint64_t nominations_ = 0;
  LiteAgentStats stats_;
};

}  // namespace parley::ice
