#include "transport/negotiation/codecs.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>

#include "sdp/scanner.hpp"

namespace parley::transport::negotiation {
namespace {

using sdp::equal_ignoring_case;

// What the answer repeats of an fmtp line. For Opus these are the receiver's wishes (RFC 7587 section 7), which the
// server hands back as its own: what it receives goes to clients of the same kind. The sprop- ones describe a sender.
constexpr std::array<std::string_view, 7> kOpusParameters = {"minptime",          "useinbandfec",    "usedtx", "stereo",
                                                             "maxaveragebitrate", "maxplaybackrate", "cbr"};
constexpr std::array<std::string_view, 1> kVp9Parameters = {"profile-id"};
constexpr std::array<std::string_view, 3> kH264Parameters = {"level-asymmetry-allowed", "packetization-mode",
                                                             "profile-level-id"};
constexpr std::array<std::string_view, 3> kAv1Parameters = {"level-idx", "profile", "tier"};

bool is_plain_value(std::string_view value) {
  constexpr size_t kMaxSize = 16;  // the longest here is a profile-level-id; bit rates have up to 6 digits
  return !value.empty() && value.size() <= kMaxSize && std::ranges::all_of(value, [](char c) {
    return (c >= '0' && c <= '9') || (sdp::lower(c) >= 'a' && sdp::lower(c) <= 'z');
  });
}

template <size_t N>
std::string repeat(std::string_view parameters, const std::array<std::string_view, N>& names) {
  std::string result;
  for (const auto& [name, value] : sdp::split_parameters(parameters)) {
    const bool known = std::ranges::any_of(names, [&](std::string_view n) { return equal_ignoring_case(n, name); });
    if (!known || !is_plain_value(value)) continue;
    if (!result.empty()) result += ';';
    result.append(name).append("=").append(value);
  }
  return result;
}

struct ProfilePattern {
  uint8_t idc;
  uint8_t mask;  // of profile-iop
  uint8_t iop;
  std::string_view name;
};
// RFC 6184 table 5, and constrained high as browsers write it.
constexpr std::array<ProfilePattern, 13> kProfiles = {{
    {0x42, 0x4F, 0x40, "constrained-baseline"},
    {0x4D, 0x8F, 0x80, "constrained-baseline"},
    {0x58, 0xCF, 0xC0, "constrained-baseline"},
    {0x42, 0x4F, 0x00, "baseline"},
    {0x58, 0xCF, 0x80, "baseline"},
    {0x4D, 0xAF, 0x00, "main"},
    {0x58, 0xCF, 0x00, "extended"},
    {0x64, 0xFF, 0x00, "high"},
    {0x64, 0xFF, 0x0C, "constrained-high"},
    {0x6E, 0xFF, 0x00, "high-10"},
    {0x7A, 0xFF, 0x00, "high-4:2:2"},
    {0xF4, 0xFF, 0x00, "high-4:4:4-predictive"},
    {0x2C, 0xFF, 0x10, "cavlc-4:4:4-intra"},
}};

std::optional<CodecFormat> agree_on_h264(std::string_view parameters) {
  // Without the parameters: Baseline at level 1, single NAL unit mode (RFC 6184 section 8.1). Mode 2 interleaves NAL
  // units, which no browser does.
  const std::string_view mode = sdp::find_parameter(parameters, "packetization-mode").value_or("0");
  const auto profile = h264_profile(sdp::find_parameter(parameters, "profile-level-id").value_or("42000a"));
  if (!profile || (mode != "0" && mode != "1")) return std::nullopt;
  return CodecFormat{*profile + '/' + std::string(mode), repeat(parameters, kH264Parameters)};
}

std::optional<CodecFormat> agree_on_vp9(std::string_view parameters) {
  const std::string_view profile = sdp::find_parameter(parameters, "profile-id").value_or("0");
  if (profile != "0" && profile != "2") return std::nullopt;
  return CodecFormat{std::string(profile), repeat(parameters, kVp9Parameters)};
}

std::optional<CodecFormat> agree_on_av1(std::string_view parameters) {
  const std::string_view profile = sdp::find_parameter(parameters, "profile").value_or("0");
  if (profile != "0") return std::nullopt;
  return CodecFormat{std::string(profile), repeat(parameters, kAv1Parameters)};
}

std::optional<uint8_t> payload_type(std::string_view format) {
  // 64-95 cannot be told from RTCP once the marker bit is set (RFC 5761 section 4).
  const auto number = sdp::parse_number(format, 127);
  if (!number || (*number >= 64 && *number <= 95)) return std::nullopt;
  return static_cast<uint8_t>(*number);
}

/// The feedback that both sides use for one payload type, in the order of the offer.
std::vector<std::string_view> agree_on_feedback(const sdp::MediaSection& offered, uint8_t type,
                                                bool transport_sequence) {
  std::vector<std::string_view> result;
  const auto offers = [&](std::string_view value) {
    return std::ranges::any_of(offered.feedback, [&](const sdp::RtcpFeedback& feedback) {
      return feedback.payload_type.value_or(type) == type && feedback.value == value;
    });
  };
  const bool transport_cc = transport_sequence && offers("transport-cc");
  for (const sdp::RtcpFeedback& feedback : offered.feedback) {
    const std::string_view value = feedback.value;
    const bool wanted = value == "nack" || value == "nack pli" || value == "ccm fir" ||
                        (value == "transport-cc" && transport_cc) || (value == "goog-remb" && !transport_cc);
    if (!wanted || feedback.payload_type.value_or(type) != type) continue;
    if (std::ranges::find(result, value) == result.end()) result.push_back(value);
  }
  return result;
}

/// One run over an m-section.
class Agreement {
 public:
  Agreement(const sdp::MediaSection& offered, rtp::MediaKind kind, bool transport_sequence)
      : offered_(offered), kind_(kind), transport_sequence_(transport_sequence) {}

