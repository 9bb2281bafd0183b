#include "sdp/session_description.hpp"

#include <gmock/gmock.h>

#include "sdp/limits.hpp"

namespace parley::sdp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kHead = "v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\n";

std::string with(std::string_view lines) { return std::string(kHead) + std::string(lines); }

ParseError error_of(std::string_view text) {
  auto parsed = parse(text);
  return parsed ? ParseError{999, "no error"} : parsed.error();
}

// Every attribute that has a type, at once.
const std::string kEverything = with(
    "c=IN IP4 0.0.0.0\nb=AS:500\n"
    "a=group:BUNDLE a v d\na=group:LS a v\na=ice-lite\na=extmap-allow-mixed\na=ice-options:trickle ice2\n"
    "a=fingerprint:sha-256 01:02\na=setup:passive\na=msid-semantic: WMS *\na=extmap:1 urn:session\na=sendrecv\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\nc=IN IP4 192.0.2.1\nb=TIAS:64000\na=mid:a\na=sendonly\n"
    "a=ice-ufrag:abcd\na=ice-pwd:0123456789012345678901\na=ice-options:renomination\n"
    "a=fingerprint:sha-384 03:04\na=setup:actpass\na=rtpmap:111 opus/48000/2\na=fmtp:111 minptime=10;useinbandfec=1\n"
    "a=rtcp-fb:111 transport-cc\na=rtcp-fb:* nack\na=extmap:3/recvonly urn:x with "
    "attributes\na=rtcp-mux\na=rtcp-rsize\n"
    "a=msid:s t\na=msid:s2\na=ssrc:7 cname:c\na=ssrc:7 flag\na=ssrc-group:FID 7 8\na=ptime:20\n"
    "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\na=candidate:2 1 udp 1 192.0.2.1 10 typ host\na=end-of-candidates\n"
    "m=video 0 UDP/TLS/RTP/SAVPF 96\na=mid:v\na=bundle-only\na=extmap-allow-mixed\na=rid:q send pt=96\na=rid:h send\n"
    "a=simulcast:send q;~h\na=inactive\na=framerate\na=note:\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:d\na=sctp-port:5000\na=max-message-size:262144\n"
    "a=fmtp:webrtc-datachannel x=1\n");

TEST(Parse, EveryTypedAttribute) {
  const auto parsed = parse(kEverything);
  ASSERT_TRUE(parsed) << parsed.error().line << ": " << parsed.error().message;
  EXPECT_EQ(parsed->origin, (Origin{"-", 1, 2, "IN IP4 127.0.0.1"}));
  EXPECT_THAT(parsed->groups, ElementsAre(Group{"BUNDLE", {"a", "v", "d"}}, Group{"LS", {"a", "v"}}));
  EXPECT_TRUE(parsed->ice_lite);
  EXPECT_TRUE(parsed->extmap_allow_mixed);
  EXPECT_EQ(parsed->direction, Direction::SendRecv);
  EXPECT_THAT(parsed->transport.ice_options, ElementsAre("trickle", "ice2"));
  EXPECT_EQ(parsed->transport.setup, Setup::Passive);
  EXPECT_THAT(parsed->others, ElementsAre(Attribute{"msid-semantic", " WMS *"}));
  ASSERT_THAT(parsed->media, SizeIs(3));

  const MediaSection& audio = parsed->media[0];
  EXPECT_EQ(audio.kind, "audio");
  EXPECT_EQ(audio.port, 9);
  EXPECT_EQ(audio.protocol, "UDP/TLS/RTP/SAVPF");
  EXPECT_THAT(audio.formats, ElementsAre("111", "0"));
  EXPECT_EQ(audio.mid, "a");
  EXPECT_EQ(audio.direction, Direction::SendOnly);
  EXPECT_EQ(audio.transport.ice_ufrag, "abcd");
  EXPECT_THAT(audio.msids, ElementsAre(Msid{"s", "t"}, Msid{"s2", ""}));
  EXPECT_THAT(audio.ssrcs, ElementsAre(SsrcAttribute{7, "cname", "c"}, SsrcAttribute{7, "flag", ""}));
  EXPECT_THAT(audio.candidates, SizeIs(2));
  EXPECT_TRUE(audio.end_of_candidates && audio.rtcp_mux && audio.rtcp_rsize);
  EXPECT_FALSE(audio.bundle_only || audio.extmap_allow_mixed);
  EXPECT_THAT(audio.others, ElementsAre(Attribute{"ptime", "20"}));
  ASSERT_TRUE(audio.find_rtp_map(111));
  EXPECT_EQ(audio.find_rtp_map(0), nullptr);
  EXPECT_EQ(audio.fmtp_parameters(111), "minptime=10;useinbandfec=1");
  EXPECT_EQ(audio.fmtp_parameters(0), "");

  const MediaSection& video = parsed->media[1];
  EXPECT_TRUE(video.bundle_only && video.extmap_allow_mixed);
  EXPECT_THAT(video.rids, SizeIs(2));
  ASSERT_TRUE(video.simulcast);
  EXPECT_THAT(video.others, ElementsAre(Attribute{"framerate", std::nullopt}, Attribute{"note", ""}));

  const MediaSection& data = parsed->media[2];
  EXPECT_EQ(data.sctp_port, 5000);
  EXPECT_THAT(data.fmtps, IsEmpty());  // its formats are no payload types
  EXPECT_THAT(data.others, SizeIs(2));
}

