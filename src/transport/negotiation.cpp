#include "transport/negotiation.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "sdp/session_description.hpp"
#include "transport/negotiation/bundle.hpp"
#include "transport/negotiation/candidates.hpp"
#include "transport/negotiation/extensions.hpp"
#include "transport/negotiation/names.hpp"
#include "transport/negotiation/seats.hpp"
#include "transport/negotiation/section.hpp"

namespace parley::transport {
namespace {

constexpr size_t kMaxMidSize = 16;  // one-byte header extension (RFC 8285 section 4.2), in which mids travel

using Checked = std::expected<void, NegotiationError>;

std::unexpected<NegotiationError> refuse(std::optional<size_t> line, std::string message) {
  return std::unexpected(NegotiationError{line, std::move(message)});
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

}  // namespace

struct Negotiator::State {
  /// What is kept of one m-section's place between offers.
  struct Place {
    std::string mid;
    std::string kind;
    bool live = false;
    StreamSsrcs ssrcs;
  };

  uint64_t session_id = 0;
  uint64_t version = 0;
  std::string cname;
  IceParameters local_ice;
  IceParameters remote_ice;
  std::vector<Fingerprint> remote_fingerprints;
  bool dtls_active = false;
  std::vector<Place> places;
};

using negotiation::AnsweredSection;

/// One offer being answered; `take_state` becomes the Negotiator's if all goes well.
class Negotiator::Run {
 public:
  Run(const State* previous, const sdp::SessionDescription& offer, const OfferContext& context, Rng& rng)
      : previous_(previous), offer_(offer), context_(context), rng_(rng), next_(previous ? *previous : State()) {}

  std::expected<Answer, NegotiationError> answer() {
    Checked checked = check_offer();
    if (checked) checked = check_places();
    if (checked) checked = take_seats();
    if (checked) checked = answer_sections();
    if (checked) checked = agree_on_transport();
    if (!checked) return std::unexpected(std::move(checked.error()));
    return write();
  }
  State take_state() { return std::move(next_); }

 private:
  Checked check_offer() {
    if (offer_.media.empty()) return refuse(std::nullopt, "The offer has no m-section.");
    if (offer_.ice_lite) {
      return refuse(std::nullopt, "The offer is from an ICE-lite agent, as is the server; nobody would start checks.");
    }
    std::unordered_set<std::string_view> mids;
    for (size_t i = 0; i < offer_.media.size(); ++i) {
      const std::string& mid = offer_.media[i].mid;
      if (mid.empty()) continue;
      if (mid.size() > kMaxMidSize) {
        return refuse(i, "The mid is longer than " + std::to_string(kMaxMidSize) + " characters.");
      }
      if (!mids.insert(mid).second) return refuse(i, "The mid " + quoted(mid) + " stands twice.");
    }
    return {};
  }

  // RFC 8829 section 5.2.2: m-sections keep their places; only that of a stopped one may be taken over.
  Checked check_places() {
    if (next_.places.size() > offer_.media.size()) {
      return refuse(std::nullopt, "The offer has fewer m-sections than the one before.");
    }
    for (size_t i = 0; i < next_.places.size(); ++i) {
      const State::Place& before = next_.places[i];
      const sdp::MediaSection& now = offer_.media[i];
      if (!before.live || negotiation::is_stopped(now)) continue;
      if (now.mid != before.mid) {
        return refuse(i, "The m-section's mid changed from " + quoted(before.mid) + " to " + quoted(now.mid) +
                             " though it was not stopped.");
      }
      if (now.kind != before.kind) {
        return refuse(i, "The m-section changed from " + before.kind + " to " + now.kind + ".");
      }
    }
    next_.places.resize(offer_.media.size());
    return {};
  }

  Checked take_seats() {
    auto seats = negotiation::place_seats(offer_, context_.seats);
    if (!seats) return std::unexpected(std::move(seats.error()));
    seats_ = *std::move(seats);
    return {};
  }

