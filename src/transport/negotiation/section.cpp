#include "transport/negotiation/section.hpp"

#include <algorithm>
#include <utility>

#include "transport/negotiation/codecs.hpp"
#include "transport/negotiation/extensions.hpp"
#include "transport/negotiation/simulcast.hpp"

namespace parley::transport::negotiation {
namespace {

std::optional<rtp::MediaKind> media_kind(std::string_view kind) {
  if (kind == "audio") return rtp::MediaKind::Audio;
  if (kind == "video") return rtp::MediaKind::Video;
  return std::nullopt;
}

sdp::Direction to_sdp(Direction direction) {
  switch (direction) {
    case Direction::Receive: return sdp::Direction::RecvOnly;
    case Direction::Send: return sdp::Direction::SendOnly;
    case Direction::Inactive: break;
  }
  return sdp::Direction::Inactive;
}

bool has(const std::vector<sdp::ExtMap>& maps, rtp::Extension extension) {
  return std::ranges::any_of(maps, [&](const sdp::ExtMap& m) { return rtp::extension_from_uri(m.uri) == extension; });
}

/// a=msid, a=ssrc-group and a=ssrc of what we send (RFC 8830, RFC 5576, RFC 4588 section 8.5).
void write_stream(const SectionContext& context, const Line& line, sdp::MediaSection& answer) {
  const std::string stream =
      context.seat ? "seat-" + std::to_string(*context.seat) : "line-" + std::to_string(context.index);
  answer.msids.push_back({stream, stream + '-' + answer.kind});
  const uint32_t media = line.ssrcs->media.value();
  answer.ssrcs.push_back({media, "cname", context.cname});
  if (!line.ssrcs->rtx) return;
  answer.ssrcs.push_back({line.ssrcs->rtx->value(), "cname", context.cname});
  answer.ssrc_groups.push_back({"FID", {media, line.ssrcs->rtx->value()}});
}

void describe_stream(const sdp::MediaSection& offered, const SectionContext& context, AnsweredSection& section) {
  Line& line = section.line;
  if (line.direction == Direction::Send) {
    line.ssrcs = context.ssrcs;
    const auto has_rtx = [](const CodecBinding& codec) { return codec.rtx_payload_type.has_value(); };
    if (std::ranges::none_of(line.codecs, has_rtx)) line.ssrcs->rtx.reset();
    write_stream(context, line, section.answer);
    return;
  }
  // Also while the line is inactive: Chrome offers its layers then as well, and an answer without them would leave it
  // but one layer for good.
  line.rids = agree_on_simulcast(offered, line.codecs, section.answer);
  if (line.direction == Direction::Receive && line.rids.empty()) line.announced_ssrcs = announced_ssrcs(offered);
}

}  // namespace

bool is_stopped(const sdp::MediaSection& offered) { return offered.port == 0 && !offered.bundle_only; }

AnsweredSection reject(const sdp::MediaSection& offered) {
  AnsweredSection section;
  section.line.mid = Mid(offered.mid);
  section.line.kind = media_kind(offered.kind).value_or(rtp::MediaKind::Audio);
  section.answer.kind = offered.kind;
  section.answer.protocol = offered.protocol;
  section.answer.formats = {offered.formats.front()};
  section.answer.connection = "IN IP4 0.0.0.0";
  section.answer.mid = offered.mid;
  section.answer.direction = sdp::Direction::Inactive;
  return section;
}

AnsweredSection answer_section(const sdp::MediaSection& offered, const std::vector<sdp::ExtMap>& ext_maps,
                               sdp::Direction direction, const SectionContext& context) {
  AnsweredSection section = reject(offered);
  const auto kind = media_kind(offered.kind);
  if (is_stopped(offered) || !kind) return section;
  section.answer.formats.clear();
  const bool transport_sequence = has(ext_maps, rtp::Extension::TransportSequence);
  section.line.codecs = agree_on_codecs(offered, *kind, transport_sequence, section.answer);
  if (section.line.codecs.empty()) return reject(offered);

  section.live = true;
  section.line.direction = choose_direction(direction, context.seat.has_value());
  section.line.extensions = agree_on_extensions(ext_maps, *kind, section.line.direction, section.answer);
  section.answer.direction = to_sdp(section.line.direction);
  section.answer.rtcp_mux = true;
  section.answer.rtcp_rsize = offered.rtcp_rsize;
  section.answer.extmap_allow_mixed = offered.extmap_allow_mixed;
  describe_stream(offered, context, section);
  return section;
}

sdp::Direction direction_of(const sdp::SessionDescription& offer, const sdp::MediaSection& offered) {
  return offered.direction.value_or(offer.direction.value_or(sdp::Direction::SendRecv));
}

Direction choose_direction(sdp::Direction offered, bool in_seat) {
  switch (offered) {
    case sdp::Direction::SendOnly: return Direction::Receive;
    case sdp::Direction::RecvOnly: return Direction::Send;
    case sdp::Direction::SendRecv: return in_seat ? Direction::Send : Direction::Receive;
    case sdp::Direction::Inactive: break;
  }
  return Direction::Inactive;
}

std::optional<StreamSsrcs> announced_ssrcs(const sdp::MediaSection& offered) {
  for (const sdp::SsrcGroup& group : offered.ssrc_groups) {
    if (group.semantics != "FID" || group.ssrcs.size() != 2) continue;
    return StreamSsrcs{Ssrc(group.ssrcs[0]), Ssrc(group.ssrcs[1])};
  }
  if (offered.ssrcs.empty()) return std::nullopt;
  return StreamSsrcs{Ssrc(offered.ssrcs.front().ssrc), std::nullopt};
}

}  // namespace parley::transport::negotiation
