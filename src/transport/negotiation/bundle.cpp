#include "transport/negotiation/bundle.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace parley::transport::negotiation {
namespace {

std::unexpected<NegotiationError> refuse(std::optional<size_t> line, std::string message) {
  return std::unexpected(NegotiationError{line, std::move(message)});
}

bool is_ice_text(std::string_view text, size_t min, size_t max) {
  return text.size() >= min && text.size() <= max && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/';
         });
}

/// SHA-1 and MD5 are refused: collisions are made in practice (RFC 8122 section 5 leaves the choice to us).
bool is_trusted(const sdp::Fingerprint& fingerprint) {
  constexpr std::array<std::pair<std::string_view, size_t>, 3> kHashes = {
      {{"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}}};
  return std::ranges::any_of(kHashes, [&](const auto& hash) {
    return fingerprint.algorithm == hash.first && fingerprint.digest.size() == hash.second;
  });
}

std::string the(Document document) { return "The " + std::string(name(document)); }

const std::string& first_of(const std::optional<std::string>& section, const std::optional<std::string>& session) {
  static const std::string none;
  return section ? *section : session ? *session : none;
}

const sdp::Group* find_bundle(const sdp::SessionDescription& description) {
  const auto found = std::ranges::find(description.groups, "BUNDLE", &sdp::Group::semantics);
  return found == description.groups.end() ? nullptr : &*found;
}

}  // namespace

std::expected<std::vector<size_t>, NegotiationError> bundle_order(const sdp::SessionDescription& description,
                                                                  const std::vector<bool>& live, Document document) {
  std::vector<size_t> order;
  const sdp::Group* bundle = find_bundle(description);
  if (!bundle) {
    for (size_t i = 0; i < live.size(); ++i) {
      if (live[i]) order.push_back(i);
    }
    if (order.size() > 1)
      return refuse(std::nullopt, the(document) + " has no BUNDLE group; all media must share one transport.");
    return order;
  }
  std::vector<bool> seen(live.size());
  for (const std::string& mid : bundle->mids) {
    const auto found = std::ranges::find(description.media, mid, &sdp::MediaSection::mid);
    if (found == description.media.end()) {
      return refuse(std::nullopt, "The BUNDLE group names mid \"" + mid + "\", which no m-section has.");
    }
    const auto index = static_cast<size_t>(found - description.media.begin());
    if (seen[index]) return refuse(index, "The BUNDLE group names mid \"" + mid + "\" twice.");
    seen[index] = true;
    if (live[index]) order.push_back(index);
  }
  for (size_t i = 0; i < live.size(); ++i) {
    if (live[i] && !seen[i]) {
      return refuse(i, "The m-section is not in the BUNDLE group; all media must share one transport.");
    }
  }
  return order;
}

std::expected<TransportTerms, NegotiationError> read_transport(const sdp::SessionDescription& description,
                                                               size_t tagged, Document document) {
  const sdp::TransportAttributes& section = description.media[tagged].transport;
  TransportTerms result;
  result.ice.ufrag = first_of(section.ice_ufrag, description.transport.ice_ufrag);
  result.ice.pwd = first_of(section.ice_pwd, description.transport.ice_pwd);
  if (result.ice.ufrag.empty() || result.ice.pwd.empty()) {
    return refuse(tagged, the(document) + " has no ICE credentials (a=ice-ufrag and a=ice-pwd).");
  }
  // Sizes and characters: RFC 8839 section 5.4.
  if (!is_ice_text(result.ice.ufrag, 4, 256) || !is_ice_text(result.ice.pwd, 22, 256)) {
    return refuse(tagged, "The ICE credentials have a wrong size or character.");
  }
  for (const sdp::Fingerprint& fingerprint :
       section.fingerprints.empty() ? description.transport.fingerprints : section.fingerprints) {
    if (is_trusted(fingerprint)) result.fingerprints.push_back({fingerprint.algorithm, fingerprint.digest});
  }
  if (result.fingerprints.empty()) {
    return refuse(tagged, the(document) + " has no DTLS fingerprint by sha-256, sha-384 or sha-512.");
  }
  const auto setup = section.setup ? section.setup : description.transport.setup;
  if (!setup || *setup == sdp::Setup::HoldConn) {
    return refuse(tagged, the(document) + " has no DTLS role: a=setup must be actpass, active or passive.");
  }
  result.setup = *setup;
  return result;
}

}  // namespace parley::transport::negotiation
