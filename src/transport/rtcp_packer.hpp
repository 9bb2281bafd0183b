#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/address.hpp"
#include "base/datagram_batch.hpp"
#include "rtp/rtcp/rtcp.hpp"
#include "srtp/sender.hpp"

namespace parley::transport {

/// Gathers RTCP messages into as few datagrams as they need, protects them and appends them to the batch. A datagram
/// begins with a receiver report and CNAME (RFC 3550 section 6.1) unless reduced size was agreed (RFC 5506).
class RtcpPacker {
 public:
  /// Safe without path MTU discovery: the smallest IPv6 link (1280) less IPv6, UDP, SRTCP overhead and some tunnel.
  static constexpr size_t kMaxSize = 1180;

  struct Target {
    srtp::Sender& srtp;
    Path path;
    DatagramBatch& datagrams;
  };
  struct Reporter {
    Ssrc ssrc;
    std::string_view cname;
    bool reduced_size = false;
  };
  RtcpPacker(const Target& target, const Reporter& reporter) : target_(target), reporter_(reporter) {}
  RtcpPacker(const RtcpPacker&) = delete;
  RtcpPacker& operator=(const RtcpPacker&) = delete;

  template <typename Message>
  void add(const Message& message) {
    if (writer_.size() == 0) begin();
    if (write(writer_, message)) return;
    flush();
    begin();
    write(writer_, message);
  }
  /// Sends what was gathered. Call once at the end.
  void flush();

 private:
  void begin();

  Target target_;
  Reporter reporter_;
  std::array<uint8_t, kMaxSize> buffer_;
  ByteWriter writer_{buffer_};
};

}  // namespace parley::transport
