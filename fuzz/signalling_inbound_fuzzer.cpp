// links: signalling
#include <cstdint>

#include <google/protobuf/stubs/logging.h>

#include "base/check.hpp"
#include "signalling/inbound.hpp"

using namespace parley;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // as the server does
  return 0;
}

// A fresh socket, a sequence of frames: each is one length byte (in units of four bytes) and as many bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Timestamp now = Timestamp::from_us(0);
  signalling::Inbound inbound(now);
  ByteReader reader(Bytes(data, size));
  bool joined = false;
  while (reader.remaining() > 0) {
    const size_t length = size_t{reader.u8()} * 4;
    const Bytes frame = reader.take(length < reader.remaining() ? length : reader.remaining());
    const auto outcome = inbound.receive(frame, true, now, UtcTime::from_ms(1));
    if (outcome.request) {
      const bool first = outcome.request->has_join() || outcome.request->has_resume();
      PARLEY_CHECK(first != joined);
      joined = true;
    }
    if (outcome.close) break;
    now += TimeDelta::millis(1);
  }
  return 0;
}