TEST(Serialize, ParsesBackToTheSame) {
  const auto parsed = parse(kEverything);
  ASSERT_TRUE(parsed);
  const std::string text = serialize(*parsed);
  const auto again = parse(text);
  ASSERT_TRUE(again) << again.error().line << ": " << again.error().message;
  EXPECT_EQ(*again, *parsed);
  EXPECT_EQ(serialize(*again), text);
}

TEST(Serialize, WritesCrlfInTheOrderOfTheRfc) {
  SessionDescription session;
  session.origin = {"-", 5, 6, "IN IP4 127.0.0.1"};
  session.ice_lite = true;
  session.media.push_back({.kind = "audio", .port = 9, .protocol = "RTP/SAVPF", .formats = {"0"}, .mid = "0"});
  EXPECT_EQ(serialize(session),
            "v=0\r\no=- 5 6 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\nm=audio 9 RTP/SAVPF 0\r\na=mid:0\r\n");
}

TEST(Parse, LineEndings) {
  const auto lf = parse(kEverything);
  std::string text;
  for (const char c : kEverything) text += c == '\n' ? "\r\n" : std::string(1, c);
  const auto crlf = parse(text);
  ASSERT_TRUE(lf && crlf);
  EXPECT_EQ(*lf, *crlf);
  EXPECT_TRUE(parse(text + "\r\n\r\n\n"));
  EXPECT_TRUE(parse(std::string_view(kHead).substr(0, kHead.size() - 1)));
}

