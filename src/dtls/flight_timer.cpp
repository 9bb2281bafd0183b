#include "dtls/flight_timer.hpp"

#include <openssl/ssl.h>
#include <sys/time.h>

#include <algorithm>

#include "base/check.hpp"

namespace parley::dtls {
namespace {

constexpr unsigned kFirstMicros = static_cast<unsigned>(FlightTimer::kFirstTimeout.us());
constexpr unsigned kMaxMicros = static_cast<unsigned>(FlightTimer::kMaxTimeout.us());
constexpr unsigned kHourMicros = 3'600'000'000;

unsigned never_by_itself(SSL*, unsigned) { return kHourMicros; }
unsigned doubling(SSL*, unsigned last_micros) {
  return last_micros == 0 ? kFirstMicros : std::min(last_micros * 2, kMaxMicros);
}

}  // namespace

FlightTimer::Clock FlightTimer::supported_clock() {
  // At run time, as a newer library of the same name may be loaded than was compiled against.
  return OpenSSL_version_num() < 0x30200000L ? Clock::Caller : Clock::OpenSsl;
}

void FlightTimer::attach(ssl_st* ssl) const {
  DTLS_set_timer_cb(ssl, clock_ == Clock::Caller ? never_by_itself : doubling);
}

void FlightTimer::on_openssl_timer(timeval* next_timeout) {
  if (next_timeout->tv_sec == 0 && next_timeout->tv_usec == 0) {
    deadline_ = Timestamp::never();
    timeout_ = kFirstTimeout;
    return;
  }
  if (clock_ == Clock::Caller) openssl_timer_ = next_timeout;
  deadline_ = now_ + timeout_;
}

FlightTimer::Outcome FlightTimer::expire(ssl_st* ssl) {
  if (now_ < deadline_) return Outcome::Early;
  timeout_ = std::min(timeout_ * 2, kMaxTimeout);
  if (clock_ == Clock::Caller) {
    PARLEY_CHECK(openssl_timer_);  // the deadline came from there
    *openssl_timer_ = {.tv_sec = 1, .tv_usec = 0};
  }
  const long handled = DTLSv1_handle_timeout(ssl);
  if (handled < 0) deadline_ = Timestamp::never();
  if (handled == 0) {
    timeout_ = timeout_ / 2;
    deadline_ = now_ + TimeDelta::millis(5);  // OpenSSL's clock is a little behind the caller's
  }
  return handled < 0 ? Outcome::GaveUp : handled == 0 ? Outcome::Early : Outcome::Resent;
}

}  // namespace parley::dtls
