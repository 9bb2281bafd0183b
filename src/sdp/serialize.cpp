#include <utility>

#include "sdp/session_description.hpp"

namespace parley::sdp {
namespace {

class Writer {
 public:
  void line(char type, std::string_view value) {
    out_ += type;
    out_ += '=';
    out_ += value;
    end();
  }
  void flag(std::string_view name, bool set = true) {
    if (set) line('a', name);
  }
  void text(std::string_view name, std::string_view value) {
    begin(name);
    out_ += value;
    end();
  }
  void text(std::string_view name, const std::optional<std::string>& value) {
    if (value) text(name, std::string_view(*value));
  }
  template <typename T>
  void attribute(std::string_view name, const T& value) {
    begin(name);
    append(out_, value);
    end();
  }
  template <typename T>
  void attributes(std::string_view name, const std::vector<T>& values) {
    for (const T& value : values) attribute(name, value);
  }
  void others(const std::vector<Attribute>& list) {
    for (const Attribute& other : list) other.value ? text(other.name, other.value) : flag(other.name);
  }
  std::string take() { return std::move(out_); }

 private:
  void begin(std::string_view name) { out_.append("a=").append(name).append(":"); }
  void end() { out_ += "\r\n"; }

  std::string out_;
};

void write(Writer& out, const TransportAttributes& transport) {
  out.text("ice-ufrag", transport.ice_ufrag);
  out.text("ice-pwd", transport.ice_pwd);
  if (!transport.ice_options.empty()) {
    std::string options;
    for (const std::string& option : transport.ice_options) options += (options.empty() ? "" : " ") + option;
    out.text("ice-options", std::string_view(options));
  }
  out.attributes("fingerprint", transport.fingerprints);
  if (transport.setup) out.text("setup", name(*transport.setup));
}

void write_session(Writer& out, const SessionDescription& session) {
  const Origin& origin = session.origin;
  out.line('v', "0");
  out.line('o', origin.username + ' ' + std::to_string(origin.session_id) + ' ' +
                    std::to_string(origin.session_version) + ' ' + origin.address);
  out.line('s', session.name);
  if (!session.connection.empty()) out.line('c', session.connection);
  for (const std::string& bandwidth : session.bandwidths) out.line('b', bandwidth);
  out.line('t', session.timing);
  out.attributes("group", session.groups);
  out.flag("ice-lite", session.ice_lite);
  out.flag("extmap-allow-mixed", session.extmap_allow_mixed);
  write(out, session.transport);
  out.attributes("extmap", session.ext_maps);
  if (session.direction) out.flag(name(*session.direction));
  out.others(session.others);
}

void write_rtp(Writer& out, const MediaSection& media) {
  out.flag("rtcp-mux", media.rtcp_mux);
  out.flag("rtcp-rsize", media.rtcp_rsize);
  out.attributes("msid", media.msids);
  out.attributes("extmap", media.ext_maps);
  out.attributes("rtpmap", media.rtp_maps);
  out.attributes("fmtp", media.fmtps);
  out.attributes("rtcp-fb", media.feedback);
  out.attributes("rid", media.rids);
  if (media.simulcast) out.attribute("simulcast", *media.simulcast);
  out.attributes("ssrc-group", media.ssrc_groups);
  out.attributes("ssrc", media.ssrcs);
}

void write_media(Writer& out, const MediaSection& media) {
  std::string head = media.kind + ' ' + std::to_string(media.port) + ' ' + media.protocol;
  for (const std::string& format : media.formats) head += ' ' + format;
  out.line('m', head);
  if (!media.connection.empty()) out.line('c', media.connection);
  for (const std::string& bandwidth : media.bandwidths) out.line('b', bandwidth);
  if (!media.mid.empty()) out.text("mid", std::string_view(media.mid));
  out.flag("bundle-only", media.bundle_only);
  write(out, media.transport);
  for (const std::string& candidate : media.candidates) out.text("candidate", std::string_view(candidate));
  out.flag("end-of-candidates", media.end_of_candidates);
  if (media.direction) out.flag(name(*media.direction));
  out.flag("extmap-allow-mixed", media.extmap_allow_mixed);
  write_rtp(out, media);
  if (media.sctp_port) out.text("sctp-port", std::string_view(std::to_string(*media.sctp_port)));
  out.others(media.others);
}

}  // namespace

std::string serialize(const SessionDescription& session) {
  Writer out;
  write_session(out, session);
  for (const MediaSection& media : session.media) write_media(out, media);
  return out.take();
}

}  // namespace parley::sdp
