#include "bench/protect_cost.hpp"

#include <vector>

#include "base/check.hpp"
#include "base/datagram_batch.hpp"
#include "bench/cpu_clock.hpp"
#include "srtp/sender.hpp"

namespace parley::bench {

double protect_cost_ns(srtp::Profile profile, size_t contexts, size_t run, size_t payload_size) {
  std::vector<srtp::Sender> senders;
  for (size_t i = 0; i < contexts; ++i) {
    srtp::MasterKey key{.profile = profile};
    for (size_t k = 0; k < srtp::key_size(profile); ++k) key.key.push_back(static_cast<uint8_t>(i >> k % 8));
    for (size_t k = 0; k < srtp::salt_size(profile); ++k) key.salt.push_back(static_cast<uint8_t>(k));
    senders.emplace_back(key);
  }
  std::vector<uint8_t> header(24);
  header[0] = 0x90;
  header[15] = 2;  // words of extensions
  const std::vector<uint8_t> payload(payload_size, 0x5a);
  DatagramBatch batch;
  uint16_t sequence = 0;
  constexpr size_t kPackets = 60'000;
  const size_t rounds = std::max<size_t>(2, kPackets / (contexts * run));
  int64_t start = 0;
  for (size_t round = 0; round <= rounds; ++round) {
    if (round == 1) start = thread_cpu_ns();  // after a warm-up
    for (srtp::Sender& sender : senders) {
      for (size_t i = 0; i < run; ++i) {
        store_be16(&header[2], static_cast<uint16_t>(sequence + i));
        const size_t size = header.size() + payload.size() + srtp::kMaxOverhead;
        if (batch.entries().size() * size + size > DatagramBatch::kArenaSize) batch.clear();
        const auto written = sender.protect_rtp(header, payload, batch.reserve(size));
        PARLEY_CHECK(written.has_value());
        batch.commit({}, *written);
      }
    }
    sequence = static_cast<uint16_t>(sequence + run);
  }
  return static_cast<double>(thread_cpu_ns() - start) / static_cast<double>(rounds * contexts * run);
}

}  // namespace parley::bench
