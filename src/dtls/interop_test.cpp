// Our server against a plain OpenSSL client whose settings are not ours.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>

#include "dtls/datagram_bio.hpp"
#include "dtls/endpoint.hpp"
#include "dtls/peer_certificate.hpp"
#include "dtls/recorded_hellos.hpp"
#include "dtls/two_endpoints.hpp"

namespace parley::dtls {
namespace {

using Packet = std::vector<uint8_t>;

struct Client {
  enum class Certificate { Ecdsa, Rsa, None };

  explicit Client(const char* srtp_profiles, Certificate kind = Certificate::Ecdsa)
      : context(SSL_CTX_new(DTLS_method())) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU);
    if (srtp_profiles) {
      EXPECT_EQ(SSL_CTX_set_tlsext_use_srtp(context, srtp_profiles), 0);
    }
    if (kind != Certificate::None) make_certificate(kind);
  }
  ~Client() {
    if (ssl) SSL_free(ssl);
    SSL_CTX_free(context);
  }

  void make_certificate(Certificate kind) {
    EVP_PKEY* key = kind == Certificate::Rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    ASN1_TIME_set(X509_getm_notBefore(certificate), 0);  // long expired: dates mean nothing here
    ASN1_TIME_set(X509_getm_notAfter(certificate), 1);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    fingerprint = {"sha-384", digest_of(certificate, "sha-384")};
    X509_free(certificate);
    EVP_PKEY_free(key);
  }

  // Settings of `context` are complete once this is called.
  void begin() {
    ssl = SSL_new(context);
    BIO* bio = new_datagram_bio(wire);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_mtu(ssl, 1200);
    wire.timer.attach(ssl);
    SSL_set_connect_state(ssl);
  }
  void step(Bytes datagram, DatagramBatch& out) {
    wire.incoming = datagram;
    wire.out = &out;
    SSL_do_handshake(ssl);
    wire.incoming = {};
  }

  SSL_CTX* context;
  SSL* ssl = nullptr;
  Wire wire;
  Fingerprint fingerprint{"sha-256", {1}};
};

Endpoint server_for(const Client& client) { return Endpoint({identity(1), Role::Passive, {client.fingerprint}}); }

std::vector<Packet> packets_of(const DatagramBatch& batch) {
  std::vector<Packet> out;
  for (const auto& entry : batch.entries()) out.emplace_back(batch.bytes(entry).begin(), batch.bytes(entry).end());
  return out;
}

/// Changes the client's first flight on its way.
using Tamper = std::function<void(std::vector<Packet>& first_flight)>;

// Adds to the sequence numbers of a datagram's records in epoch 0, where nothing authenticates them.
void shift_sequence(Packet& datagram, size_t by) {
  for (size_t at = 0; at + 13 <= datagram.size(); at += 13 + load_be16(&datagram[at + 11])) {
    if (load_be16(&datagram[at + 3]) != 0) continue;
    store_be32(&datagram[at + 7], load_be32(&datagram[at + 7]) + static_cast<uint32_t>(by));
  }
}

/// True if both sides finish.
bool handshake(Client& client, Endpoint& server, const Tamper& tamper = [](auto&) {}) {
  const Timestamp now = Timestamp::from_us(1);
  DatagramBatch from_client, from_server;
  client.begin();
  client.step({}, from_client);
  std::vector<Packet> to_server = packets_of(from_client);
  tamper(to_server);
  const size_t used_numbers = to_server.size();
  for (int round = 0; round < 6; ++round) {
    from_server.clear();
    for (const Packet& packet : to_server) server.receive(packet, kPath, now, from_server);
    from_client.clear();
    for (const Packet& packet : packets_of(from_server)) client.step(packet, from_client);
    to_server = packets_of(from_client);
    // A tampered flight may have more records than the client counted.
    for (Packet& packet : to_server) shift_sequence(packet, used_numbers);
  }
  return SSL_is_init_finished(client.ssl) && server.state() == State::Connected;
}

constexpr char kBrowserProfiles[] = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM";

TEST(Interop, TheServersOrderOfProfilesRules) {
  const struct {
    const char* offered;
    srtp::Profile chosen;
  } cases[] = {
      {kBrowserProfiles, srtp::Profile::AeadAes128Gcm},
      {"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM", srtp::Profile::AeadAes256Gcm},
      {"SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80", srtp::Profile::Aes128CmSha1_80},
  };
  for (const auto& c : cases) {
    Client client(c.offered);
    Endpoint server = server_for(client);
    ASSERT_TRUE(handshake(client, server)) << c.offered;
    const srtp::SessionKeys& keys = *server.srtp_keys();
    EXPECT_EQ(keys.local.profile, c.chosen);
    EXPECT_EQ(SSL_get_selected_srtp_profile(client.ssl)->id, static_cast<unsigned long>(c.chosen));

    // RFC 5764 section 4.2: client key, server key, client salt, server salt.
    const size_t key = srtp::key_size(c.chosen), salt = srtp::salt_size(c.chosen);
    Packet material(2 * (key + salt));
    SSL_export_keying_material(client.ssl, material.data(), material.size(), "EXTRACTOR-dtls_srtp", 19, nullptr, 0, 0);
    Packet ours;
    for (const auto* part : {&keys.remote, &keys.local}) ours.insert(ours.end(), part->key.begin(), part->key.end());
    for (const auto* part : {&keys.remote, &keys.local}) ours.insert(ours.end(), part->salt.begin(), part->salt.end());
    EXPECT_EQ(ours, material);
  }
}

