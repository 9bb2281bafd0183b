#include "transport/offerer.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "base/check.hpp"
#include "sdp/limits.hpp"
#include "sdp/session_description.hpp"
#include "transport/negotiation/answer.hpp"
#include "transport/negotiation/candidates.hpp"
#include "transport/negotiation/names.hpp"
#include "transport/negotiation/payload_types.hpp"
#include "transport/negotiation/simulcast.hpp"

namespace parley::transport {
namespace {

using negotiation::OfferedSection;
using rtp::Extension;

struct ExtensionOffer {
  Extension extension;
  uint8_t id;  // Chrome's, where it has one, so that traces look alike
  bool audio;
  bool video;
  bool only_sent = false;  // a server sends one layer, without name
};
constexpr std::array<ExtensionOffer, 10> kExtensions{{
    {Extension::AudioLevel, 1, true, false},
    {Extension::AbsSendTime, 2, true, true},
    {Extension::TransportSequence, 3, true, true},
    {Extension::Mid, 4, true, true},
    {Extension::AbsCaptureTime, 7, true, true},
    {Extension::Rid, 10, false, true, true},
    {Extension::RepairedRid, 11, false, true, true},
    {Extension::DependencyDescriptor, 12, false, true},
    {Extension::VideoOrientation, 13, false, true},
    {Extension::ColorSpace, 8, false, true},
}};

std::vector<sdp::ExtMap> extension_maps(rtp::MediaKind kind, Direction direction) {
  std::vector<sdp::ExtMap> maps;
  for (const ExtensionOffer& offer : kExtensions) {
    const bool of_kind = kind == rtp::MediaKind::Audio ? offer.audio : offer.video;
    if (!of_kind || (offer.only_sent && direction != Direction::Send)) continue;
    maps.push_back({.id = offer.id, .uri = std::string(rtp::uri(offer.extension))});
  }
  return maps;
}

bool is_rid(std::string_view rid) {
  return !rid.empty() && rid.size() <= negotiation::kMaxRidSize && std::ranges::all_of(rid, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

std::unexpected<NegotiationError> refuse(std::string message) {
  return std::unexpected(NegotiationError{std::nullopt, std::move(message)});
}

}  // namespace

std::vector<CodecOffer> receivable_codecs(rtp::MediaKind kind) {
  if (kind == rtp::MediaKind::Audio) return {{rtp::Codec::Opus, "minptime=10;useinbandfec=1", false}};
  std::vector<CodecOffer> codecs{{rtp::Codec::Vp8, ""}, {rtp::Codec::Vp9, "profile-id=0"}};
  // Levels bound what is sent to us (3.1: 720p30); level-asymmetry-allowed frees what we send from it.
  for (const char* profile : {"42e01f", "42001f", "4d001f", "64001f"}) {
    for (const char* mode : {"1", "0"}) {
      codecs.push_back({rtp::Codec::H264, std::string("level-asymmetry-allowed=1;packetization-mode=") + mode +
                                              ";profile-level-id=" + profile});
    }
  }
  codecs.push_back({rtp::Codec::Av1, "level-idx=5;profile=0;tier=0"});
  return codecs;
}

struct Offerer::State {
  struct OfferedLine {
    Mid mid;
    rtp::MediaKind kind;
    Direction direction;
    std::vector<CodecOffer> codecs;
    std::vector<std::string> rids;
    std::string stream;
    std::string track;
    std::vector<StreamSsrcs> ssrcs;
    bool stopped = false;
  };
  /// What the last answer settled for the life of the DTLS association (RFC 8842 section 5.1).
  struct Agreed {
    std::vector<Fingerprint> fingerprints;
    bool dtls_active = false;
    IceParameters local_ice;
    IceParameters remote_ice;
  };

  explicit State(Config c) : config(std::move(c)), cname(negotiation::new_cname(config.rng)) {
    session_id = config.rng.u64() >> 2;  // RFC 8829 section 5.2.1: 62 random bits
    local_ice = negotiation::new_ice_parameters(config.rng);
  }

  uint8_t add(OfferedLine line);
  StreamSsrcs new_ssrcs();
  sdp::MediaSection section(const OfferedLine& line);
  void add_codecs(const OfferedLine& line, sdp::MediaSection& section);
  void add_streams(const OfferedLine& line, sdp::MediaSection& section) const;
  std::expected<void, NegotiationError> check(const negotiation::AnswerTerms& terms) const;

  Config config;
  std::string cname;
  uint64_t session_id = 0;
  uint64_t version = 0;
  IceParameters local_ice;  // of the next offer
  std::vector<OfferedLine> lines;
  negotiation::PayloadTypes payload_types;
  std::unordered_set<uint32_t> ssrcs;
  std::vector<OfferedSection> offered;  // by the offer that waits for its answer
  std::optional<Agreed> agreed;
};

Offerer::Offerer(Config config) : state_(std::make_unique<State>(std::move(config))) {}
Offerer::~Offerer() = default;
Offerer::Offerer(Offerer&&) noexcept = default;
Offerer& Offerer::operator=(Offerer&&) noexcept = default;

// --- lines -----------------------------------------------------------------------------------------------------------

uint8_t Offerer::State::add(OfferedLine line) {
  PARLEY_CHECK(lines.size() < sdp::kMaxMediaSections);
  PARLEY_CHECK(!line.codecs.empty());
  for (const CodecOffer& codec : line.codecs) PARLEY_CHECK(rtp::kind(codec.codec) == line.kind);
  line.mid = Mid(std::to_string(lines.size()));
  lines.push_back(std::move(line));
  return static_cast<uint8_t>(lines.size() - 1);
}

/// Random (RFC 3550 section 8.1), not 0, and each once.
StreamSsrcs Offerer::State::new_ssrcs() {
  const auto next = [&] {
    uint32_t ssrc = 0;
    while (ssrc == 0 || !ssrcs.insert(ssrc).second) ssrc = config.rng.u32();
    return Ssrc(ssrc);
  };
  const Ssrc media = next();
  return {media, next()};
}

uint8_t Offerer::add_send_line(const SendLine& line) {
  PARLEY_CHECK(line.rids.size() <= negotiation::kMaxSimulcastLayers && std::ranges::all_of(line.rids, is_rid));
  State::OfferedLine added{.kind = line.kind,
                           .direction = Direction::Send,
                           .codecs = line.codecs,
                           .rids = line.rids,
                           .stream = line.stream,
                           .track = state_->config.rng.text(16)};
  for (size_t i = 0; i < std::max<size_t>(1, line.rids.size()); ++i) added.ssrcs.push_back(state_->new_ssrcs());
  return state_->add(std::move(added));
}

uint8_t Offerer::add_receive_line(rtp::MediaKind kind, const std::vector<CodecOffer>& codecs) {
  return state_->add({.kind = kind, .direction = Direction::Receive, .codecs = codecs});
}

void Offerer::stop(uint8_t line) { state_->lines.at(line).stopped = true; }
size_t Offerer::line_count() const { return state_->lines.size(); }
Mid Offerer::mid(uint8_t line) const { return state_->lines.at(line).mid; }

void Offerer::restart_ice() { state_->local_ice = negotiation::new_ice_parameters(state_->config.rng); }
void Offerer::set_candidates(std::vector<LocalCandidate> candidates) {
  state_->config.candidates = std::move(candidates);
}

// --- the offer -------------------------------------------------------------------------------------------------------

std::string Offerer::offer() {
  State& state = *state_;
  ++state.version;
  sdp::SessionDescription session;
  session.origin = {.session_id = state.session_id, .session_version = state.version};
  session.extmap_allow_mixed = true;
  sdp::Group bundle{.semantics = "BUNDLE"};
  state.offered.clear();
  for (const State::OfferedLine& line : state.lines) {
    sdp::MediaSection section = state.section(line);
    if (!line.stopped && bundle.mids.empty()) {  // the tagged section (RFC 9143 section 7.2)
      section.candidates = negotiation::candidate_lines(state.config.candidates);
      section.end_of_candidates = true;
    }
    if (!line.stopped) bundle.mids.push_back(line.mid.value());
    session.media.push_back(section);
    state.offered.push_back(
        {std::move(section), line.kind, line.stopped ? Direction::Inactive : line.direction, line.ssrcs});
  }
  session.groups.push_back(std::move(bundle));
  return sdp::serialize(session);
}

sdp::MediaSection Offerer::State::section(const OfferedLine& line) {
  sdp::MediaSection section{.kind = line.kind == rtp::MediaKind::Audio ? "audio" : "video",
                            .port = static_cast<uint16_t>(line.stopped ? 0 : 9),  // RFC 8829 section 5.2.1
                            .protocol = "UDP/TLS/RTP/SAVPF",
                            .connection = "IN IP4 0.0.0.0",
                            .mid = line.mid.value()};
  add_codecs(line, section);
  section.direction = sdp::Direction::Inactive;
  if (line.stopped) return section;
  section.direction = line.direction == Direction::Send ? sdp::Direction::SendOnly : sdp::Direction::RecvOnly;
  section.transport = {.ice_ufrag = local_ice.ufrag,
                       .ice_pwd = local_ice.pwd,
                       .ice_options = {"trickle", "ice2"},
                       .fingerprints = {{config.fingerprint.algorithm, config.fingerprint.digest}},
                       .setup = sdp::Setup::ActPass};
  section.rtcp_mux = true;
  section.rtcp_rsize = true;
  section.extmap_allow_mixed = true;
  section.ext_maps = extension_maps(line.kind, line.direction);
  section.others.push_back({"rtcp", "9 IN IP4 0.0.0.0"});
  if (line.direction == Direction::Send) add_streams(line, section);
  return section;
}

void Offerer::State::add_codecs(const OfferedLine& line, sdp::MediaSection& section) {
  const bool video = line.kind == rtp::MediaKind::Video;
  for (const CodecOffer& codec : line.codecs) {
    const negotiation::PayloadTypes::Entry types = payload_types.of(codec);
    const uint8_t type = types.media;
    const uint32_t rate = rtp::clock_rate(codec.codec);
    section.formats.push_back(std::to_string(type));
    section.rtp_maps.push_back({type, std::string(rtp::encoding_name(codec.codec)), rate, video ? 1u : 2u});
    if (!codec.parameters.empty()) section.fmtps.push_back({type, codec.parameters});
    section.feedback.push_back({type, "transport-cc"});
    if (video) section.feedback.push_back({type, "ccm fir"});
    if (codec.repair) section.feedback.push_back({type, "nack"});
    if (video) section.feedback.push_back({type, "nack pli"});
    if (!types.rtx) continue;
    section.formats.push_back(std::to_string(*types.rtx));
    section.rtp_maps.push_back({*types.rtx, "rtx", rate, video ? 1u : 2u});
    section.fmtps.push_back({*types.rtx, "apt=" + std::to_string(type)});
  }
}

// Streams of simulcast are named by rid alone, as Chrome does: RFC 8853 has no place for their SSRCs.
void Offerer::State::add_streams(const OfferedLine& line, sdp::MediaSection& section) const {
  section.msids.push_back({line.stream, line.track});
  if (!line.rids.empty()) {
    sdp::Simulcast simulcast;
    for (const std::string& rid : line.rids) {
      section.rids.push_back({rid, sdp::Rid::Direction::Send, ""});
      simulcast.send.push_back({{rid, false}});
    }
    section.simulcast = std::move(simulcast);
    return;
  }
  const StreamSsrcs& own = line.ssrcs.front();
  section.ssrcs.push_back({own.media.value(), "cname", cname});
  section.ssrcs.push_back({own.media.value(), "msid", line.stream + ' ' + line.track});
  if (std::ranges::none_of(line.codecs, &CodecOffer::repair)) return;
  section.ssrc_groups.push_back({"FID", {own.media.value(), own.rtx->value()}});
  section.ssrcs.push_back({own.rtx->value(), "cname", cname});
  section.ssrcs.push_back({own.rtx->value(), "msid", line.stream + ' ' + line.track});
}

// --- the answer ------------------------------------------------------------------------------------------------------

std::expected<void, NegotiationError> Offerer::State::check(const negotiation::AnswerTerms& terms) const {
  if (!agreed) return {};
  if (terms.transport.fingerprints != agreed->fingerprints) {
    return refuse("The DTLS fingerprint changed; that needs a new peer connection.");
  }
  if ((terms.transport.setup == sdp::Setup::Passive) != agreed->dtls_active) {
    return refuse("The DTLS role changed; that needs a new peer connection.");
  }
  // RFC 8445 section 9: both sides restart, or none.
  const bool restart = local_ice != agreed->local_ice;
  const bool restarts = terms.transport.ice != agreed->remote_ice;
  if (restart && !restarts) return refuse("The answer does not restart ICE, as the offer does.");
  if (!restart && restarts) return refuse("The answer restarts ICE, which the offer does not.");
  return {};
}

std::expected<Description, NegotiationError> Offerer::accept(std::string_view answer_sdp) {
  State& state = *state_;
  if (state.offered.empty()) return refuse("There is no offer that the answer could be for.");
  const auto answer = sdp::parse(answer_sdp);
  if (!answer) {
    const std::string where =
        answer.error().line ? "Line " + std::to_string(answer.error().line) + " of the answer: " : "The answer: ";
    return refuse(where + answer.error().message + ".");
  }
  auto terms = negotiation::read_answer(*answer, state.offered);
  if (!terms) return std::unexpected(std::move(terms.error()));
  if (auto checked = state.check(*terms); !checked) return std::unexpected(std::move(checked.error()));
  state.offered.clear();
  state.agreed = State::Agreed{terms->transport.fingerprints, terms->transport.setup == sdp::Setup::Passive,
                               state.local_ice, terms->transport.ice};
  return Description{.local_ice = state.local_ice,
                     .remote_ice = std::move(terms->transport.ice),
                     .remote_fingerprints = std::move(terms->transport.fingerprints),
                     .dtls_active = state.agreed->dtls_active,
                     .extensions = terms->extensions,
                     .reduced_size_rtcp = terms->reduced_size_rtcp,
                     .cname = state.cname,
                     .lines = std::move(terms->lines),
                     .remote_candidates = std::move(terms->candidates)};
}

}  // namespace parley::transport
