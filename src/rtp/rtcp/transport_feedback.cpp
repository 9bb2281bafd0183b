#include <algorithm>
#include <limits>

#include "rtp/rtcp/rtcp.hpp"
#include "rtp/rtcp/wire.hpp"

/// Transport-wide feedback: draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.
namespace parley::rtp::rtcp {
namespace {

constexpr size_t kMaxPackets = TransportFeedback::kMaxPackets;
constexpr int32_t kTick = 250;  // microseconds
constexpr uint32_t kMaxRun = 0x1fff;
constexpr size_t kOneBitSymbols = 14;  // of one status-vector chunk
constexpr size_t kTwoBitSymbols = 7;

enum Symbol : uint8_t { kNotReceived = 0, kSmallDelta = 1, kLargeDelta = 2, kReserved = 3 };

using Symbols = FixedVector<Symbol, kMaxPackets>;

// Appends `count` times `symbol`; those beyond the bound are dropped.
void append(Symbols& symbols, Symbol symbol, size_t count) {
  for (size_t n = std::min(count, kMaxPackets - symbols.size()); n > 0; --n) symbols.push_back(symbol);
}

// Reads the status chunks of `count` packets and leaves the reader at the deltas.
bool read_symbols(ByteReader& body, size_t count, Symbols& symbols) {
  for (size_t seen = 0; seen < count;) {
    const uint16_t chunk = body.u16();
    if (!body.ok()) return false;
    if ((chunk & 0x8000) == 0) {
      const size_t run = std::min<size_t>(chunk & kMaxRun, count - seen);
      if (run == 0) return false;  // covers nothing: a chunk of ill will
      append(symbols, static_cast<Symbol>(chunk >> 13 & 3), run);
      seen += run;
      continue;
    }
    const size_t bits = chunk & 0x4000 ? 2 : 1;
    const size_t length = std::min(bits == 1 ? kOneBitSymbols : kTwoBitSymbols, count - seen);
    for (size_t i = 0; i < length; ++i) {
      append(symbols, static_cast<Symbol>(chunk >> (14 - bits * (i + 1)) & (bits == 1 ? 1 : 3)), 1);
    }
    seen += length;
  }
  return true;
}

bool read_arrivals(ByteReader& body, const Symbols& symbols, TransportFeedback& feedback) {
  int64_t arrival = 0;
  for (const Symbol symbol : symbols) {
    if (symbol == kReserved) return false;
    if (symbol == kNotReceived) {
      feedback.arrivals.push_back(TransportFeedback::kLost);
      continue;
    }
    arrival += kTick * (symbol == kSmallDelta ? int32_t{body.u8()} : static_cast<int16_t>(body.u16()));
    if (arrival <= std::numeric_limits<int32_t>::min() || arrival > std::numeric_limits<int32_t>::max()) return false;
    feedback.arrivals.push_back(static_cast<int32_t>(arrival));
  }
  return body.ok();
}

// A message to write: a symbol for each packet and a delta for each that arrived.
struct Statuses {
  Symbols symbols;
  FixedVector<int16_t, kMaxPackets> deltas;
  size_t delta_bytes = 0;
};

constexpr int32_t to_ticks(int32_t us) { return us >= 0 ? us / kTick : -((kTick - 1 - us) / kTick); }

bool fill(const TransportFeedback& feedback, Statuses& statuses) {
  int32_t last = 0;
  for (const int32_t arrival : feedback.arrivals) {
    if (arrival == TransportFeedback::kLost) {
      statuses.symbols.push_back(kNotReceived);
      continue;
    }
    const int32_t ticks = to_ticks(arrival);
    const int32_t delta = ticks - last;
    last = ticks;
    if (delta < std::numeric_limits<int16_t>::min() || delta > std::numeric_limits<int16_t>::max()) return false;
    const bool small = delta >= 0 && delta <= 255;
    statuses.symbols.push_back(small ? kSmallDelta : kLargeDelta);
    statuses.deltas.push_back(static_cast<int16_t>(delta));
    statuses.delta_bytes += small ? 1 : 2;
  }
  return true;
}

uint16_t vector_chunk(std::span<const Symbol> symbols, size_t bits) {
  uint32_t chunk = bits == 1 ? 0x8000 : 0xc000;
  for (size_t i = 0; i < symbols.size(); ++i) chunk |= uint32_t{symbols[i]} << (14 - bits * (i + 1));
  return static_cast<uint16_t>(chunk);
}

// Every chunk but the last covers at least `kTwoBitSymbols`.
using Chunks = FixedVector<uint16_t, (kMaxPackets + kTwoBitSymbols - 1) / kTwoBitSymbols>;

// Takes at each place the kind of chunk that covers most packets.
Chunks to_chunks(const Symbols& symbols) {
  Chunks chunks;
  std::span<const Symbol> rest(symbols.data(), symbols.size());
  while (!rest.empty()) {
    const auto run_end = std::find_if(rest.begin(), rest.end(), [&](Symbol s) { return s != rest.front(); });
    const auto run = static_cast<size_t>(run_end - rest.begin());
    const auto window = rest.first(std::min(kOneBitSymbols, rest.size()));
    const size_t bits = std::find(window.begin(), window.end(), kLargeDelta) == window.end() ? 1 : 2;
    size_t covered = std::min(bits == 1 ? kOneBitSymbols : kTwoBitSymbols, rest.size());
    if (run >= covered) {
      covered = run;  // at most kMaxPackets, far below kMaxRun
      chunks.push_back(static_cast<uint16_t>(rest.front() << 13 | run));
    } else {
      chunks.push_back(vector_chunk(rest.first(covered), bits));
    }
    rest = rest.subspan(covered);
  }
  return chunks;
}
static_assert(kMaxPackets <= kMaxRun);

}  // namespace

bool read_transport_feedback(ByteReader body, TransportFeedback& feedback) {
  feedback.sender = Ssrc(body.u32());
  feedback.media = Ssrc(body.u32());
  feedback.base_sequence = body.u16();
  const size_t count = body.u16();
  feedback.reference_time_64ms = static_cast<int32_t>(body.u24() << 8) >> 8;  // sign of 24 bits
  feedback.feedback_count = body.u8();
  if (!body.ok() || count == 0) return false;
  Symbols symbols;
  return read_symbols(body, count, symbols) && read_arrivals(body, symbols, feedback);
}

bool write(ByteWriter& out, const TransportFeedback& feedback) {
  Statuses statuses;
  if (feedback.arrivals.empty() || !fill(feedback, statuses)) return false;
  const Chunks chunks = to_chunks(statuses.symbols);
  const size_t used = 20 + 2 * chunks.size() + statuses.delta_bytes;
  const size_t size = (used + 3) / 4 * 4;
  if (!begin_packet(out, kTransportFeedback, kTransportWide, size)) return false;
  out.u32(feedback.sender.value());
  out.u32(feedback.media.value());
  out.u16(feedback.base_sequence);
  out.u16(static_cast<uint16_t>(feedback.arrivals.size()));
  out.u24(static_cast<uint32_t>(feedback.reference_time_64ms) & 0xffffff);
  out.u8(feedback.feedback_count);
  for (const uint16_t chunk : chunks) out.u16(chunk);
  for (const int16_t delta : statuses.deltas) {
    if (delta >= 0 && delta <= 255) {
      out.u8(static_cast<uint8_t>(delta));
    } else {
      out.u16(static_cast<uint16_t>(delta));
    }
  }
  out.fill(0, size - used);
  return true;
}

}  // namespace parley::rtp::rtcp