TEST(Interop, NoCommonProfileFails) {
  for (const char* offered : {"SRTP_AES128_CM_SHA1_32", static_cast<const char*>(nullptr)}) {
    Client client(offered);
    Endpoint server = server_for(client);
    EXPECT_FALSE(handshake(client, server));
    EXPECT_EQ(server.state(), State::Failed);
    EXPECT_EQ(server.failure(), Failure::NoSrtpProfile);
    EXPECT_FALSE(server.srtp_keys());
  }
}

TEST(Interop, AClientWithoutACertificateFails) {
  Client client(kBrowserProfiles, Client::Certificate::None);
  Endpoint server = server_for(client);
  EXPECT_FALSE(handshake(client, server));
  EXPECT_EQ(server.failure(), Failure::Protocol);
}

TEST(Interop, RsaCertificatesAreFine) {
  Client client(kBrowserProfiles, Client::Certificate::Rsa);
  Endpoint server = server_for(client);
  EXPECT_TRUE(handshake(client, server));
}

TEST(Interop, EachCipherSuiteAndGroup) {
  for (const char* cipher :
       {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    const struct {
      const char* offered;
      int chosen;
    } groups[] = {
        // P-256 is always in: with it the certificate is signed (RFC 8422 section 5.1).
        {"P-384:P-256:X25519", NID_X25519},
        {"P-384:P-256", NID_X9_62_prime256v1},
        {"P-256", NID_X9_62_prime256v1},
    };
    for (const auto& group : groups) {
      Client client(kBrowserProfiles);
      SSL_CTX_set_cipher_list(client.context, cipher);
      SSL_CTX_set1_groups_list(client.context, group.offered);
      Endpoint server = server_for(client);
      EXPECT_TRUE(handshake(client, server)) << cipher << ' ' << group.offered;
      EXPECT_EQ(SSL_get_negotiated_group(client.ssl), group.chosen);
      EXPECT_STREQ(SSL_get_cipher_name(client.ssl), cipher);
    }
  }
}

TEST(Interop, WeakerOffersFail) {
  const std::function<void(SSL_CTX*)> offers[] = {
      [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, DTLS1_VERSION); },
      [](SSL_CTX* c) { SSL_CTX_set_cipher_list(c, "ECDHE-ECDSA-AES128-SHA"); },
      [](SSL_CTX* c) { SSL_CTX_set1_groups_list(c, "P-521"); },
  };
  for (const auto& offer : offers) {
    Client client(kBrowserProfiles);
    offer(client.context);
    Endpoint server = server_for(client);
    EXPECT_FALSE(handshake(client, server));
    EXPECT_EQ(server.failure(), Failure::Protocol);
  }
}

// A ClientHello as large as a browser's with its post-quantum key share, which leaves in two datagrams.
struct LargeHello : Client {
  LargeHello() : Client(kBrowserProfiles) {
    Packet protocols;
    for (int i = 0; i < 5; ++i) {
      protocols.push_back(240);
      protocols.insert(protocols.end(), 240, static_cast<uint8_t>('a' + i));
    }
    SSL_CTX_set_alpn_protos(context, protocols.data(), static_cast<unsigned>(protocols.size()));
  }
};

TEST(Interop, FragmentedClientHello) {
  LargeHello client;
  Endpoint server = server_for(client);
  EXPECT_TRUE(handshake(client, server, [](auto& flight) { ASSERT_EQ(flight.size(), 2u); }));
}

TEST(Interop, FragmentsReorderedOrRepeated) {
  const Tamper tampers[] = {
      [](auto& flight) { std::swap(flight[0], flight[1]); },
      [](auto& flight) { flight = {flight[1], flight[1], flight[0], flight[0]}; },
      [](auto& flight) { flight = {flight[0], flight[0], flight[1]}; },
  };
  for (const Tamper& tamper : tampers) {
    LargeHello client;
    Endpoint server = server_for(client);
    EXPECT_TRUE(handshake(client, server, tamper));
  }
}

TEST(Interop, LostFragmentsAreRepaired) {
  for (size_t lost : {0u, 1u}) {
    LargeHello client;
    Endpoint server = server_for(client);
    EXPECT_TRUE(handshake(client, server, [&](auto& flight) {
      flight.erase(flight.begin() + static_cast<long>(lost));
      DatagramBatch again;
      client.wire.out = &again;
      client.wire.timer.set_now(client.wire.timer.deadline());
      ASSERT_EQ(client.wire.timer.expire(client.ssl), FlightTimer::Outcome::Resent);
      // Of the repeat, only what was lost comes through.
      flight.push_back(packets_of(again).at(lost));
    }));
  }
}