  Checked answer_sections() {
    collect_ssrcs();
    if (next_.cname.empty()) next_.cname = negotiation::new_cname(rng_);
    negotiation::ExtensionIds ids;
    for (size_t i = 0; i < offer_.media.size(); ++i) {
      const sdp::MediaSection& offered = offer_.media[i];
      std::vector<sdp::ExtMap> ext_maps = offer_.ext_maps;
      ext_maps.insert(ext_maps.end(), offered.ext_maps.begin(), offered.ext_maps.end());
      settle_place(i);
      sections_.push_back(negotiation::answer_section(offered, ext_maps, negotiation::direction_of(offer_, offered),
                                                      {i, seats_[i], next_.places[i].ssrcs, next_.cname}));
      next_.places[i].live = sections_.back().live;
      if (!sections_.back().live) continue;
      if (Checked checked = check_rtp(i); !checked) return checked;
      if (auto problem = ids.add(ext_maps)) return refuse(i, "The " + *problem + ".");
    }
    return {};
  }

  /// Takes a place over for what the offer has there now.
  void settle_place(size_t index) {
    const sdp::MediaSection& offered = offer_.media[index];
    State::Place& place = next_.places[index];
    if (place.live && place.mid == offered.mid) return;
    place = {.mid = offered.mid, .kind = offered.kind, .ssrcs = {new_ssrc(), new_ssrc()}};
  }

  Checked check_rtp(size_t index) const {
    constexpr std::array<std::string_view, 3> kProtocols = {"UDP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF", "RTP/SAVPF"};
    const sdp::MediaSection& offered = offer_.media[index];
    if (std::ranges::find(kProtocols, offered.protocol) == kProtocols.end()) {  // RFC 8829 section 5.1.2
      return refuse(index, "The m-section's protocol is " + offered.protocol + "; it must be UDP/TLS/RTP/SAVPF.");
    }
    if (offered.mid.empty()) return refuse(index, "The m-section has no mid.");
    if (!offered.rtcp_mux) return refuse(index, "The m-section has no a=rtcp-mux; RTP and RTCP must share one port.");
    return {};
  }

  Checked agree_on_transport() {
    std::vector<bool> live(sections_.size());
    for (size_t i = 0; i < sections_.size(); ++i) live[i] = sections_[i].live;
    auto order = negotiation::bundle_order(offer_, live);
    if (!order) return std::unexpected(std::move(order.error()));
    if (order->empty()) {
      return refuse(std::nullopt, "The offer has no audio or video m-section with a supported codec.");
    }
    order_ = *std::move(order);
    auto transport = negotiation::read_transport(offer_, order_.front());
    if (!transport) return std::unexpected(std::move(transport.error()));
    if (Checked checked = agree_on_dtls(*transport); !checked) return checked;
    agree_on_ice(transport->ice);
    return {};
  }

  // The DTLS association outlives ICE restarts: its certificates and roles stay (RFC 8842 section 5.1).
  Checked agree_on_dtls(const negotiation::TransportTerms& transport) {
    const size_t tagged = order_.front();
    if (!previous_) {
      next_.dtls_active = transport.setup == sdp::Setup::Passive;
      next_.remote_fingerprints = transport.fingerprints;
      return {};
    }
    if (transport.fingerprints != previous_->remote_fingerprints) {
      return refuse(tagged, "The DTLS fingerprint changed; that needs a new peer connection.");
    }
    const sdp::Setup theirs = previous_->dtls_active ? sdp::Setup::Passive : sdp::Setup::Active;
    if (transport.setup != sdp::Setup::ActPass && transport.setup != theirs) {
      return refuse(tagged, "The DTLS role changed; that needs a new peer connection.");
    }
    return {};
  }

  void agree_on_ice(const IceParameters& remote) {
    ice_restarted_ = previous_ && previous_->remote_ice != remote;  // RFC 8445 section 9
    next_.remote_ice = remote;
    if (!previous_ || ice_restarted_) next_.local_ice = negotiation::new_ice_parameters(rng_);
  }

  Answer write() {
    if (!previous_) next_.session_id = rng_.u64() >> 2;  // RFC 8829 section 5.2.1: 62 random bits
    ++next_.version;
    sdp::SessionDescription session;
    session.origin = {.session_id = next_.session_id, .session_version = next_.version};
    session.ice_lite = true;
    session.extmap_allow_mixed = offer_.extmap_allow_mixed;
    if (std::ranges::find(offer_.groups, "BUNDLE", &sdp::Group::semantics) != offer_.groups.end()) {
      session.groups.push_back(bundle());
    }
    for (const size_t index : order_) write_transport(index);
    for (AnsweredSection& section : sections_) session.media.push_back(std::move(section.answer));
    return {.sdp = sdp::serialize(session), .description = describe(), .ice_restarted = ice_restarted_};
  }

