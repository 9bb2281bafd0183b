#pragma once

#include <cstdint>

#include "base/time.hpp"

struct ssl_st;
struct timeval;

namespace parley::dtls {

/// When the last handshake flight is to be sent again (RFC 6347 section 4.2.4), on the caller's clock.
///
/// OpenSSL keeps that timer by itself, reads the system's clock for it, and sends nothing again before its own time is
/// up. This file is all that knows of it. OpenSSL tells a BIO where its timer's value lies whenever it starts or stops;
/// its own time is then set an hour ahead, so that it never fires, and for the call at our deadline into the past, so
/// that it does. From 3.2 on a BIO sees only a copy: there OpenSSL's clock rules after all, with the same intervals, so
/// that a real connection behaves alike and only simulated time is not supported.
class FlightTimer {
 public:
  /// As people wait for the handshake, the first repeat comes sooner than the 1 s of RFC 6347 section 4.2.4.1, which
  /// allows that; doubled each time, to 3.2 s at most.
  static constexpr TimeDelta kFirstTimeout = TimeDelta::millis(100);
  static constexpr TimeDelta kMaxTimeout = TimeDelta::millis(3200);

  enum class Clock : uint8_t { Caller, OpenSsl };
  /// What the OpenSSL library that is loaded allows.
  static Clock supported_clock();

  explicit FlightTimer(Clock clock = supported_clock()) : clock_(clock) {}

  /// For a new SSL object, before its first use.
  void attach(ssl_st* ssl) const;
  /// The caller's time for whatever OpenSSL does next.
  void set_now(Timestamp now) { now_ = now; }
  /// For BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT: OpenSSL started its timer, or stopped it (a zero value).
  void on_openssl_timer(timeval* next_timeout);

  /// `Timestamp::never()` while no flight waits for its answer.
  Timestamp deadline() const { return deadline_; }
  enum class Outcome : uint8_t { Early, Resent, GaveUp };
  /// If the deadline has passed, has OpenSSL send the flight again.
  Outcome expire(ssl_st* ssl);

 private:
  Clock clock_;
  Timestamp now_;
  Timestamp deadline_ = Timestamp::never();
  TimeDelta timeout_ = kFirstTimeout;
  timeval* openssl_timer_ = nullptr;  // inside the SSL object, if Clock::Caller
};

}  // namespace parley::dtls
