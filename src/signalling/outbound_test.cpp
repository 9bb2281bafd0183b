#include "signalling/outbound.hpp"

#include <gtest/gtest.h>

namespace parley::signalling {
namespace {

wire::ServerMessage data(size_t size) {
  wire::ServerMessage m;
  m.mutable_data_received()->set_payload(std::string(size, 'x'));
  return m;
}

wire::ServerMessage parse(const Frame& frame) {
  wire::ServerMessage m;
  EXPECT_TRUE(m.ParseFromString(*frame));
  return m;
}

TEST(Outbound, NumbersFromOne) {
  Outbound out;
  EXPECT_EQ(parse(out.append(data(1))).seq(), 1u);
  EXPECT_EQ(parse(out.append(data(1))).seq(), 2u);
  EXPECT_EQ(out.last_seq(), 2u);
  EXPECT_EQ(parse(serialize_unnumbered(data(1))).seq(), 0u);
}

TEST(Outbound, ReplaysWhatWasMissed) {
  Outbound out;
  for (int i = 0; i < 5; ++i) out.append(data(1));
  const auto missed = out.after(3);
  ASSERT_TRUE(missed);
  ASSERT_EQ(missed->size(), 2u);
  EXPECT_EQ(parse((*missed)[0]).seq(), 4u);
  EXPECT_EQ(parse((*missed)[1]).seq(), 5u);
  EXPECT_TRUE(out.after(5)->empty());
  EXPECT_EQ(out.after(0)->size(), 5u);
  EXPECT_FALSE(out.after(6));  // never sent: a client of another life of the server
}

TEST(Outbound, KeepsABoundedNumber) {
  Outbound out;
  for (size_t i = 0; i < Outbound::kMaxKept + 10; ++i) out.append(data(1));
  EXPECT_EQ(out.after(10)->size(), Outbound::kMaxKept);
  EXPECT_FALSE(out.after(9));
}

TEST(Outbound, KeepsABoundedNumberOfBytes) {
  Outbound out;
  for (int i = 0; i < 4; ++i) out.append(data(Outbound::kMaxKeptBytes / 3));
  EXPECT_TRUE(out.after(2));
  EXPECT_FALSE(out.after(1));
  out.append(data(2 * Outbound::kMaxKeptBytes));  // more than the whole buffer: sent, never replayed
  EXPECT_FALSE(out.after(4));
  EXPECT_TRUE(out.after(5)->empty());
}

}  // namespace
}  // namespace parley::signalling
