#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "sdp/session_description.hpp"
#include "transport/negotiation.hpp"

/// Offers for tests: recorded ones of real browsers, and a small one to change.
namespace parley::transport::test {

/// One of testdata/: Chromium 156 and Firefox 153 with four send lines (microphone, camera, screen, its sound) and five
/// seats, mids 4 to 13; `*_session_*`: consecutive offers of one peer connection with two send lines.
inline std::string recorded_offer(std::string_view name) {
  const auto path =
      std::filesystem::path(__FILE__).parent_path().parent_path() / "testdata" / (std::string(name) + ".sdp");
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline sdp::MediaSection audio_section(std::string mid, sdp::Direction direction) {
  sdp::MediaSection section{
      .kind = "audio", .port = 9, .protocol = "UDP/TLS/RTP/SAVPF", .formats = {"111"}, .mid = std::move(mid)};
  section.direction = direction;
  section.rtp_maps = {{111, "opus", 48000, 2}};
  section.rtcp_mux = true;
  return section;
}

inline sdp::MediaSection video_section(std::string mid, sdp::Direction direction) {
  sdp::MediaSection section{
      .kind = "video", .port = 9, .protocol = "UDP/TLS/RTP/SAVPF", .formats = {"96", "97"}, .mid = std::move(mid)};
  section.direction = direction;
  section.rtp_maps = {{96, "VP8", 90000, 1}, {97, "rtx", 90000, 1}};
  section.fmtps = {{97, "apt=96"}};
  section.feedback = {{96, "nack"}, {96, "nack pli"}, {96, "ccm fir"}};
  section.rtcp_mux = true;
  return section;
}

inline void append_section(sdp::SessionDescription& offer, sdp::MediaSection section) {
  offer.groups.front().mids.push_back(section.mid);
  offer.media.push_back(std::move(section));
}

/// Sends audio "a" and video "v", receives audio "ra" and video "rv". The transport stands at session level.
inline sdp::SessionDescription small_offer() {
  sdp::SessionDescription offer;
  offer.groups = {{"BUNDLE", {}}};
  offer.transport.ice_ufrag = "abcd";
  offer.transport.ice_pwd = "0123456789012345678901";
  offer.transport.fingerprints = {{"sha-256", std::vector<uint8_t>(32, 7)}};
  offer.transport.setup = sdp::Setup::ActPass;
  append_section(offer, audio_section("a", sdp::Direction::SendOnly));
  append_section(offer, video_section("v", sdp::Direction::SendOnly));
  append_section(offer, audio_section("ra", sdp::Direction::RecvOnly));
  append_section(offer, video_section("rv", sdp::Direction::RecvOnly));
  return offer;
}

inline OfferContext context(std::vector<SeatLines> seats = {}) {
  return {.fingerprint = {"sha-256", std::vector<uint8_t>(32, 0xA5)},
          .candidates = {{LocalCandidate::Kind::UdpHost, "192.0.2.7", 50000},
                         {LocalCandidate::Kind::TcpPassive, "192.0.2.7", 50000}},
          .seats = std::move(seats)};
}

/// A Negotiator with its randomness.
struct Server {
  Negotiator negotiator;
  Rng rng{1};

  std::expected<Answer, NegotiationError> accept(const sdp::SessionDescription& offer,
                                                 const OfferContext& c = context()) {
    return negotiator.accept(sdp::serialize(offer), c, rng);
  }
  std::expected<Answer, NegotiationError> accept(const std::string& offer, const OfferContext& c = context()) {
    return negotiator.accept(offer, c, rng);
  }
};

}  // namespace parley::transport::test
