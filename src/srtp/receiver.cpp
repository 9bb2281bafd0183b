#include "srtp/receiver.hpp"

#include "srtp/packet_cipher.hpp"
#include "srtp/rtp_header.hpp"
#include "srtp/stream_table.hpp"

namespace parley::srtp {
namespace {

// The window of an SSRC, or an empty one for an SSRC that is new and must prove authentic before it gets a place.
struct Lookup {
  ReplayWindow fresh;
  ReplayWindow* known = nullptr;
  const ReplayWindow& window() const { return known ? *known : fresh; }
};

void mark(StreamTable& streams, const Lookup& lookup, uint32_t ssrc, int64_t index) {
  ReplayWindow& window = lookup.known ? *lookup.known : streams.insert(ssrc);
  window.mark(index);
}

}  // namespace

struct Receiver::State {
  explicit State(const MasterKey& key)
      : rtp(key, Stream::Rtp, PacketCipher::Use::Open), rtcp(key, Stream::Rtcp, PacketCipher::Use::Open) {}
  PacketCipher rtp;
  PacketCipher rtcp;
  StreamTable rtp_streams;
  StreamTable rtcp_streams;
};

Receiver::Receiver(const MasterKey& key) : state_(std::make_unique<State>(key)) {}
Receiver::~Receiver() = default;
Receiver::Receiver(Receiver&&) noexcept = default;
Receiver& Receiver::operator=(Receiver&&) noexcept = default;

Profile Receiver::profile() const { return state_->rtp.profile(); }

std::expected<size_t, Error> Receiver::unprotect_rtp(MutableBytes packet) {
  const size_t tag = tag_size(profile());
  if (packet.size() < kMinRtpHeader + tag) return std::unexpected(Error::TooShort);
  const MutableBytes body = packet.first(packet.size() - tag);
  const auto header = rtp_header_size(body);
  if (!header) return std::unexpected(Error::Malformed);

  const uint32_t ssrc = rtp_ssrc(packet);
  const Lookup lookup{.known = state_->rtp_streams.find(ssrc)};
  if (!lookup.known && state_->rtp_streams.full()) return std::unexpected(Error::TooManyStreams);
  const int64_t index = guess_index(lookup.window(), rtp_sequence_number(packet));
  if (index >= kRtpIndexLimit) return std::unexpected(Error::KeyExhausted);
  if (!lookup.window().accepts(index)) return std::unexpected(Error::Replayed);

  std::array<uint8_t, 4> roll_over;
  store_be32(roll_over.data(), static_cast<uint32_t>(index >> 16));
  const Bytes trailer = is_gcm(profile()) ? Bytes() : Bytes(roll_over);
  const bool authentic = state_->rtp.open({ssrc, static_cast<uint64_t>(index)}, {body.first(*header), trailer},
                                          body.subspan(*header), packet.last(tag));
  if (!authentic) return std::unexpected(Error::BadAuth);
  mark(state_->rtp_streams, lookup, ssrc, index);
  return body.size();
}

std::expected<size_t, Error> Receiver::unprotect_rtcp(MutableBytes packet) {
  const size_t tag_bytes = tag_size(profile());
  if (packet.size() < kRtcpHeader + rtcp_overhead(profile())) return std::unexpected(Error::TooShort);
  if (packet[0] >> 6 != 2) return std::unexpected(Error::Malformed);
  const MutableBytes body = packet.first(packet.size() - rtcp_overhead(profile()));
  const MutableBytes rest = packet.subspan(body.size());
  const Bytes word = is_gcm(profile()) ? rest.last(4) : rest.first(4);
  const Bytes tag = is_gcm(profile()) ? rest.first(tag_bytes) : rest.last(tag_bytes);
  if (!(load_be32(word.data()) & kEncryptedFlag)) return std::unexpected(Error::NotEncrypted);

  const uint32_t ssrc = rtcp_ssrc(packet);
  const int64_t index = load_be32(word.data()) & ~kEncryptedFlag;
  const Lookup lookup{.known = state_->rtcp_streams.find(ssrc)};
  if (!lookup.known && state_->rtcp_streams.full()) return std::unexpected(Error::TooManyStreams);
  if (!lookup.window().accepts(index)) return std::unexpected(Error::Replayed);
  const bool authentic = state_->rtcp.open({ssrc, static_cast<uint64_t>(index)}, {body.first(kRtcpHeader), word},
                                           body.subspan(kRtcpHeader), tag);
  if (!authentic) return std::unexpected(Error::BadAuth);
  mark(state_->rtcp_streams, lookup, ssrc, index);
  return body.size();
}

}  // namespace parley::srtp
