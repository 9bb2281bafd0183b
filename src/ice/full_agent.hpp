#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/datagram_batch.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "ice/candidate.hpp"
#include "ice/check_list.hpp"
#include "ice/credentials.hpp"
#include "ice/verdict.hpp"
#include "stun/message.hpp"

namespace parley::ice {

/// A TCP stream that the agent needs or does not need any more (RFC 6544 section 5.2). To open: connect to
/// `path.remote`, frame datagrams as RFC 4571, and report by `on_stream_opened`, or `forget` if that fails; datagrams
/// that come by the stream carry `path`, and those for `path` go there.
struct StreamRequest {
  enum class Kind : uint8_t { Open, Close };
  Kind kind = Kind::Open;
  Path path;
};

struct FullAgentStats {
  uint64_t checks_sent = 0;
  uint64_t responses = 0;        ///< that answered a check of ours
  uint64_t requests = 0;         ///< of the peer, answered with success
  uint64_t refused = 0;          ///< authentic requests answered with an error (420, 487)
  uint64_t bad_auth = 0;         ///< requests or responses with no or wrong credentials
  uint64_t malformed = 0;        ///< not STUN, or broken
  uint64_t ignored = 0;          ///< neither a request nor an answer to a check that is under way, or after a failure
  uint64_t role_conflicts = 0;   ///< after which the role was changed
  uint64_t candidates_full = 0;  ///< remote candidates or pairs beyond the limits
};

/// The full side of one connection's ICE (RFC 8445): the client of a lite server, or of another full agent. It pairs
/// the addresses that it is given, checks the pairs, nominates the best that works, keeps consent (RFC 7675) and
/// answers the peer's checks. Host candidates only: what lies behind a NAT shows itself to the peer by the checks.
///
/// Begins as the controlling side, which an offerer and every peer of a lite agent is; a role conflict is resolved by
/// tie-breakers.
///
/// It is made for joining fast. A pair is checked again while no answer is there, each time as a transaction of its own
/// (as libwebrtc does, so that round trips are exact and RFC 8445 section 14.3's 500 ms before retransmitting one do
/// not hold up a join on a lossy path); one packet each `kPace` bounds what that costs. The first UDP pair that answers
/// is nominated at once. TCP streams are opened if none has answered after `kTcpDelay`, and one of them is nominated if
/// none has after `kUdpPatience`.
///
/// A core: bytes and time in, datagrams out, no I/O. One thread.
class FullAgent {
 public:
  /// RFC 8445 section 14.2: Ta, between any two checks that are not answers to a check.
  static constexpr TimeDelta kPace = TimeDelta::millis(50);
  /// RFC 8305 section 5 lets a second attempt wait about as long for the first.
  static constexpr TimeDelta kTcpDelay = TimeDelta::millis(250);
  /// Four checks by UDP: at 10 % loss each way one in a thousand joins misses them all and goes by TCP needlessly.
  static constexpr TimeDelta kUdpPatience = TimeDelta::millis(700);
  /// Without any pair that works the agent has failed. Chrome's 15 s.
  static constexpr TimeDelta kConnectTimeout = TimeDelta::seconds(15);
  /// RFC 7675 section 5.1: consent is asked for every 5 s, each time between 0.8 and 1.2 of that...
  static constexpr TimeDelta kConsentInterval = TimeDelta::seconds(5);
  /// ...and over when no check was answered for 30 s.
  static constexpr TimeDelta kConsentLifetime = TimeDelta::seconds(30);
  /// When nothing authentic came for so long (no media flows), the next check comes at once and then each
  /// `kSilentInterval`, so that a dead path is known and left after 5 s, and ours stays alive at a peer that watches
  /// for the same. Browsers check every 2.5 s.
  static constexpr TimeDelta kSilence = TimeDelta::micros(2'500'000);
  static constexpr TimeDelta kSilentInterval = TimeDelta::seconds(1);

  struct Config {
    Credentials local;
    Credentials remote;
    std::vector<HostCandidate> hosts;
    std::vector<RemoteCandidate> remotes;
    Rng rng = Rng::system();  ///< for transaction ids, the tie-breaker and the consent interval
  };
  explicit FullAgent(Config config);

  using Verdict = ice::Verdict;
  /// Handles one STUN datagram from `from`; answers and checks that follow go to `out`.
  Verdict receive(Bytes datagram, const Path& from, Timestamp now, DatagramBatch& out);