  sdp::Group bundle() const {
    sdp::Group group{.semantics = "BUNDLE"};
    for (const size_t index : order_) group.mids.push_back(offer_.media[index].mid);
    return group;
  }

  // Browsers repeat the transport in each bundled section, and so does this; candidates are the tagged one's alone.
  void write_transport(size_t index) {
    sdp::MediaSection& answer = sections_[index].answer;
    const auto destination = negotiation::default_destination(context_.candidates);
    answer.port = destination.port;
    answer.connection = destination.connection;
    answer.transport.ice_ufrag = next_.local_ice.ufrag;
    answer.transport.ice_pwd = next_.local_ice.pwd;
    answer.transport.fingerprints = {{context_.fingerprint.algorithm, context_.fingerprint.digest}};
    answer.transport.setup = next_.dtls_active ? sdp::Setup::Active : sdp::Setup::Passive;
    if (index != order_.front()) return;
    answer.candidates = negotiation::candidate_lines(context_.candidates);
    answer.end_of_candidates = true;
  }

  Description describe() {
    Description result{.local_ice = next_.local_ice,
                       .remote_ice = next_.remote_ice,
                       .remote_fingerprints = next_.remote_fingerprints,
                       .dtls_active = next_.dtls_active,
                       .reduced_size_rtcp = true,
                       .cname = next_.cname};
    for (const size_t index : order_) {
      if (!offer_.media[index].rtcp_rsize) result.reduced_size_rtcp = false;
    }
    for (size_t i = 0; i < sections_.size(); ++i) {
      add_extension_ids(i, result.extensions);
      result.lines.push_back(std::move(sections_[i].line));
    }
    return result;
  }

  void add_extension_ids(size_t index, rtp::ExtensionMap& map) const {
    const negotiation::ExtensionSet& agreed = sections_[index].line.extensions;
    for (const auto* list : {&offer_.ext_maps, &offer_.media[index].ext_maps}) {
      for (const sdp::ExtMap& offered : *list) {
        const auto extension = rtp::extension_from_uri(offered.uri);
        if (extension && agreed[static_cast<size_t>(*extension)]) map.set(*extension, static_cast<uint8_t>(offered.id));
      }
    }
  }

  void collect_ssrcs() {
    for (const sdp::MediaSection& section : offer_.media) {
      for (const sdp::SsrcAttribute& ssrc : section.ssrcs) used_ssrcs_.insert(ssrc.ssrc);
    }
    for (const State::Place& place : next_.places) {
      used_ssrcs_.insert(place.ssrcs.media.value());
      if (place.ssrcs.rtx) used_ssrcs_.insert(place.ssrcs.rtx->value());
    }
  }

  /// Random (RFC 3550 section 8.1), not 0, and not one that either side uses already.
  Ssrc new_ssrc() {
    uint32_t ssrc = 0;
    while (ssrc == 0 || !used_ssrcs_.insert(ssrc).second) ssrc = rng_.u32();
    return Ssrc(ssrc);
  }

  const State* previous_;
  const sdp::SessionDescription& offer_;
  const OfferContext& context_;
  Rng& rng_;
  State next_;
  std::vector<std::optional<uint32_t>> seats_;  // by m-section
  std::vector<AnsweredSection> sections_;
  std::vector<size_t> order_;  // live sections as the BUNDLE group lists them
  std::unordered_set<uint32_t> used_ssrcs_;
  bool ice_restarted_ = false;
};

Negotiator::Negotiator() = default;
Negotiator::~Negotiator() = default;
Negotiator::Negotiator(Negotiator&&) noexcept = default;
Negotiator& Negotiator::operator=(Negotiator&&) noexcept = default;

std::expected<Answer, NegotiationError> Negotiator::accept(std::string_view offer_sdp, const OfferContext& context,
                                                           Rng& rng) {
  const auto offer = sdp::parse(offer_sdp);
  if (!offer) {
    const std::string where = offer.error().line ? "Line " + std::to_string(offer.error().line) + " of the offer " : "";
    return refuse(std::nullopt, where + offer.error().message + ".");
  }
  Run run(state_.get(), *offer, context, rng);
  auto answer = run.answer();
  if (answer) state_ = std::make_unique<State>(run.take_state());
  return answer;
}

}  // namespace parley::transport