TEST(Parse, ReadsOverWhatWebRtcDoesNotUse) {
  const auto parsed =
      parse("v=0\no=- 1 2 IN IP4 x\ns=n\ni=a\nu=b\ne=c\np=d\nt=1 2\nr=1\nz=1\nk=x\nm=audio 9/2 RTP/AVP 0\ni=x\nk=y\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "n");
  EXPECT_EQ(parsed->timing, "1 2");
  EXPECT_EQ(parsed->media[0].port, 9);
}

struct Wrong {
  const char* what;
  std::string text;
  size_t line;
  const char* message;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.what; }

class ParseRefuses : public testing::TestWithParam<Wrong> {};

TEST_P(ParseRefuses, WithLineAndReason) {
  const ParseError error = error_of(GetParam().text);
  EXPECT_EQ(error.line, GetParam().line) << error.message;
  EXPECT_THAT(error.message, HasSubstr(GetParam().message));
}

constexpr const char* kAudio = "m=audio 9 UDP/TLS/RTP/SAVPF 0\n";
std::string in_audio(std::string_view lines) { return with(std::string(kAudio) + std::string(lines)); }

INSTANTIATE_TEST_SUITE_P(
    Each, ParseRefuses,
    testing::Values(
        Wrong{"nothing", "", 0, "ends before"}, Wrong{"one line", "v=0\n", 0, "ends before"},
        Wrong{"no version", "o=- 1 2 IN IP4 x\n", 1, "should be v="}, Wrong{"version 1", "v=1\n", 1, "v= is not 0"},
        Wrong{"no origin", "v=0\ns=-\n", 2, "should be o="}, Wrong{"short origin", "v=0\no=- 1 2\n", 2, "o= is not"},
        Wrong{"origin id", "v=0\no=- x 2 IN IP4 x\n", 2, "o= is not"},
        Wrong{"origin too big", "v=0\no=- 18446744073709551616 2 IN IP4 x\n", 2, "o= is not"},
        Wrong{"no name", "v=0\no=- 1 2 IN IP4 x\nt=0 0\n", 3, "should be s="},
        Wrong{"no equals sign", with("hello\n"), 5, "<letter>=<value>"},
        Wrong{"empty line inside", with("\na=x\n"), 5, "<letter>=<value>"},
        Wrong{"unknown type", with("q=1\n"), 5, "q="}, Wrong{"time in a section", in_audio("t=0 0\n"), 6, "t="},
        Wrong{"attribute without name", with("a=:x\n"), 5, "without name"},
        Wrong{"m without format", with("m=audio 9 RTP/SAVPF\n"), 5, "m= is not"},
        Wrong{"m with wrong port", with("m=audio 65536 RTP/SAVPF 0\n"), 5, "m= is not"},
        Wrong{"m alone", with("m=\n"), 5, "m= is not"},
        Wrong{"NUL", with(std::string_view("a=x\0y\n", 6)), 5, "control"},
        Wrong{"CR inside", with("a=x\ry\n"), 5, "control"},
        Wrong{"rtpmap", in_audio("a=rtpmap:200 x/1\n"), 6, "a=rtpmap: \"200\" is not a payload type"},
        Wrong{"mid twice", in_audio("a=mid:1\na=mid:2\n"), 7, "a=mid: stands twice"},
        Wrong{"mid empty", in_audio("a=mid:\n"), 6, "a=mid: has no value"},
        Wrong{"mid with space", in_audio("a=mid:1 2\n"), 6, "holds a space"},
        Wrong{"direction twice", in_audio("a=sendonly\na=recvonly\n"), 7, "stands twice"},
        Wrong{"ufrag twice", in_audio("a=ice-ufrag:a\na=ice-ufrag:b\n"), 7, "stands twice"},
        Wrong{"pwd empty", in_audio("a=ice-pwd\n"), 6, "a=ice-pwd: has no value"},
        Wrong{"options twice", in_audio("a=ice-options:a\na=ice-options:b\n"), 7, "stands twice"},
        Wrong{"setup", in_audio("a=setup:x\n"), 6, "is not a setup role"},
        Wrong{"fingerprint", with("a=fingerprint:sha-256 zz\n"), 5, "a=fingerprint"},
        Wrong{"simulcast twice", in_audio("a=simulcast:send a\na=simulcast:send a\n"), 7, "stands twice"},
        Wrong{"sctp-port", with("m=application 9 UDP/DTLS/SCTP x\na=sctp-port:65536\n"), 6, "is not a port"},
        Wrong{"candidate empty", in_audio("a=candidate:\n"), 6, "has no value"},
        Wrong{"extmap", in_audio("a=extmap:0 urn:x\n"), 6, "header extension id"},
        Wrong{"group", with("a=group:\n"), 5, "without semantics"}));

// --- limits ------------------------------------------------------------------------------------------------------

TEST(Limits, TextSize) {
  std::string text(kHead);
  const std::string line = "a=x:" + std::string(1000, 'y') + "\n";
  size_t lines = 0;
  while (text.size() + line.size() + 100 <= kMaxTextSize) {
    if (lines++ % 400 == 0) text += kAudio;
    text += line;
  }
  text += "a=z:";
  text += std::string(kMaxTextSize - text.size(), 'z');
  EXPECT_TRUE(parse(text)) << error_of(text).message;
  const ParseError error = error_of(text + "z");
  EXPECT_EQ(error.line, 0u);
  EXPECT_THAT(error.message, HasSubstr("1048576 bytes"));
}

TEST(Limits, LineSize) {
  EXPECT_TRUE(parse(with("a=x:" + std::string(kMaxLineSize - 4, 'y'))));
  EXPECT_THAT(error_of(with("a=x:" + std::string(kMaxLineSize - 3, 'y'))).message, HasSubstr("8192 bytes"));
}

TEST(Limits, MediaSections) {
  std::string text(kHead);
  for (size_t i = 0; i < kMaxMediaSections; ++i) text += kAudio;
  EXPECT_TRUE(parse(text));
  EXPECT_EQ(error_of(text + kAudio).line, 4 + kMaxMediaSections + 1);
}

TEST(Limits, LinesPerSection) {
  std::string text = in_audio("");
  for (size_t i = 0; i < kMaxLinesPerSection; ++i) text += "a=x\n";
  EXPECT_TRUE(parse(text + kAudio + "a=x\n"));
  EXPECT_THAT(error_of(text + "a=x\n").message, HasSubstr("512"));
}

TEST(Limits, Formats) {
  std::string text = with("m=audio 9 RTP/SAVPF");
  for (size_t i = 0; i < kMaxFormats; ++i) text += " 0";
  EXPECT_TRUE(parse(text));
  EXPECT_THAT(error_of(text + " 0").message, HasSubstr("128 formats"));
}

TEST(Limits, IceOptions) {
  std::string text = with("a=ice-options:");
  for (size_t i = 0; i < kMaxListItems; ++i) text += "x ";
  EXPECT_TRUE(parse(text));
  EXPECT_THAT(error_of(text + "x").message, HasSubstr("too many ICE options"));
}

}  // namespace
}  // namespace parley::sdp
