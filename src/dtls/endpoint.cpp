#include "dtls/endpoint.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <optional>

#include "base/check.hpp"
#include "base/fixed_vector.hpp"
#include "dtls/datagram_bio.hpp"
#include "dtls/peer_certificate.hpp"

namespace parley::dtls {
namespace {

constexpr size_t kMaxRecord = 16 * 1024;  // the most that one record can hold (RFC 6347 section 4.1)

// RFC 5764 section 4.2: client key, server key, client salt, server salt.
srtp::SessionKeys export_keys(SSL* ssl, srtp::Profile profile, Role role) {
  static constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  const size_t key = srtp::key_size(profile);
  const size_t salt = srtp::salt_size(profile);
  std::array<uint8_t, 2 * (32 + 14)> material;
  PARLEY_CHECK(SSL_export_keying_material(ssl, material.data(), 2 * (key + salt), kLabel.data(), kLabel.size(), nullptr,
                                          0, 0) == 1);
  const auto master = [&](size_t side) {
    srtp::MasterKey out{.profile = profile};
    for (size_t i = 0; i < key; ++i) out.key.push_back(material[side * key + i]);
    for (size_t i = 0; i < salt; ++i) out.salt.push_back(material[2 * key + side * salt + i]);
    return out;
  };
  const size_t ours = role == Role::Active ? 0 : 1;
  srtp::SessionKeys keys{.local = master(ours), .remote = master(1 - ours)};
  OPENSSL_cleanse(material.data(), material.size());
  return keys;
}

Failure failure_of_last_error() {
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  return reason >= SSL_AD_REASON_OFFSET ? Failure::PeerAlert : Failure::Protocol;
}

}  // namespace

std::string_view to_string(Failure failure) {
  switch (failure) {
    case Failure::None: return "none";
    case Failure::WrongFingerprint: return "the certificate does not match the fingerprint";
    case Failure::NoSrtpProfile: return "no common SRTP protection profile";
    case Failure::PeerAlert: return "the peer refused the handshake";
    case Failure::Timeout: return "the peer does not answer";
    case Failure::Protocol: return "the handshake broke the protocol or shares no parameters";
  }
  return "unknown";
}

struct Endpoint::Session {
  explicit Session(Config c);
  ~Session();

  void begin(const Path& to, Timestamp now, DatagramBatch& out);
  void advance();
  void on_handshake_done();
  void read_records();
  void fail(Failure reason);
  void handle_error(int result);

  Config config;
  Wire wire;
  PeerCheck peer;
  SSL* ssl;
  State state = State::New;
  Failure failure = Failure::None;
  std::optional<srtp::SessionKeys> keys;
  EndpointStats stats;

  // Application data of the last `receive`.
  struct Message {
    size_t offset = 0;
    size_t size = 0;
  };
  std::vector<uint8_t> records;
  FixedVector<Message, kMaxMessages> messages;
};

Endpoint::Session::Session(Config c) : config(std::move(c)) {
  PARLEY_CHECK(config.identity);
  peer.accepted = config.remote_fingerprints;
  ssl = SSL_new(config.identity->context());
  PARLEY_CHECK(ssl);
  BIO* bio = new_datagram_bio(wire);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_mtu(ssl, kMtu);
  set_peer_check(ssl, &peer);
  wire.timer.attach(ssl);
  if (config.role == Role::Active) {
    SSL_set_connect_state(ssl);
  } else {
    SSL_set_accept_state(ssl);
  }
}

Endpoint::Session::~Session() { SSL_free(ssl); }

// Before each call into OpenSSL.
void Endpoint::Session::begin(const Path& to, Timestamp now, DatagramBatch& out) {
  ERR_clear_error();  // the queue is the thread's, and others use OpenSSL too
  wire.out = &out;
  wire.to = to;
  wire.timer.set_now(now);
  messages.clear();
  records.clear();
}

void Endpoint::Session::advance() {
  if (state == State::New) state = State::Handshaking;
  if (state == State::Handshaking) {
    const int result = SSL_do_handshake(ssl);
    if (result == 1) {
      on_handshake_done();
    } else {
      handle_error(result);
    }
  }
  if (state == State::Connected) read_records();
}

void Endpoint::Session::on_handshake_done() {
  PARLEY_CHECK(peer.passed);  // no handshake without a certificate, none without `judge`
  const SRTP_PROTECTION_PROFILE* profile = SSL_get_selected_srtp_profile(ssl);
  if (!profile) {
    SSL_shutdown(ssl);
    fail(Failure::NoSrtpProfile);
    return;
  }
  keys = export_keys(ssl, srtp::Profile{static_cast<uint16_t>(profile->id)}, config.role);
  state = State::Connected;
}

void Endpoint::Session::read_records() {
  std::array<uint8_t, kMaxRecord> record;  // on the stack: most connections have no data channel and need no buffer
  while (!messages.full()) {
    const int size = SSL_read(ssl, record.data(), static_cast<int>(record.size()));
    if (size <= 0) {
      handle_error(size);
      return;
    }
    messages.push_back({records.size(), static_cast<size_t>(size)});
    records.insert(records.end(), record.begin(), record.begin() + size);
  }
}

void Endpoint::Session::fail(Failure reason) {
  state = State::Failed;
  failure = reason;
  keys.reset();
}

void Endpoint::Session::handle_error(int result) {
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return;
    case SSL_ERROR_ZERO_RETURN:
      SSL_shutdown(ssl);  // answers close_notify (RFC 5246 section 7.2.1)
      state = State::Closed;
      keys.reset();
      return;
    default: fail(peer.refused ? Failure::WrongFingerprint : failure_of_last_error());
  }
}

