#include "srtp/sender.hpp"

#include "base/prefetch.hpp"
#include "srtp/packet_cipher.hpp"
#include "srtp/rtp_header.hpp"
#include "srtp/stream_table.hpp"

namespace parley::srtp {

struct Sender::State {
  explicit State(const MasterKey& key)
      : rtp(key, Stream::Rtp, PacketCipher::Use::Seal), rtcp(key, Stream::Rtcp, PacketCipher::Use::Seal) {}
  PacketCipher rtp;
  PacketCipher rtcp;
  StreamTable streams;
  // One SRTCP index for all SSRCs: each sees it grow, which is all that RFC 3711 section 3.4 needs.
  int64_t next_rtcp_index = 0;
};

Sender::Sender(const MasterKey& key) : state_(std::make_unique<State>(key)) {}
Sender::~Sender() = default;
Sender::Sender(Sender&&) noexcept = default;
Sender& Sender::operator=(Sender&&) noexcept = default;

Profile Sender::profile() const { return state_->rtp.profile(); }

void Sender::prefetch(int steps_ahead) const {
  if (steps_ahead > 1) return parley::prefetch(state_.get(), sizeof(State));
  state_->rtp.prefetch();
  state_->streams.prefetch();
}

std::expected<size_t, Error> Sender::protect_rtp(Bytes header, Bytes payload, MutableBytes out) {
  if (header.size() < kMinRtpHeader) return std::unexpected(Error::TooShort);
  if (rtp_header_size(header) != header.size()) return std::unexpected(Error::Malformed);
  const size_t size = header.size() + payload.size() + tag_size(profile());
  if (out.size() < size) return std::unexpected(Error::NoRoom);

  const uint32_t ssrc = rtp_ssrc(header);
  ReplayWindow* window = state_->streams.find(ssrc);
  if (!window) {
    if (state_->streams.full()) return std::unexpected(Error::TooManyStreams);
    window = &state_->streams.insert(ssrc);
  }
  const int64_t index = guess_index(*window, rtp_sequence_number(header));
  if (index >= kRtpIndexLimit) return std::unexpected(Error::KeyExhausted);
  if (!window->accepts(index)) return std::unexpected(Error::Replayed);
  window->mark(index);

  if (out.data() != header.data()) std::memcpy(out.data(), header.data(), header.size());
  uint8_t* cipher = out.data() + header.size();
  std::array<uint8_t, 4> roll_over;
  store_be32(roll_over.data(), static_cast<uint32_t>(index >> 16));
  const Bytes trailer = is_gcm(profile()) ? Bytes() : Bytes(roll_over);
  state_->rtp.seal({ssrc, static_cast<uint64_t>(index)}, {out.first(header.size()), trailer}, payload, cipher,
                   cipher + payload.size());
  return size;
}

std::expected<size_t, Error> Sender::protect_rtcp(Bytes packet, MutableBytes out) {
  if (packet.size() < kRtcpHeader) return std::unexpected(Error::TooShort);
  const size_t size = packet.size() + rtcp_overhead(profile());
  if (out.size() < size) return std::unexpected(Error::NoRoom);
  if (state_->next_rtcp_index >= kRtcpIndexLimit) return std::unexpected(Error::KeyExhausted);
  const int64_t index = state_->next_rtcp_index++;

  if (out.data() != packet.data()) std::memcpy(out.data(), packet.data(), kRtcpHeader);
  // GCM puts the tag in front of the index word (RFC 7714 section 9.2), SHA-1 behind it (RFC 3711 section 3.4).
  uint8_t* end = out.data() + packet.size();
  uint8_t* word = is_gcm(profile()) ? end + tag_size(profile()) : end;
  uint8_t* tag = is_gcm(profile()) ? end : end + 4;
  std::array<uint8_t, 4> trailer;
  store_be32(trailer.data(), kEncryptedFlag | static_cast<uint32_t>(index));
  state_->rtcp.seal({rtcp_ssrc(out), static_cast<uint64_t>(index)}, {out.first(kRtcpHeader), trailer},
                    packet.subspan(kRtcpHeader), out.data() + kRtcpHeader, tag);
  std::memcpy(word, trailer.data(), trailer.size());
  return size;
}

}  // namespace parley::srtp
