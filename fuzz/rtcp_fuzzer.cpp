// links: rtp
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.hpp"
#include "rtp/rtcp/rtcp.hpp"

using namespace parley;
using namespace parley::rtp::rtcp;

namespace {

using Buffer = std::array<uint8_t, 2048>;

Bytes write_message(const Message& message, Buffer& buffer) {
  ByteWriter out(buffer);
  // Whatever the reader accepts is within its bounds, so that it can be written.
  PARLEY_CHECK(std::visit([&](const auto& m) { return write(out, m); }, message));
  PARLEY_CHECK(out.size() % 4 == 0);
  return out.written();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Reader reader(Bytes(data, size));
  Message message;
  size_t count = 0;
  while (reader.next(message)) {
    PARLEY_CHECK(++count <= size / 4);
    Buffer first_buffer, second_buffer;
    const Bytes first = write_message(message, first_buffer);
    Reader again(first);
    Message copy;
    PARLEY_CHECK(again.next(copy) && copy.index() == message.index());
    PARLEY_CHECK(std::ranges::equal(write_message(copy, second_buffer), first));
    PARLEY_CHECK(!again.next(copy) && !again.malformed());
  }
  return 0;
}
