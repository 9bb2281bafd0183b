#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/datagram_batch.hpp"
#include "base/time.hpp"
#include "dtls/identity.hpp"
#include "srtp/profile.hpp"

namespace parley::dtls {

enum class Role : uint8_t {
  Passive,  ///< DTLS server: waits for the ClientHello (a=setup:passive in our answer)
  Active,   ///< DTLS client: `start` sends the ClientHello
};

enum class State : uint8_t {
  New,  ///< no flight sent yet
  Handshaking,
  Connected,  ///< peer's certificate matched, SRTP profile agreed, keys at hand
  Closed,     ///< by either side's close_notify or `close`
  Failed,     ///< see `failure()`; a new Endpoint is needed
};

enum class Failure : uint8_t {
  None,
  WrongFingerprint,  ///< the certificate matches no fingerprint of the description
  NoSrtpProfile,     ///< no common protection profile, or no use_srtp at all
  PeerAlert,         ///< the peer gave up with a fatal alert
  Timeout,           ///< no answer to `kMaxRetransmissions` transmissions of a flight
  Protocol,          ///< the peer broke the protocol, or shares no version, cipher or group with us
};
std::string_view to_string(Failure failure);

struct EndpointStats {
  uint64_t datagrams_received = 0;
  uint64_t datagrams_sent = 0;
  uint64_t retransmissions = 0;  ///< flights sent again because a deadline passed
};

/// True for DTLS by the first byte (RFC 7983: 20-63).
constexpr bool is_dtls(Bytes datagram) { return !datagram.empty() && datagram[0] >= 20 && datagram[0] <= 63; }

/// One side of a DTLS 1.2 association (RFC 6347) that keys SRTP (RFC 5764). A core over OpenSSL: datagrams in,
/// datagrams out.
///
/// There is no cookie exchange: what it defends against, replies to a forged source address, ICE has ruled out, because
/// the caller passes in only what came from a path that passed a check.
///
/// Handshake messages may come in fragments, reordered, repeated or not at all. Each datagram it writes is at most
/// `kMtu` bytes and holds whole records. Datagrams go to the path given with the call that wrote them.
class Endpoint {
 public:
  /// Safe on every path of the Internet without discovery: the smallest IPv6 link (1280) less IPv6, UDP and some
  /// tunnel.
  static constexpr size_t kMtu = 1200;
  /// A record of application data costs 13 bytes of header, 8 of explicit nonce and 16 of tag.
  static constexpr size_t kMaxApplicationData = kMtu - 37;
  /// OpenSSL's limit for one flight; with the intervals of `FlightTimer` it takes about 25 s.
  static constexpr int kMaxRetransmissions = 12;
  /// Application records handed out by one `receive`; more wait for the next one.
  static constexpr size_t kMaxMessages = 64;

  struct Config {
    std::shared_ptr<const Identity> identity;
    Role role = Role::Passive;
    /// Of the peer's description. Any one of sha-256, sha-384 or sha-512 must match; weaker hashes are not looked at.
    std::vector<Fingerprint> remote_fingerprints;
  };
  explicit Endpoint(Config config);
  ~Endpoint();
  Endpoint(Endpoint&&) noexcept;
  Endpoint& operator=(Endpoint&&) noexcept;

  /// Active: sends the ClientHello. Passive, or called again: nothing.
  void start(const Path& to, Timestamp now, DatagramBatch& out);

  /// Takes one datagram from `from`, a path that ICE has found valid, and writes what answers it. Look at `state()` and
  /// `message_count()` afterwards. Bytes that are no DTLS are dropped.
  void receive(Bytes datagram, const Path& from, Timestamp now, DatagramBatch& out);

  /// Sends the last flight again, to `to`. Call at or after `next_deadline()`; calling early is harmless.
  void on_deadline(const Path& to, Timestamp now, DatagramBatch& out);
  /// `Timestamp::never()` unless a handshake flight waits for its answer.
  Timestamp next_deadline() const;

  /// Application data that the last `receive` decrypted, one record a message; valid until the next call.
  size_t message_count() const;
  Bytes message(size_t index) const;
  /// Sends up to `kMaxApplicationData` bytes in one record; false unless Connected.
  bool send(Bytes data, const Path& to, Timestamp now, DatagramBatch& out);

  /// Says close_notify if Connected; the state is Closed (or stays Failed).
  void close(const Path& to, Timestamp now, DatagramBatch& out);

  State state() const;
  Failure failure() const;
  /// While Connected: what RFC 5764 section 4.2 derives. Else null.
  const srtp::SessionKeys* srtp_keys() const;
  EndpointStats stats() const;

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

}  // namespace parley::dtls
