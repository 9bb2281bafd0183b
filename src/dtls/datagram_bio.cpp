#include "dtls/datagram_bio.hpp"

#include <openssl/bio.h>

#include <algorithm>

#include "dtls/endpoint.hpp"

namespace parley::dtls {
namespace {

Wire& wire_of(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

int write_datagram(BIO* bio, const char* data, int size) {
  Wire& wire = wire_of(bio);
  PARLEY_CHECK(wire.out && size > 0);
  wire.out->append(wire.to, {reinterpret_cast<const uint8_t*>(data), static_cast<size_t>(size)});
  ++wire.datagrams_sent;
  return size;
}

int read_datagram(BIO* bio, char* out, int room) {
  Wire& wire = wire_of(bio);
  BIO_clear_retry_flags(bio);
  if (wire.incoming.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  // Like a socket: what does not fit is lost. OpenSSL offers room for the largest record there is.
  const size_t size = std::min(wire.incoming.size(), static_cast<size_t>(room));
  std::memcpy(out, wire.incoming.data(), size);
  wire.incoming = {};
  return static_cast<int>(size);
}

long control(BIO* bio, int command, long, void* argument) {
  switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return static_cast<long>(Endpoint::kMtu);
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
      wire_of(bio).timer.on_openssl_timer(static_cast<timeval*>(argument));
      return 1;
    default: return 0;
  }
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "parley datagram");
  PARLEY_CHECK(method);
  BIO_meth_set_write(method, write_datagram);
  BIO_meth_set_read(method, read_datagram);
  BIO_meth_set_ctrl(method, control);
  return method;
}

}  // namespace

bio_st* new_datagram_bio(Wire& wire) {
  static BIO_METHOD* const method = make_method();  // a constant table, made once
  BIO* bio = BIO_new(method);
  PARLEY_CHECK(bio);
  BIO_set_data(bio, &wire);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace parley::dtls