Endpoint::Endpoint(Config config) : session_(std::make_unique<Session>(std::move(config))) {}
Endpoint::~Endpoint() = default;
Endpoint::Endpoint(Endpoint&&) noexcept = default;
Endpoint& Endpoint::operator=(Endpoint&&) noexcept = default;

void Endpoint::start(const Path& to, Timestamp now, DatagramBatch& out) {
  if (session_->config.role != Role::Active || session_->state != State::New) return;
  session_->begin(to, now, out);
  session_->advance();
}

void Endpoint::receive(Bytes datagram, const Path& from, Timestamp now, DatagramBatch& out) {
  session_->messages.clear();
  if (!is_dtls(datagram) || session_->state == State::Closed || session_->state == State::Failed) return;
  // A client that has not sent its ClientHello expects nothing.
  if (session_->config.role == Role::Active && session_->state == State::New) return;
  ++session_->stats.datagrams_received;
  session_->begin(from, now, out);
  session_->wire.incoming = datagram;
  session_->advance();
  session_->wire.incoming = {};
}

void Endpoint::on_deadline(const Path& to, Timestamp now, DatagramBatch& out) {
  if (now < next_deadline()) return;
  session_->begin(to, now, out);
  switch (session_->wire.timer.expire(session_->ssl)) {
    case FlightTimer::Outcome::Early: return;
    case FlightTimer::Outcome::Resent: ++session_->stats.retransmissions; return;
    case FlightTimer::Outcome::GaveUp: session_->fail(Failure::Timeout); return;
  }
}

Timestamp Endpoint::next_deadline() const {
  const bool over = session_->state == State::Closed || session_->state == State::Failed;
  return over ? Timestamp::never() : session_->wire.timer.deadline();
}

size_t Endpoint::message_count() const { return session_->messages.size(); }

Bytes Endpoint::message(size_t index) const {
  const Session::Message& message = session_->messages[index];
  return Bytes(session_->records).subspan(message.offset, message.size);
}

bool Endpoint::send(Bytes data, const Path& to, Timestamp now, DatagramBatch& out) {
  PARLEY_CHECK(!data.empty() && data.size() <= kMaxApplicationData);
  if (session_->state != State::Connected) return false;
  session_->begin(to, now, out);
  return SSL_write(session_->ssl, data.data(), static_cast<int>(data.size())) == static_cast<int>(data.size());
}

void Endpoint::close(const Path& to, Timestamp now, DatagramBatch& out) {
  if (session_->state == State::Closed || session_->state == State::Failed) return;
  session_->begin(to, now, out);
  if (session_->state == State::Connected) SSL_shutdown(session_->ssl);
  session_->state = State::Closed;
  session_->keys.reset();
}

State Endpoint::state() const { return session_->state; }
Failure Endpoint::failure() const { return session_->failure; }
const srtp::SessionKeys* Endpoint::srtp_keys() const { return session_->keys ? &*session_->keys : nullptr; }
EndpointStats Endpoint::stats() const {
  EndpointStats stats = session_->stats;
  stats.datagrams_sent = session_->wire.datagrams_sent;
  return stats;
}

}  // namespace parley::dtls
