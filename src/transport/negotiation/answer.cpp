#include "transport/negotiation/answer.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "transport/negotiation/candidates.hpp"
#include "transport/negotiation/codecs.hpp"
#include "transport/negotiation/section.hpp"

namespace parley::transport::negotiation {
namespace {

using Checked = std::expected<void, NegotiationError>;

std::unexpected<NegotiationError> refuse(std::optional<size_t> line, std::string message) {
  return std::unexpected(NegotiationError{line, std::move(message)});
}

const sdp::ExtMap* find_extension(const std::vector<sdp::ExtMap>& maps, std::string_view uri) {
  const auto found = std::ranges::find(maps, uri, &sdp::ExtMap::uri);
  return found == maps.end() ? nullptr : &*found;
}

class AnswerReader {
 public:
  AnswerReader(const sdp::SessionDescription& answer, const std::vector<OfferedSection>& offered)
      : answer_(answer), offered_(offered) {}

  std::expected<AnswerTerms, NegotiationError> read() {
    Checked checked = check_sections();
    if (checked) checked = read_transport_terms();
    if (!checked) return std::unexpected(std::move(checked.error()));
    for (size_t i = 0; i < offered_.size(); ++i) terms_.lines.push_back(read_line(i));
    return std::move(terms_);
  }

 private:
  bool is_live(size_t index) const { return answer_.media[index].port != 0 && !is_stopped(offered_[index].section); }

  Checked check_sections() {
    if (answer_.media.size() != offered_.size()) {
      return refuse(std::nullopt, "The answer has " + std::to_string(answer_.media.size()) +
                                      " m-sections; the offer has " + std::to_string(offered_.size()) + ".");
    }
    for (size_t i = 0; i < offered_.size(); ++i) {
      const sdp::MediaSection& theirs = answer_.media[i];
      const sdp::MediaSection& ours = offered_[i].section;
      if (theirs.kind != ours.kind) {
        return refuse(i, "The m-section is " + ours.kind + " in the offer and " + theirs.kind + " in the answer.");
      }
      if (!is_live(i)) continue;
      if (theirs.mid != ours.mid) {
        return refuse(i, "The m-section has mid \"" + theirs.mid + "\" in the answer; it is \"" + ours.mid + "\".");
      }
      if (!theirs.rtcp_mux) return refuse(i, "The m-section has no a=rtcp-mux; RTP and RTCP must share one port.");
    }
    return {};
  }

  Checked read_transport_terms() {
    std::vector<bool> live(offered_.size());
    for (size_t i = 0; i < live.size(); ++i) live[i] = is_live(i);
    auto order = bundle_order(answer_, live, Document::Answer);
    if (!order) return std::unexpected(std::move(order.error()));
    if (order->empty()) return refuse(std::nullopt, "The answer rejects all media.");
    auto transport = read_transport(answer_, order->front(), Document::Answer);
    if (!transport) return std::unexpected(std::move(transport.error()));
    if (transport->setup == sdp::Setup::ActPass) {  // RFC 5763 section 5
      return refuse(order->front(), "The answer leaves the DTLS role open: a=setup must be active or passive.");
    }
    terms_.transport = *std::move(transport);
    terms_.reduced_size_rtcp =
        std::ranges::all_of(*order, [&](size_t index) { return answer_.media[index].rtcp_rsize; });
    return read_addresses(*order);
  }

  // In the tagged section (RFC 9143 section 10), though some repeat them in each.
  Checked read_addresses(const std::vector<size_t>& order) {
    terms_.candidates = read_candidates(answer_.media[order.front()].candidates);
    if (terms_.candidates.empty() && answer_.ice_lite) {  // it will not show itself by checks
      return refuse(order.front(), "The answer has no ICE candidate that can be used.");
    }
    return {};
  }

  Line read_line(size_t index) {
    const sdp::MediaSection& theirs = answer_.media[index];
    const OfferedSection& ours = offered_[index];
    Line line{.mid = Mid(ours.section.mid), .kind = ours.kind};
    if (!is_live(index)) return line;
    line.codecs = agree(theirs, ours);
    if (line.codecs.empty()) return line;
    line.direction = agreed_direction(ours.direction, direction_of(answer_, theirs));
    read_extensions(theirs, ours, line);
    if (ours.direction == Direction::Send) read_layers(theirs, ours, line);
    if (ours.direction == Direction::Receive) line.announced_ssrcs = announced_ssrcs(theirs);
    return line;
  }

