#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/rng.hpp"
#include "rtp/codec.hpp"
#include "transport/description.hpp"
#include "transport/negotiation_error.hpp"

namespace parley::transport {

/// A codec configuration as an offer names it. Equal ones have the same payload type in all lines.
struct CodecOffer {
  rtp::Codec codec = rtp::Codec::Opus;
  std::string parameters;  ///< of the fmtp line, "" for none: "level-asymmetry-allowed=1;packetization-mode=1;…"
  bool repair = true;      ///< losses are asked for (nack) and repaired by retransmission (RTX, RFC 4588)
  friend bool operator==(const CodecOffer&, const CodecOffer&) = default;
};

/// The codecs that are forwarded and can be decoded: Opus with in-band FEC; VP8, VP9, H.264 (constrained baseline,
/// baseline, main and high, in both packetization modes) and AV1, in this order of preference.
std::vector<CodecOffer> receivable_codecs(rtp::MediaKind kind);

/// The offering side of one peer connection's negotiation (RFC 8829): what `Negotiator` is the other half of. One
/// BUNDLE with rtcp-mux; each line has one direction.
///
/// Add lines, `offer`, bring the text to the server, `accept` its answer, and give the description to a `Connection`.
/// Later offers repeat all lines, with those added or stopped meanwhile, and with new ICE credentials after
/// `restart_ice`. An offer that was refused or lost is simply followed by the next one.
class Offerer {
 public:
  struct Config {
    Fingerprint fingerprint;                 ///< of our DTLS certificate
    std::vector<LocalCandidate> candidates;  ///< for servers that check too; ours do not look at them
    Rng rng = Rng::system();                 ///< for credentials, SSRCs and names
  };
  explicit Offerer(Config config);
  ~Offerer();
  Offerer(Offerer&&) noexcept;
  Offerer& operator=(Offerer&&) noexcept;

  struct SendLine {
    rtp::MediaKind kind = rtp::MediaKind::Audio;
    std::vector<CodecOffer> codecs;  ///< the preferred one first
    /// Simulcast, lowest resolution first: at most 3, of at most 16 letters, digits, "-" and "_". Empty: one stream.
    std::vector<std::string> rids;
    std::string stream = "-";  ///< MediaStream id (RFC 8830); lines with the same one are in sync. "-": of none
  };
  /// Each adds one m-section to the next offer and returns its index for the life of the connection. There can be 256.
  uint8_t add_send_line(const SendLine& line);
  uint8_t add_receive_line(rtp::MediaKind kind, const std::vector<CodecOffer>& codecs);
  /// The line is stopped with the next offer (port 0); its place stays.
  void stop(uint8_t line);
  size_t line_count() const;
  /// By which signalling names the line.
  Mid mid(uint8_t line) const;

  /// The next offer has new ICE credentials (RFC 8445 section 9). They come into use with its answer.
  void restart_ice();
  /// Our addresses have changed.
  void set_candidates(std::vector<LocalCandidate> candidates);

  /// The text of the next offer.
  std::string offer();
  /// The answer to the latest offer. Refusals leave everything as it was: the errors are those of the server's, or a
  /// text that was damaged. Lines that the server rejected are Inactive and without codecs.
  std::expected<Description, NegotiationError> accept(std::string_view answer_sdp);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::transport