// Cuts a one-record handshake flight into fragments of `size` bytes, each a record and datagram of its own.
std::vector<Packet> cut(const Packet& datagram, size_t size) {
  constexpr size_t kRecord = 13, kMessage = 12;
  const Bytes body = Bytes(datagram).subspan(kRecord + kMessage);
  std::vector<Packet> out;
  for (size_t at = 0; at < body.size(); at += size) {
    const Bytes part = body.subspan(at, std::min(size, body.size() - at));
    Packet fragment(datagram.begin(), datagram.begin() + kRecord + kMessage);
    store_be32(&fragment[7], static_cast<uint32_t>(out.size()));  // record sequence number, low part
    store_be16(&fragment[11], static_cast<uint16_t>(kMessage + part.size()));
    store_be24(&fragment[kRecord + 6], static_cast<uint32_t>(at));
    store_be24(&fragment[kRecord + 9], static_cast<uint32_t>(part.size()));
    fragment.insert(fragment.end(), part.begin(), part.end());
    out.push_back(fragment);
  }
  return out;
}

// Down to 5 bytes: OpenSSL's replay window (64 records) bounds how far smaller ones may be shuffled.
TEST(Interop, FragmentsOfAnySize) {
  Rng rng(3);
  for (size_t size : {5u, 7u, 50u, 100u}) {
    Client client(kBrowserProfiles);
    Endpoint server = server_for(client);
    EXPECT_TRUE(handshake(client, server, [&](auto& flight) {
      flight = cut(flight[0], size);
      for (size_t i = flight.size() - 1; i > 0; --i) std::swap(flight[i], flight[rng.below(i + 1)]);
    })) << size;
  }
}

TEST(Interop, FragmentsThatLieFail) {
  // A whole length that changes between fragments, and one that overruns the message.
  for (size_t field : {1u, 6u}) {
    Client client(kBrowserProfiles);
    Endpoint server = server_for(client);
    EXPECT_FALSE(handshake(client, server, [&](auto& flight) {
      flight = cut(flight[0], 60);
      store_be24(&flight[1][13 + field], 0x7fffff);
    }));
    EXPECT_FALSE(server.srtp_keys());
  }
}

// --- what browsers send
// ------------------------------------------------------------------------------------------------

Packet from_hex(std::string_view hex) {
  Packet out;
  for (size_t i = 0; i < hex.size(); i += 2) {
    out.push_back(static_cast<uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

// Whether the flight is a ServerHello of DTLS 1.2 that chooses AEAD_AES_128_GCM for SRTP, and what goes with it.
void expect_server_hello(const DatagramBatch& flight) {
  ASSERT_FALSE(flight.empty());
  const Bytes first = flight.bytes(flight.entries()[0]);
  ASSERT_GT(first.size(), 60u);
  EXPECT_EQ(first[0], 22) << "a handshake record";
  EXPECT_EQ(first[13], 2) << "ServerHello";
  EXPECT_EQ(load_be16(&first[25]), 0xfefd);
  const Packet use_srtp = {0, 14, 0, 5, 0, 2, 0, 7, 0};  // RFC 5764 section 4.1.1
  EXPECT_NE(std::search(first.begin(), first.end(), use_srtp.begin(), use_srtp.end()), first.end());
}

TEST(Interop, BrowsersFragmentedHellosInAnyOrder) {
  for (const RecordedHello& hello : kRecordedHellos) {
    const Packet fragments[] = {from_hex(hello.datagrams[0]), from_hex(hello.datagrams[1])};
    for (const std::vector<int>& order : std::vector<std::vector<int>>{{0, 1}, {1, 0}, {0, 0, 1}, {1, 1, 0}}) {
      SCOPED_TRACE(hello.browser);
      Endpoint server({identity(1), Role::Passive, {identity(0)->fingerprint()}});
      DatagramBatch out;
      for (size_t i = 0; i < order.size(); ++i) {
        EXPECT_TRUE(out.empty()) << "nothing before the message is whole";
        server.receive(fragments[order[i]], kPath, Timestamp::from_us(1), out);
      }
      expect_server_hello(out);
      EXPECT_EQ(server.state(), State::Handshaking);
      EXPECT_EQ(server.next_deadline(), Timestamp::from_us(1) + FlightTimer::kFirstTimeout);
    }
  }
}

TEST(Interop, ABrowsersLostFirstFragmentIsRepaired) {
  for (const RecordedHello& hello : kRecordedHellos) {
    Packet first = from_hex(hello.datagrams[0]), second = from_hex(hello.datagrams[1]);
    Endpoint server({identity(1), Role::Passive, {identity(0)->fingerprint()}});
    DatagramBatch out;
    server.receive(second, kPath, Timestamp::from_us(1), out);
    EXPECT_TRUE(server.next_deadline().is_never()) << "the client repeats, not we";
    shift_sequence(first, 2);  // its repeat is made of new records
    shift_sequence(second, 2);
    server.receive(first, kPath, Timestamp::from_us(100'000), out);
    expect_server_hello(out);
    out.clear();
    server.receive(second, kPath, Timestamp::from_us(100'000), out);
    EXPECT_EQ(server.state(), State::Handshaking);
  }
}

}  // namespace
}  // namespace parley::dtls
