#pragma once

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/datagram_batch.hpp"
#include "dtls/flight_timer.hpp"

struct bio_st;

namespace parley::dtls {

/// What OpenSSL reads from and writes to, set anew for each call into it: its callbacks do nothing but this.
struct Wire {
  Bytes incoming;                ///< the datagram to read; emptied by the read
  DatagramBatch* out = nullptr;  ///< where written datagrams go
  Path to;
  uint64_t datagrams_sent = 0;
  FlightTimer timer;
};

/// A BIO over `wire`, which must outlive it. One read gives one datagram and one write makes one, which OpenSSL's own
/// memory BIO does not keep up.
bio_st* new_datagram_bio(Wire& wire);

}  // namespace parley::dtls
