#include "transport/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transport/test_peer.hpp"

namespace parley::transport {
namespace {

using rtp::Extension;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint8_t kAudio = 0;
constexpr uint8_t kVideo = 1;
constexpr uint8_t kSeat = 2;
constexpr Ssrc kSeatSsrc(0xaaaa);
constexpr Ssrc kSeatRtx(0xbbbb);
constexpr Ssrc kLayer(0x1111);
constexpr Ssrc kLayerRtx(0x2222);

Timestamp at(int64_t ms) { return Timestamp::from_us(1'000'000 + ms * 1000); }

// Receives audio and simulcast video, sends one video.
Description description() {
  Description d;
  d.local_ice = {"LOCALUF1", "local password with 24 c"};
  d.remote_ice = {"peer", "remote password with 24c"};
  d.reduced_size_rtcp = true;
  d.extensions.set(Extension::Mid, 1);
  d.extensions.set(Extension::Rid, 2);
  d.extensions.set(Extension::RepairedRid, 3);
  d.extensions.set(Extension::TransportSequence, 4);
  d.extensions.set(Extension::AbsSendTime, 5);
  d.extensions.set(Extension::AudioLevel, 6);
  d.lines.push_back({.mid = Mid("a"), .direction = Direction::Receive});
  d.lines.back().codecs = {{.codec = rtp::Codec::Opus, .payload_type = PayloadType(111)}};
  const CodecBinding vp8{rtp::Codec::Vp8, PayloadType(96), PayloadType(97), "", true, true};
  d.lines.push_back({.mid = Mid("v"), .kind = rtp::MediaKind::Video, .direction = Direction::Receive});
  d.lines.back().codecs = {vp8};
  d.lines.back().rids = {"q", "f"};
  d.lines.push_back({.mid = Mid("s"), .kind = rtp::MediaKind::Video, .direction = Direction::Send});
  d.lines.back().codecs = {vp8};
  d.lines.back().ssrcs = StreamSsrcs{kSeatSsrc, kSeatRtx};
  return d;
}

rtp::HeaderWriter video_header(uint16_t sequence, std::string_view rid = "f") {
  rtp::HeaderWriter header({false, PayloadType(96), sequence, 3000, kLayer});
  header.add(1, "v");
  header.add(2, rid);
  return header;
}

TestPeer connected() {
  TestPeer peer(description());
  peer.connect(at(0));
  return peer;
}

const std::vector<uint8_t> kPayload{1, 2, 3, 4, 5, 6, 7, 8};

// --- up and down -----------------------------------------------------------------------------------------------------

class Roles : public testing::TestWithParam<bool> {};

TEST_P(Roles, ChecksThenDtlsThenConnected) {
  Description d = description();
  d.dtls_active = GetParam();
  TestPeer peer(d);
  EXPECT_FALSE(peer.connection->is_valid(peer.path));
  peer.give(peer.check(), at(0));
  EXPECT_TRUE(peer.connection->is_valid(peer.path));
  EXPECT_EQ(peer.connection->state(), ConnectionState::Checking);
  peer.connect(at(1));
  EXPECT_EQ(peer.connection->state(), ConnectionState::Connected);
}
INSTANTIATE_TEST_SUITE_P(Dtls, Roles, testing::Bool());

TEST(Connection, DropsWhatComesByPathsThatWereNotChecked) {
  TestPeer peer(description());
  EXPECT_EQ(peer.give({22, 254, 253}, at(0)).error(), Drop::UnknownPath);
  EXPECT_EQ(peer.give({0x80, 96, 0, 1}, at(0)).error(), Drop::UnknownPath);
  EXPECT_EQ(peer.give(peer.check("not the password at all!"), at(0)).error(), Drop::BadAuth);
  EXPECT_FALSE(peer.connection->is_valid(peer.path));
}

TEST(Connection, DropsMediaBeforeDtlsAndGarbageAfter) {
  TestPeer peer(description());
  peer.give(peer.check(), at(0));
  EXPECT_EQ(peer.give({0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1}, at(0)).error(), Drop::Early);
  EXPECT_EQ(peer.give({0x80, 200, 0, 1}, at(0)).error(), Drop::Early);
  EXPECT_EQ(peer.give({}, at(0)).error(), Drop::Malformed);
  EXPECT_EQ(peer.give({100, 1, 2}, at(0)).error(), Drop::Malformed);  // RFC 7983: nothing known
  peer.connect(at(1));
  EXPECT_EQ(peer.give({0x80, 96, 0, 1}, at(2)).error(), Drop::Malformed);
  std::vector<uint8_t> forged(100, 0x55);
  forged[0] = 0x80;
  forged[1] = 96;
  EXPECT_EQ(peer.give(forged, at(2)).error(), Drop::BadAuth);
  forged[1] = 200;
  EXPECT_FALSE(peer.give(forged, at(2)).has_value());
}

TEST(Connection, PeersCloseNotifyEndsItForGood) {
  TestPeer peer = connected();
  peer.close(at(10));
  ASSERT_THAT(peer.facts_of<StateChanged>(), SizeIs(1));
  EXPECT_EQ(peer.facts_of<StateChanged>()[0].state, ConnectionState::Failed);
  EXPECT_EQ(peer.give(peer.check(), at(20)).error(), Drop::UnknownPath);
  EXPECT_TRUE(peer.connection->next_deadline().is_never());
  EXPECT_FALSE(peer.connection->send({.line = kSeat, .payload_type = PayloadType(96)}, at(20), peer.sent));
}

TEST(Connection, SilenceDisconnectsOnceAndAPacketRepairs) {
  TestPeer peer = connected();
  for (int64_t ms = 0; ms < 8000; ms += 100) peer.tick(at(ms));
  ASSERT_THAT(peer.facts_of<StateChanged>(), SizeIs(1));
  EXPECT_EQ(peer.facts_of<StateChanged>()[0].state, ConnectionState::Disconnected);
  peer.give(peer.rtp(video_header(1), kPayload), at(8000));
  EXPECT_EQ(peer.connection->state(), ConnectionState::Connected);
}

TEST(Connection, LosingItsOnlyPathStopsSendingUntilAnotherIsChecked) {
  TestPeer peer = connected();
  peer.connection->forget(peer.path);
  EXPECT_FALSE(peer.connection->send({.line = kSeat, .payload_type = PayloadType(96)}, at(1), peer.sent));
  peer.tick(at(300));
  EXPECT_GT(peer.connection->next_deadline(), at(300)) << "nothing can be done, so nothing is due";
  peer.path.remote.port = 4001;
  peer.give(peer.check(), at(400));
  EXPECT_TRUE(
      peer.connection->send({.line = kSeat, .payload_type = PayloadType(96), .payload = kPayload}, at(401), peer.sent));
  EXPECT_EQ(peer.sent.entries().back().path, peer.path);
}

// --- receiving -------------------------------------------------------------------------------------------------------

TEST(Connection, MediaComesOutPlacedAndDecrypted) {
  TestPeer peer = connected();
  const auto received = peer.give(peer.rtp(video_header(7), kPayload), at(1));
  ASSERT_TRUE(received && *received);
  EXPECT_EQ((*received)->line, kVideo);
  EXPECT_EQ((*received)->layer, 1);
  EXPECT_EQ((*received)->binding->codec, rtp::Codec::Vp8);
  EXPECT_EQ((*received)->packet.sequence_number, 7);
  EXPECT_TRUE(std::ranges::equal((*received)->packet.payload, kPayload));
  EXPECT_FALSE((*received)->repaired);
}

TEST(Connection, ReplayedAndUnknownStreamsAreDropped) {
  TestPeer peer = connected();
  const auto packet = peer.rtp(video_header(7), kPayload);
  peer.give(packet, at(1));
  EXPECT_EQ(peer.give(packet, at(1)).error(), Drop::Replayed);
  EXPECT_EQ(peer.give(peer.rtp(rtp::HeaderWriter({false, PayloadType(50), 1, 1, Ssrc(9)}), kPayload), at(1)).error(),
            Drop::UnknownStream);
  // A known stream with a payload type that its line has not.
  EXPECT_EQ(peer.give(peer.rtp(rtp::HeaderWriter({false, PayloadType(50), 8, 1, kLayer}), kPayload), at(1)).error(),
            Drop::UnknownStream);
}

TEST(Connection, RetransmissionComesOutAsTheOriginal) {
  TestPeer peer = connected();
  peer.give(peer.rtp(video_header(7), kPayload), at(1));
  rtp::HeaderWriter header({true, PayloadType(97), 500, 3000, kLayerRtx});
  header.add(1, "v");
  header.add(3, "f");
  std::vector<uint8_t> payload{0, 9};
  payload.insert(payload.end(), kPayload.begin(), kPayload.end());
  const auto received = peer.give(peer.rtp(header, payload), at(2));
  ASSERT_TRUE(received && *received);
  EXPECT_TRUE((*received)->repaired);
  EXPECT_EQ((*received)->line, kVideo);
  EXPECT_EQ((*received)->layer, 1);
  EXPECT_EQ((*received)->packet.sequence_number, 9);
  EXPECT_EQ((*received)->packet.ssrc, kLayer);
  EXPECT_EQ((*received)->packet.payload_type, PayloadType(96));
  EXPECT_TRUE((*received)->packet.marker);
  EXPECT_TRUE(std::ranges::equal((*received)->packet.payload, kPayload));
}

TEST(Connection, ProbesOfPaddingAreTakenSilently) {
  TestPeer peer = connected();
  peer.give(peer.rtp(video_header(7), kPayload), at(1));
  rtp::HeaderWriter header({false, PayloadType(97), 500, 3000, kLayerRtx});
  header.add(1, "v");
  header.add(3, "f");
  const auto received = peer.give(peer.rtp(header, {}), at(2));
  ASSERT_TRUE(received);
  EXPECT_FALSE(*received);
}

TEST(Connection, AsksForWhatIsMissingThenForAKeyFrame) {
  TestPeer peer = connected();
  peer.give(peer.rtp(video_header(10), kPayload), at(0));
  peer.give(peer.rtp(video_header(14), kPayload), at(1));
  peer.sent.clear();
  ASSERT_LE(peer.connection->next_deadline(), at(1));
  peer.tick(at(1));
  const auto nacks = peer.rtcp_sent_of<rtp::rtcp::Nack>();
  ASSERT_THAT(nacks, SizeIs(1));
  EXPECT_EQ(nacks[0].media, kLayer);
  EXPECT_THAT(std::vector(nacks[0].lost.begin(), nacks[0].lost.end()), ElementsAre(11, 12));
  for (int64_t ms = 2; ms < 3000; ++ms) peer.tick(at(ms));
  const auto broken = peer.facts_of<LayerBroken>();
  ASSERT_FALSE(broken.empty());
  EXPECT_EQ(broken[0].line, kVideo);
  EXPECT_EQ(broken[0].layer, 1);
}

TEST(Connection, KeyFrameRequestNamesTheLayersSsrc) {
  TestPeer peer = connected();
  peer.connection->request_key_frame(kVideo, 1, at(1), peer.sent);
  EXPECT_THAT(peer.rtcp_sent(), IsEmpty()) << "nothing of the layer has come yet, so it has no name";
  peer.give(peer.rtp(video_header(10), kPayload), at(2));
  peer.connection->request_key_frame(kVideo, 1, at(2), peer.sent);
  const auto plis = peer.rtcp_sent_of<rtp::rtcp::PictureLossIndication>();
  ASSERT_THAT(plis, SizeIs(1));
  EXPECT_EQ(plis[0].media, kLayer);
}

TEST(Connection, ReportsOnWhatItReceives) {
  TestPeer peer = connected();
  for (const uint16_t sequence : {1, 2, 4}) peer.give(peer.rtp(video_header(sequence), kPayload), at(1));
  const rtp::rtcp::SenderReport report{.sender = kLayer, .ntp = {0x1122334455667788}, .rtp_timestamp = 3000};
  peer.give(peer.rtcp(report), at(100));
  const auto clocks = peer.facts_of<SourceReport>();
  ASSERT_THAT(clocks, SizeIs(1));
  EXPECT_EQ(clocks[0].line, kVideo);
  EXPECT_EQ(clocks[0].layer, 1);
  EXPECT_EQ(clocks[0].ntp, report.ntp);
  peer.sent.clear();
  peer.tick(at(250));
  const auto reports = peer.rtcp_sent_of<rtp::rtcp::ReceiverReport>();
  ASSERT_THAT(reports, SizeIs(1));
  ASSERT_EQ(reports[0].reports.size(), 1u);
  EXPECT_EQ(reports[0].reports[0].source, kLayer);
  EXPECT_EQ(reports[0].reports[0].cumulative_lost, 1);
  EXPECT_EQ(reports[0].reports[0].last_sr, 0x33445566u);
  EXPECT_NEAR(reports[0].reports[0].delay_since_last_sr, 65'536 * 0.150, 100);
}

TEST(Connection, TransportFeedbackTellsOfEachPacket) {
  TestPeer peer = connected();
  for (const uint16_t number : {100, 101, 103}) {
    rtp::HeaderWriter header = video_header(number);
    header.add_u16(4, number);
    peer.give(peer.rtp(header, kPayload), at(number - 100));
  }
  peer.sent.clear();
  for (int64_t ms = 3; ms < 120; ++ms) peer.tick(at(ms));
  const auto feedback = peer.rtcp_sent_of<rtp::rtcp::TransportFeedback>();
  ASSERT_FALSE(feedback.empty());
  EXPECT_EQ(feedback[0].base_sequence, 100);
  EXPECT_EQ(feedback[0].media, kLayer) << "Chromium ignores feedback that names none of its streams";
  ASSERT_EQ(feedback[0].arrivals.size(), 4u);
  EXPECT_EQ(feedback[0].arrivals[1] - feedback[0].arrivals[0], 1000);
  EXPECT_EQ(feedback[0].arrivals[2], rtp::rtcp::TransportFeedback::kLost);
}

TEST(Connection, FullSizeRtcpBeginsWithAReportAndCname) {
  Description d = description();
  d.reduced_size_rtcp = false;
  TestPeer peer(d);
  peer.connect(at(0));
  peer.give(peer.rtp(video_header(10), kPayload), at(2));
  peer.connection->request_key_frame(kVideo, 1, at(2), peer.sent);
  const auto messages = peer.rtcp_sent();
  ASSERT_THAT(messages, SizeIs(2));  // SDES is not read
  EXPECT_TRUE(std::holds_alternative<rtp::rtcp::ReceiverReport>(messages[0]));
  EXPECT_TRUE(std::holds_alternative<rtp::rtcp::PictureLossIndication>(messages[1]));
}

TEST(Connection, FeedbackOnWhatWeSendBecomesFacts) {
  TestPeer peer = connected();
  rtp::rtcp::Nack nack{.media = kSeatSsrc};
  nack.lost.push_back(5);
  rtp::rtcp::Nack stray{.media = Ssrc(77)};
  stray.lost.push_back(6);
  peer.give(
      peer.rtcp(nack, stray, rtp::rtcp::PictureLossIndication{.media = kSeatSsrc},
                rtp::rtcp::FullIntraRequest{.media = kSeatSsrc}, rtp::rtcp::PictureLossIndication{.media = Ssrc(77)}),
      at(1));
  ASSERT_THAT(peer.facts_of<LossReported>(), SizeIs(1));
  EXPECT_EQ(peer.facts_of<LossReported>()[0].line, kSeat);
  EXPECT_EQ(peer.facts_of<LossReported>()[0].lost[0], 5);
  EXPECT_THAT(peer.facts_of<KeyFrameWanted>(), SizeIs(2));
}

TEST(Connection, RembBoundsTheEstimate) {
  TestPeer peer = connected();
  EXPECT_GT(peer.connection->send_estimate(at(1)), DataRate::kbps(300));
  peer.give(peer.rtcp(rtp::rtcp::Remb{.bitrate = DataRate::kbps(200)}), at(1));
  EXPECT_LE(peer.connection->send_estimate(at(2)), DataRate::kbps(200));
}

// --- sending ---------------------------------------------------------------------------------------------------------

OutgoingPacket outgoing(uint16_t sequence) {
  return {.line = kSeat,
          .payload_type = PayloadType(96),
          .sequence_number = sequence,
          .timestamp = 90,
          .payload = kPayload};
}

rtp::PacketView parse(const std::vector<uint8_t>& packet) {
  return *rtp::PacketView::parse(packet, description().extensions);
}

TEST(Connection, SendsWithItsOwnSsrcAndExtensions) {
  TestPeer peer = connected();
  const std::array<uint8_t, 2> prefix{0xfe, 0xff};
  OutgoingPacket packet = outgoing(7);
  packet.prefix = prefix;
  packet.marker = true;
  ASSERT_TRUE(peer.connection->send(packet, at(1), peer.sent));
  ASSERT_TRUE(peer.connection->send(outgoing(8), at(2), peer.sent));
  const auto sent = peer.rtp_sent();
  ASSERT_THAT(sent, SizeIs(2));
  const auto view = parse(sent[0]);
  EXPECT_EQ(view.ssrc, kSeatSsrc);
  EXPECT_EQ(view.sequence_number, 7);
  EXPECT_TRUE(view.marker);
  EXPECT_EQ(view.mid, "s");
  EXPECT_EQ(view.payload.size(), 10u);
  EXPECT_EQ(view.payload[0], 0xfe);
  EXPECT_EQ(view.payload[2], 1);
  ASSERT_TRUE(view.transport_sequence && view.abs_send_time);
  EXPECT_EQ(*view.abs_send_time, (1'001'000ull << 18) / 1'000'000);
  EXPECT_EQ(*parse(sent[1]).transport_sequence, *view.transport_sequence + 1);
}

TEST(Connection, PaddingFillsUpToTheSizeOfTheOthers) {
  TestPeer peer = connected();
  OutgoingPacket small = outgoing(1);
  small.payload = Bytes(kPayload).first(5);
  small.padding = 3;
  peer.connection->send(small, at(1), peer.sent);
  peer.connection->send(outgoing(2), at(1), peer.sent);
  EXPECT_EQ(peer.sent.entries()[0].size, peer.sent.entries()[1].size);
  const auto sent = peer.rtp_sent();
  EXPECT_EQ(parse(sent[0]).payload.size(), 5u);
  EXPECT_EQ(parse(sent[0]).padding_size, 3);
  EXPECT_EQ(parse(sent[1]).padding_size, 0);
}

TEST(Connection, MidIsLeftOutOnceThePeerReportsOnTheStream) {
  TestPeer peer = connected();
  rtp::rtcp::ReceiverReport report;
  report.reports.push_back({.source = kSeatSsrc});
  peer.give(peer.rtcp(report), at(1));
  peer.connection->send(outgoing(7), at(2), peer.sent);
  EXPECT_TRUE(parse(peer.rtp_sent()[0]).mid.empty());
}

TEST(Connection, NothingIsSentOnLinesThatDoNotSend) {
  TestPeer peer = connected();
  for (const uint8_t line : {kAudio, kVideo, uint8_t{3}, uint8_t{255}}) {
    OutgoingPacket packet = outgoing(1);
    packet.line = line;
    EXPECT_FALSE(peer.connection->send(packet, at(1), peer.sent));
    EXPECT_FALSE(peer.connection->retransmit(packet, at(1), peer.sent));
  }
  const std::vector<uint8_t> huge(DatagramBatch::kMaxDatagram);
  OutgoingPacket packet = outgoing(1);
  packet.payload = huge;
  EXPECT_FALSE(peer.connection->send(packet, at(1), peer.sent)) << "larger than any datagram";
  EXPECT_TRUE(peer.sent.empty());
}

TEST(Connection, RetransmitsOnTheRepairStream) {
  TestPeer peer = connected();
  ASSERT_TRUE(peer.connection->retransmit(outgoing(0x1234), at(1), peer.sent));
  ASSERT_TRUE(peer.connection->retransmit(outgoing(0x1234), at(1), peer.sent));
  const auto sent = peer.rtp_sent();
  ASSERT_THAT(sent, SizeIs(2));
  const auto view = parse(sent[0]);
  EXPECT_EQ(view.ssrc, kSeatRtx);
  EXPECT_EQ(view.payload_type, PayloadType(97));
  EXPECT_EQ(load_be16(view.payload.data()), 0x1234);
  EXPECT_EQ(view.payload.size(), 10u);
  EXPECT_EQ(parse(sent[1]).sequence_number, static_cast<uint16_t>(view.sequence_number + 1));
  OutgoingPacket other = outgoing(1);
  other.payload_type = PayloadType(111);
  EXPECT_FALSE(peer.connection->retransmit(other, at(1), peer.sent)) << "no repair for this codec";
}

TEST(Connection, SenderReportsFollowTheClockTheyAreGivenAndMeasureTheRoundTrip) {
  TestPeer peer = connected();
  peer.connection->send(outgoing(7), at(1), peer.sent);
  peer.sent.clear();
  peer.tick(at(250));
  EXPECT_THAT(peer.rtcp_sent_of<rtp::rtcp::SenderReport>(), IsEmpty()) << "no clock, no report";
  EXPECT_FALSE(peer.connection->reports_due(at(1000)));
  EXPECT_TRUE(peer.connection->reports_due(at(1250)));
  peer.connection->set_clock(kSeat, {at(1150), 5000});
  peer.tick(at(1250));
  const auto reports = peer.rtcp_sent_of<rtp::rtcp::SenderReport>();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].sender, kSeatSsrc);
  EXPECT_EQ(reports[0].ntp, to_ntp(at(1250)));
  EXPECT_EQ(reports[0].rtp_timestamp, 5000u + 9000);
  EXPECT_EQ(reports[0].packet_count, 1u);
  EXPECT_EQ(reports[0].octet_count, kPayload.size());
  rtp::rtcp::ReceiverReport echo;
  echo.reports.push_back(
      {.source = kSeatSsrc, .last_sr = reports[0].ntp.compact(), .delay_since_last_sr = 65'536 / 10});
  peer.give(peer.rtcp(echo), at(1250 + 100 + 40));
  EXPECT_NEAR(static_cast<double>(peer.connection->rtt().us()), 40'000, 100);
}

TEST(Connection, UpdateAddsLinesAndKeepsWhatRuns) {
  TestPeer peer = connected();
  peer.give(peer.rtp(video_header(10), kPayload), at(1));
  peer.connection->send(outgoing(7), at(1), peer.sent);
  Description d = description();
  d.lines.push_back(d.lines[kSeat]);
  d.lines.back().mid = Mid("t");
  d.lines.back().ssrcs = StreamSsrcs{Ssrc(0xcccc), std::nullopt};
  peer.connection->update(d);
  EXPECT_TRUE(peer.give(peer.rtp(rtp::HeaderWriter({false, PayloadType(96), 11, 1, kLayer}), kPayload), at(2)))
      << "the SSRC is still known";
  OutgoingPacket packet = outgoing(1);
  packet.line = 3;
  peer.sent.clear();
  EXPECT_TRUE(peer.connection->send(packet, at(3), peer.sent));
  EXPECT_EQ(parse(peer.rtp_sent()[0]).ssrc, Ssrc(0xcccc));
  EXPECT_FALSE(peer.connection->retransmit(packet, at(3), peer.sent)) << "this line has no repair stream";
  std::vector<LineStats> stats;
  peer.connection->append_stats(stats);
  ASSERT_THAT(stats, SizeIs(4));
  EXPECT_EQ(stats[1].packets, 2u);
  EXPECT_EQ(stats[2].packets, 1u);
}

}  // namespace
}  // namespace parley::transport
