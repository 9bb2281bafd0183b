// links: stun
// Any bytes as a STUN message; what parses must survive being written and parsed again.
#include <array>
#include <cstdint>

#include "base/check.hpp"
#include "stun/message.hpp"

using namespace parley;
using namespace parley::stun;

namespace {

void write_and_compare(const MessageView& m, const IntegrityKey& key) {
  static std::array<uint8_t, 70'000> buffer;  // a message may be 64 KB
  Writer writer(buffer, m.message_class, m.method, m.transaction);
  if (m.username) writer.username(*m.username);
  if (!m.software.empty()) writer.software(m.software);
  if (m.priority) writer.priority(*m.priority);
  if (m.use_candidate) writer.use_candidate();
  if (m.ice_controlling) writer.ice_controlling(*m.ice_controlling);
  if (m.ice_controlled) writer.ice_controlled(*m.ice_controlled);
  if (m.xor_mapped_address) writer.xor_mapped_address(*m.xor_mapped_address);
  if (m.error) writer.error(*m.error);
  if (!m.unknown_attributes.empty()) {
    writer.unknown_attributes({m.unknown_attributes.begin(), m.unknown_attributes.end()});
  }
  writer.integrity(key);
  const auto size = writer.finish();
  if (!size) return;  // near 64 KB the integrity and fingerprint may have no room
  const auto again = MessageView::parse(Bytes(buffer).first(*size));
  PARLEY_CHECK(again && again->has_fingerprint && again->verify(key));
  PARLEY_CHECK(again->message_class == m.message_class && again->method == m.method);
  PARLEY_CHECK(again->transaction == m.transaction && again->username == m.username && again->software == m.software);
  PARLEY_CHECK(again->priority == m.priority && again->use_candidate == m.use_candidate);
  PARLEY_CHECK(again->ice_controlling == m.ice_controlling && again->ice_controlled == m.ice_controlled);
  PARLEY_CHECK(again->xor_mapped_address == m.xor_mapped_address);
  PARLEY_CHECK(again->error.has_value() == m.error.has_value());
  PARLEY_CHECK(!m.error || (again->error->code == m.error->code && again->error->reason == m.error->reason));
  PARLEY_CHECK(again->unknown_attributes.size() == m.unknown_attributes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const IntegrityKey key(as_bytes("VOkJxbRl1RmTxUk/WvJxBt"));
  const auto message = MessageView::parse({data, size});
  if (!message) return 0;
  PARLEY_CHECK(is_stun({data, size}));
  PARLEY_CHECK(!message->verify(key) || message->integrity_offset);
  write_and_compare(*message, key);
  return 0;
}