  static Direction agreed_direction(Direction ours, sdp::Direction theirs) {
    const bool they_send = theirs == sdp::Direction::SendOnly || theirs == sdp::Direction::SendRecv;
    const bool they_receive = theirs == sdp::Direction::RecvOnly || theirs == sdp::Direction::SendRecv;
    const bool flows = ours == Direction::Send ? they_receive : they_send;
    return flows ? ours : Direction::Inactive;
  }

  // RFC 3264 section 6.1: what both have, in the order of the answer. A payload type that means something else there
  // than here is left out.
  std::vector<CodecBinding> agree(const sdp::MediaSection& theirs, const OfferedSection& ours) const {
    sdp::MediaSection unused;
    const bool sequence = find_extension(theirs.ext_maps, rtp::uri(rtp::Extension::TransportSequence)) ||
                          find_extension(answer_.ext_maps, rtp::uri(rtp::Extension::TransportSequence));
    const auto offered = agree_on_codecs(ours.section, ours.kind, sequence, unused);
    std::vector<CodecBinding> agreed;
    for (CodecBinding binding : agree_on_codecs(theirs, ours.kind, sequence, unused)) {
      const auto own = std::ranges::find(offered, binding.payload_type, &CodecBinding::payload_type);
      if (own == offered.end() || own->codec != binding.codec || own->format != binding.format) continue;
      if (own->rtx_payload_type != binding.rtx_payload_type) binding.rtx_payload_type.reset();
      binding.nack = binding.nack && own->nack;
      binding.transport_cc = binding.transport_cc && own->transport_cc;
      agreed.push_back(std::move(binding));
    }
    return agreed;
  }

  void read_extensions(const sdp::MediaSection& theirs, const OfferedSection& ours, Line& line) {
    for (const auto* list : {&answer_.ext_maps, &theirs.ext_maps}) {
      for (const sdp::ExtMap& map : *list) {
        const auto extension = rtp::extension_from_uri(map.uri);
        const sdp::ExtMap* own = find_extension(ours.section.ext_maps, map.uri);
        if (!extension || !own || own->id != map.id || map.direction == sdp::Direction::Inactive) continue;
        line.extensions.set(static_cast<size_t>(*extension));
        terms_.extensions.set(*extension, static_cast<uint8_t>(map.id));
      }
    }
  }

  // RFC 8853 section 5.3: the layers that the answer takes; none of them means one stream without rid.
  static void read_layers(const sdp::MediaSection& theirs, const OfferedSection& ours, Line& line) {
    std::vector<StreamSsrcs> ssrcs;
    if (theirs.simulcast && ours.section.simulcast) {
      for (size_t i = 0; i < ours.section.simulcast->send.size(); ++i) {
        const std::string& rid = ours.section.simulcast->send[i].front().rid;
        const auto takes = [&](const auto& alternatives) { return alternatives.front().rid == rid; };
        if (std::ranges::none_of(theirs.simulcast->recv, takes)) continue;
        line.rids.push_back(rid);
        ssrcs.push_back(ours.ssrcs[i]);
      }
    }
    if (ssrcs.empty()) ssrcs.push_back(ours.ssrcs.front());
    const bool rtx = std::ranges::any_of(line.codecs, [](const auto& c) { return c.rtx_payload_type.has_value(); });
    for (StreamSsrcs& layer : ssrcs) {
      if (!rtx) layer.rtx.reset();
    }
    line.ssrcs = ssrcs.front();
    line.upper_ssrcs.assign(ssrcs.begin() + 1, ssrcs.end());
  }

  const sdp::SessionDescription& answer_;
  const std::vector<OfferedSection>& offered_;
  AnswerTerms terms_;
};

}  // namespace

std::expected<AnswerTerms, NegotiationError> read_answer(const sdp::SessionDescription& answer,
                                                         const std::vector<OfferedSection>& offered) {
  return AnswerReader(answer, offered).read();
}

}  // namespace parley::transport::negotiation