  /// Sends what is due. The first call begins the checks.
  void on_deadline(Timestamp now, DatagramBatch& out);
  Timestamp next_deadline() const;
  /// Streams to open and to close since the last call.
  std::vector<StreamRequest> take_stream_requests();
  void on_stream_opened(const Path& path, Timestamp now);

  /// New credentials on both sides (RFC 8445 section 9), and where the peer can be reached now. The selected path
  /// carries on until a pair of the new session is nominated.
  void restart(Credentials local, Credentials remote, const std::vector<RemoteCandidate>& remotes);
  /// Another candidate of the peer became known (trickle ICE).
  void add_remote(const RemoteCandidate& candidate);
  /// Our addresses changed. Pairs of those that are gone go with them, the selected one too.
  void set_hosts(std::vector<HostCandidate> hosts);

  /// Media goes here: the best pair that works, and the nominated one once there is one. Empty before, and after a
  /// failure.
  const std::optional<Path>& selected() const { return selected_; }
  /// The nomination is complete.
  bool nominated() const { return nominated_; }
  /// True for the path of a pair: what comes by it may be the peer's (RFC 8445 section 12 wants it taken at any time).
  bool knows(const Path& path) const {
    return checks_.find(path) != nullptr || (selected_ && is_same(*selected_, path));
  }
  /// The path is gone (a TCP stream was closed, or could not be opened). If it was selected, the next best one is.
  void forget(const Path& path);

  enum class Failure : uint8_t {
    None,
    NoPath,     ///< nothing answered for `kConnectTimeout`
    NoConsent,  ///< the selected path did not answer for `kConsentLifetime`
  };
  /// For good, unless `restart` is called.
  Failure failure() const { return failure_; }

  /// Another authenticated packet (SRTP, DTLS) of the peer came.
  void note_packet(Timestamp now) { last_heard_ = now; }
  /// The last authenticated check, answer or packet; empty before the first.
  std::optional<Timestamp> last_heard() const { return last_heard_; }
  /// Of the latest answered check on the selected path; zero until known.
  TimeDelta rtt() const { return rtt_; }
  bool controlling() const { return controlling_; }
  const Credentials& local() const { return local_; }
  const FullAgentStats& stats() const { return stats_; }

 private:
  Verdict receive_request(const stun::MessageView& request, const Path& from, Timestamp now, DatagramBatch& out);
  Verdict receive_response(const stun::MessageView& response, const Path& from, Timestamp now, DatagramBatch& out);
  bool resolve_role(const stun::MessageView& request);
  void set_role(bool controlling);
  void take_check(const stun::MessageView& request, const Path& from, Timestamp now);
  void take_success(Pair& pair, const Check& check, Timestamp now, DatagramBatch& out);
  void take_error(Pair& pair, const Check& check, const stun::MessageView& response);

  void begin(Timestamp now);
  void choose(Timestamp now, DatagramBatch& out);
  void select(const Path& path);
  void nominate(Pair& pair, Timestamp now, DatagramBatch& out);
  void conclude(Pair& pair, Timestamp now);
  void reopen();
  void send_check(Pair& pair, bool use_candidate, Timestamp now, DatagramBatch& out);
  void check_pairs(Timestamp now, DatagramBatch& out);
  void keep_consent(Timestamp now, DatagramBatch& out);
  void open_streams(Timestamp now);
  void close_streams();
  void close_stream(const Path& path);
  void fail(Failure failure);

  void schedule_consent(Timestamp now);

  bool nominating() const;
  bool has_udp_pair() const;
  bool wants_streams() const;
  Timestamp nomination_at() const;  ///< never: there is nothing to nominate now
  Timestamp consent_deadline() const;
  Timestamp connect_deadline() const;

  Rng rng_;
  Credentials local_;
  Credentials remote_;
  stun::IntegrityKey local_key_;
  stun::IntegrityKey remote_key_;
  uint64_t tie_breaker_;
  bool controlling_ = true;
  CheckList checks_;
  std::vector<StreamRequest> stream_requests_;

  std::optional<Path> selected_;
  bool nominated_ = false;
  bool reopened_ = false;  // in search of a path in place of one that was nominated
  Failure failure_ = Failure::None;
  std::optional<Timestamp> started_;  // of the session, or of the search for another path
  Timestamp next_check_at_;           // not before, by the pace
  std::optional<Timestamp> last_heard_;
  Timestamp consent_at_ = Timestamp::never();     // of the next check of consent
  Timestamp consent_until_ = Timestamp::never();  // without an answer until then it is over
  Timestamp last_consent_check_;
  TimeDelta rtt_ = TimeDelta::zero();
  FullAgentStats stats_;
};

}  // namespace parley::ice
