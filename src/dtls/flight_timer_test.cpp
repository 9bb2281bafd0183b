#include "dtls/flight_timer.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/time.h>

#include <chrono>

#include "dtls/datagram_bio.hpp"
#include "dtls/two_endpoints.hpp"

namespace parley::dtls {
namespace {

// A client that has sent its ClientHello at `now`.
struct Waiting {
  explicit Waiting(FlightTimer::Clock clock, Timestamp now) : ssl(SSL_new(identity(0)->context())) {
    wire.timer = FlightTimer(clock);
    wire.timer.set_now(now);
    wire.out = &out;
    BIO* bio = new_datagram_bio(wire);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_mtu(ssl, 1200);
    wire.timer.attach(ssl);
    SSL_set_connect_state(ssl);
    SSL_do_handshake(ssl);
    EXPECT_EQ(wire.datagrams_sent, 1u);
  }
  ~Waiting() { SSL_free(ssl); }
  FlightTimer& timer() { return wire.timer; }

  DatagramBatch out;
  Wire wire;
  SSL* ssl;
};

Timestamp real_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Timestamp::from_us(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

TEST(FlightTimer, FollowsTheCallersClock) {
  ASSERT_EQ(FlightTimer::supported_clock(), FlightTimer::Clock::Caller) << "simulated time needs OpenSSL before 3.2";
  const Timestamp begin = Timestamp::from_us(5'000'000);
  Waiting w(FlightTimer::Clock::Caller, begin);
  EXPECT_EQ(w.timer().deadline(), begin + FlightTimer::kFirstTimeout);
  w.timer().set_now(begin + FlightTimer::kFirstTimeout - TimeDelta::micros(1));
  EXPECT_EQ(w.timer().expire(w.ssl), FlightTimer::Outcome::Early);
  w.timer().set_now(w.timer().deadline());
  EXPECT_EQ(w.timer().expire(w.ssl), FlightTimer::Outcome::Resent);
  EXPECT_EQ(w.wire.datagrams_sent, 2u);
  EXPECT_EQ(w.timer().deadline(), begin + FlightTimer::kFirstTimeout * 3);
}

TEST(FlightTimer, OpenSslSendsNothingByItself) {
  Waiting w(FlightTimer::Clock::Caller, Timestamp::from_us(1));
  for (int i = 0; i < 10; ++i) SSL_do_handshake(w.ssl);
  EXPECT_EQ(w.wire.datagrams_sent, 1u);
  timeval left{};
  ASSERT_EQ(DTLSv1_get_timeout(w.ssl, &left), 1);
  EXPECT_GT(left.tv_sec, 3500);
}

// What happens with a newer OpenSSL, in real time.
TEST(FlightTimer, FallsBackToOpenSslsClock) {
  const Timestamp begin = real_now();
  Waiting w(FlightTimer::Clock::OpenSsl, begin);
  EXPECT_EQ(w.timer().deadline(), begin + FlightTimer::kFirstTimeout);
  // The caller's clock says it is time, OpenSSL's does not yet.
  w.timer().set_now(w.timer().deadline());
  EXPECT_EQ(w.timer().expire(w.ssl), FlightTimer::Outcome::Early);
  EXPECT_GT(w.timer().deadline(), begin + FlightTimer::kFirstTimeout);
  auto outcome = FlightTimer::Outcome::Early;
  while (outcome == FlightTimer::Outcome::Early && real_now() < begin + TimeDelta::seconds(10)) {
    w.timer().set_now(real_now());
    outcome = w.timer().expire(w.ssl);
  }
  EXPECT_EQ(outcome, FlightTimer::Outcome::Resent);
  EXPECT_EQ(w.wire.datagrams_sent, 2u);
  EXPECT_GE(w.timer().deadline(), begin + FlightTimer::kFirstTimeout * 2);
}

}  // namespace
}  // namespace parley::dtls