  std::vector<CodecBinding> run(sdp::MediaSection& answer) {
    for (const std::string& format : offered_.formats) take_codec(format);
    for (const std::string& format : offered_.formats) take_rtx(format);
    for (const std::string& format : offered_.formats) write(format, answer);
    return std::move(bindings_);
  }

 private:
  void take_codec(std::string_view format) {
    const auto type = payload_type(format);
    const sdp::RtpMap* map = type ? offered_.find_rtp_map(*type) : nullptr;
    const auto codec = map ? rtp::codec_from_encoding_name(map->encoding) : std::nullopt;
    if (!codec || rtp::kind(*codec) != kind_ || map->clock_rate != rtp::clock_rate(*codec)) return;
    if (map->channels != (codec == rtp::Codec::Opus ? 2 : 1) || find(*type)) return;
    auto agreed = agree_on_format(*codec, offered_.fmtp_parameters(*type));
    if (!agreed) return;
    CodecBinding binding{.codec = *codec, .payload_type = PayloadType(*type), .format = std::move(agreed->key)};
    for (const std::string_view feedback : agree_on_feedback(offered_, *type, transport_sequence_)) {
      if (feedback == "nack") binding.nack = true;
      if (feedback == "transport-cc") binding.transport_cc = true;
    }
    bindings_.push_back(std::move(binding));
    parameters_.push_back(std::move(agreed->parameters));
  }

  // Without nack nobody asks for a retransmission.
  void take_rtx(std::string_view format) {
    const auto type = payload_type(format);
    const sdp::RtpMap* map = type ? offered_.find_rtp_map(*type) : nullptr;
    if (!map || !equal_ignoring_case(map->encoding, "rtx") || find(*type)) return;
    const auto apt = sdp::find_parameter(offered_.fmtp_parameters(*type), "apt");
    const auto primary = apt ? payload_type(*apt) : std::nullopt;
    const auto index = primary ? find(*primary) : std::nullopt;
    if (!index || !bindings_[*index].nack || bindings_[*index].rtx_payload_type) return;
    if (map->clock_rate != rtp::clock_rate(bindings_[*index].codec)) return;
    const auto used = [&](const CodecBinding& b) { return b.rtx_payload_type == PayloadType(*type); };
    if (std::ranges::none_of(bindings_, used)) bindings_[*index].rtx_payload_type = PayloadType(*type);
  }

  void write(std::string_view format, sdp::MediaSection& answer) {
    const auto type = payload_type(format);
    if (!type || written_[*type]) return;
    for (size_t i = 0; i < bindings_.size(); ++i) {
      const bool rtx = bindings_[i].rtx_payload_type == PayloadType(*type);
      if (!rtx && bindings_[i].payload_type != PayloadType(*type)) continue;
      written_.set(*type);
      answer.formats.emplace_back(std::to_string(*type));
      answer.rtp_maps.push_back(*offered_.find_rtp_map(*type));
      if (rtx) return answer.fmtps.push_back({*type, "apt=" + std::to_string(bindings_[i].payload_type.value())});
      if (!parameters_[i].empty()) answer.fmtps.push_back({*type, parameters_[i]});
      for (const std::string_view feedback : agree_on_feedback(offered_, *type, transport_sequence_)) {
        answer.feedback.push_back({*type, std::string(feedback)});
      }
      return;
    }
  }

  std::optional<size_t> find(uint8_t type) const {
    const auto found = std::ranges::find(bindings_, PayloadType(type), &CodecBinding::payload_type);
    return found == bindings_.end() ? std::nullopt : std::optional<size_t>(found - bindings_.begin());
  }

  const sdp::MediaSection& offered_;
  const rtp::MediaKind kind_;
  const bool transport_sequence_;
  std::vector<CodecBinding> bindings_;
  std::vector<std::string> parameters_;  // of each binding
  std::bitset<128> written_;
};

}  // namespace

std::optional<std::string> h264_profile(std::string_view profile_level_id) {
  uint32_t value = 0;
  const char* end = profile_level_id.data() + profile_level_id.size();
  const auto parsed = std::from_chars(profile_level_id.data(), end, value, 16);
  if (profile_level_id.size() != 6 || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  const auto idc = static_cast<uint8_t>(value >> 16);
  const auto iop = static_cast<uint8_t>(value >> 8);
  for (const ProfilePattern& pattern : kProfiles) {
    if (pattern.idc == idc && (iop & pattern.mask) == pattern.iop) return std::string(pattern.name);
  }
  std::string digits(profile_level_id.substr(0, 4));
  for (char& c : digits) c = sdp::lower(c);
  return digits;
}

std::optional<CodecFormat> agree_on_format(rtp::Codec codec, std::string_view parameters) {
  switch (codec) {
    case rtp::Codec::Opus: return CodecFormat{"", repeat(parameters, kOpusParameters)};
    case rtp::Codec::Vp8: return CodecFormat{};
    case rtp::Codec::Vp9: return agree_on_vp9(parameters);
    case rtp::Codec::H264: return agree_on_h264(parameters);
    case rtp::Codec::Av1: return agree_on_av1(parameters);
  }
  return std::nullopt;
}

std::vector<CodecBinding> agree_on_codecs(const sdp::MediaSection& offered, rtp::MediaKind kind,
                                          bool transport_sequence, sdp::MediaSection& answer) {
  return Agreement(offered, kind, transport_sequence).run(answer);
}

}  // namespace parley::transport::negotiation
