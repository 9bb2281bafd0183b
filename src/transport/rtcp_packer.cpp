#include "transport/rtcp_packer.hpp"

namespace parley::transport {

void RtcpPacker::begin() {
  if (reporter_.reduced_size) return;
  write(writer_, rtp::rtcp::ReceiverReport{.sender = reporter_.ssrc});
  rtp::rtcp::write_cname(writer_, reporter_.ssrc, reporter_.cname);
}

void RtcpPacker::flush() {
  if (writer_.size() == 0) return;
  const MutableBytes room = target_.datagrams.reserve(writer_.size() + srtp::kMaxOverhead);
  const auto size = target_.srtp.protect_rtcp(writer_.written(), room);
  if (size) target_.datagrams.commit(target_.path, *size);
  writer_ = ByteWriter(buffer_);
}

}  // namespace parley::transport
