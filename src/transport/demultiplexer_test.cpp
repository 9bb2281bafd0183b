#include "transport/demultiplexer.hpp"

#include <gtest/gtest.h>

namespace parley::transport {
namespace {

using Target = Demultiplexer::Target;

Line receive_line(std::string mid, uint8_t payload_type, uint8_t rtx, std::vector<std::string> rids = {}) {
  Line line{.mid = Mid(std::move(mid)), .direction = Direction::Receive, .rids = std::move(rids)};
  line.codecs.push_back({.payload_type = PayloadType(payload_type)});
  if (rtx != 0) line.codecs.back().rtx_payload_type = PayloadType(rtx);
  return line;
}

rtp::PacketView packet(uint32_t ssrc, uint8_t payload_type, std::string_view mid = "", std::string_view rid = "",
                       std::string_view repaired = "") {
  rtp::PacketView view;
  view.ssrc = Ssrc(ssrc);
  view.payload_type = PayloadType(payload_type);
  view.mid = mid;
  view.rid = rid;
  view.repaired_rid = repaired;
  return view;
}

Demultiplexer make(const std::vector<Line>& lines) {
  Demultiplexer demultiplexer;
  demultiplexer.configure(lines);
  return demultiplexer;
}

TEST(Demultiplexer, UniquePayloadTypeNamesTheSection) {
  auto d = make({receive_line("a", 111, 0), receive_line("v", 96, 97)});
  EXPECT_EQ(d.find(packet(1, 111)), (Target{0, 0, false}));
  EXPECT_EQ(d.find(packet(2, 96)), (Target{1, 0, false}));
  EXPECT_EQ(d.find(packet(3, 97)), (Target{1, 0, true}));
  EXPECT_EQ(d.find(packet(4, 50)), std::nullopt);
  EXPECT_EQ(d.ssrc({1, 0, true}), Ssrc(3));
}

TEST(Demultiplexer, SharedPayloadTypeNeedsMidOnceThenTheSsrcIsKnown) {
  auto d = make({receive_line("v", 96, 97), receive_line("share", 96, 97)});
  EXPECT_EQ(d.find(packet(1, 96)), std::nullopt);
  EXPECT_EQ(d.find(packet(1, 96, "share")), (Target{1, 0, false}));
  EXPECT_EQ(d.find(packet(1, 96)), (Target{1, 0, false}));
  EXPECT_EQ(d.find(packet(2, 97, "share")), (Target{1, 0, true}));
  EXPECT_EQ(d.find(packet(2, 97)), (Target{1, 0, true}));
}

TEST(Demultiplexer, UnknownMidIsNobodys) {
  auto d = make({receive_line("v", 96, 97)});
  EXPECT_EQ(d.find(packet(1, 96, "x")), std::nullopt);
  EXPECT_EQ(d.find(Ssrc(1)), std::nullopt);
}

TEST(Demultiplexer, RidsNameLayersAndRepairedRidsTheirRepair) {
  auto d = make({receive_line("v", 96, 97, {"q", "h", "f"})});
  EXPECT_EQ(d.find(packet(1, 96, "v")), std::nullopt) << "a simulcast stream without rid cannot be placed";
  EXPECT_EQ(d.find(packet(1, 96, "v", "f")), (Target{0, 2, false}));
  EXPECT_EQ(d.find(packet(2, 96, "v", "q")), (Target{0, 0, false}));
  EXPECT_EQ(d.find(packet(3, 97, "v", "", "f")), (Target{0, 2, true}));
  EXPECT_EQ(d.find(packet(1, 96)), (Target{0, 2, false}));
  EXPECT_EQ(d.find(packet(3, 97)), (Target{0, 2, true}));
  EXPECT_EQ(d.find(packet(4, 96, "v", "z")), std::nullopt);
}

TEST(Demultiplexer, NewSsrcOfALayerReplacesTheOldOne) {
  auto d = make({receive_line("v", 96, 97, {"q"}), receive_line("w", 96, 97, {"q"})});
  for (uint32_t ssrc = 1; ssrc <= 1000; ++ssrc) EXPECT_TRUE(d.find(packet(ssrc, 96, "v", "q")));
  EXPECT_EQ(d.find(packet(1000, 96)), (Target{0, 0, false}));
  EXPECT_EQ(d.find(packet(1, 96)), std::nullopt) << "the table holds one SSRC a place";
}

TEST(Demultiplexer, MidMovesAnSsrcToAnotherSection) {
  auto d = make({receive_line("v", 96, 0), receive_line("share", 96, 0)});
  d.find(packet(1, 96, "v"));
  EXPECT_EQ(d.find(packet(1, 96, "share")), (Target{1, 0, false}));
  EXPECT_EQ(d.find(Ssrc(1)), (Target{1, 0, false}));
}

TEST(Demultiplexer, OfferedSsrcsAreKnownFromTheStart) {
  std::vector<Line> lines{receive_line("v", 96, 97), receive_line("share", 96, 97)};
  lines[1].announced_ssrcs = StreamSsrcs{Ssrc(7), Ssrc(8)};
  auto d = make(lines);
  EXPECT_EQ(d.find(packet(7, 96)), (Target{1, 0, false}));
  EXPECT_EQ(d.find(packet(8, 97)), (Target{1, 0, true}));
}

TEST(Demultiplexer, ReconfiguringKeepsLivingLinesAndDropsTheRest) {
  std::vector<Line> lines{receive_line("v", 96, 97, {"q"}), receive_line("share", 96, 97, {"q"})};
  auto d = make(lines);
  d.find(packet(1, 96, "v", "q"));
  d.find(packet(2, 96, "share", "q"));
  lines[1].direction = Direction::Inactive;
  lines.push_back(receive_line("more", 100, 0));
  d.configure(lines);
  EXPECT_EQ(d.find(packet(1, 96)), (Target{0, 0, false}));
  EXPECT_EQ(d.find(Ssrc(2)), std::nullopt);
  EXPECT_EQ(d.find(packet(3, 100)), (Target{2, 0, false}));
  lines[0].mid = Mid("reused");
  d.configure(lines);
  EXPECT_EQ(d.find(Ssrc(1)), std::nullopt) << "the line began a new life";
}

}  // namespace
}  // namespace parley::transport
