#include "engine/peer_table.hpp"

#include <gtest/gtest.h>

#include "dtls/identity.hpp"
#include "stun/message.hpp"

namespace parley::engine {
namespace {

Path udp(uint16_t port) { return {Path::Protocol::Udp, 0, {IpAddress::v4(0x01020304), port}}; }
Path tcp(uint32_t stream) { return {Path::Protocol::Tcp, stream, {IpAddress::v4(0x01020304), 9}}; }
const std::vector<uint8_t> kMedia{0x80, 96, 0, 1};

class PeerTableTest : public testing::Test {
 protected:
  Peer& add(uint64_t id, const std::string& ufrag) {
    transport::Description description;
    description.local_ice = {ufrag, "a password of 22 chars"};
    Peer& peer = table_.insert(std::make_unique<Peer>(
        ConnectionId(id), transport::Connection::Config{.identity = identity_}, description, rng_));
    return peer;
  }
  std::vector<uint8_t> check(const std::string& ufrag) {
    std::array<uint8_t, stun::Writer::kMaxSize> buffer;
    stun::Writer writer(buffer, stun::Class::Request, stun::kBinding, {++transaction_});
    writer.username(ufrag + ":them");
    writer.ice_controlling(1);
    writer.integrity(stun::IntegrityKey(as_bytes("a password of 22 chars")));
    const size_t size = *writer.finish();
    return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size)};
  }
  // A check that passes, as the shard does it.
  void check_in(Peer& peer, const Path& path) {
    std::vector<uint8_t> bytes = check(peer.ufrags.front());
    DatagramBatch datagrams;
    std::vector<transport::Fact> facts;
    transport::Output out{datagrams, facts};
    peer.connection.receive(bytes, path, Timestamp::from_us(++now_us_), out);
    ASSERT_TRUE(peer.connection.is_valid(path));
    table_.learn_path(peer, path);
  }

  Rng rng_{1};
  std::shared_ptr<const dtls::Identity> identity_ = dtls::Identity::generate(UtcTime::from_ms(1'790'000'000'000), rng_);
  PeerTable table_;
  uint8_t transaction_ = 0;
  int64_t now_us_ = 0;
};

TEST_F(PeerTableTest, FindsByIdByFragmentAndByPath) {
  Peer& a = add(1, "AAAA");
  Peer& b = add(2, "BBBB");
  EXPECT_EQ(table_.find(ConnectionId(2)), &b);
  EXPECT_EQ(table_.find(ConnectionId(3)), nullptr);
  EXPECT_EQ(table_.find(check("AAAA"), udp(1)), &a);
  EXPECT_EQ(table_.find(check("CCCC"), udp(1)), nullptr);
  EXPECT_EQ(table_.find(kMedia, udp(1)), nullptr);
  check_in(a, udp(1));
  EXPECT_EQ(table_.find(kMedia, udp(1)), &a);
}

TEST_F(PeerTableTest, PathPassesToTheNextPeerThatChecksOnIt) {
  Peer& a = add(1, "AAAA");
  Peer& b = add(2, "BBBB");
  check_in(a, udp(1));
  EXPECT_EQ(table_.find(check("BBBB"), udp(1)), &b) << "the fragment counts, not the path";
  check_in(b, udp(1));
  EXPECT_EQ(table_.find(kMedia, udp(1)), &b);
  EXPECT_TRUE(a.paths.empty());
  table_.remove(ConnectionId(1));
  EXPECT_EQ(table_.find(kMedia, udp(1)), &b);
}

TEST_F(PeerTableTest, RestartKeepsTheFragmentBeforeAndNoOlder) {
  Peer& a = add(1, "AAAA");
  for (const std::string ufrag : {"BBBB", "CCCC"}) {
    transport::Description description = a.connection.description();
    description.local_ice.ufrag = ufrag;
    a.connection.update(description);
    table_.update_ufrag(a);
  }
  EXPECT_EQ(table_.find(check("CCCC"), udp(1)), &a);
  EXPECT_EQ(table_.find(check("BBBB"), udp(1)), &a);
  EXPECT_EQ(table_.find(check("AAAA"), udp(1)), nullptr);
}

TEST_F(PeerTableTest, RemovedPeerIsFoundByNothing) {
  Peer& a = add(1, "AAAA");
  check_in(a, udp(1));
  EXPECT_NE(table_.remove(ConnectionId(1)), nullptr);
  EXPECT_EQ(table_.remove(ConnectionId(1)), nullptr);
  EXPECT_EQ(table_.find(ConnectionId(1)), nullptr);
  EXPECT_EQ(table_.find(kMedia, udp(1)), nullptr);
  EXPECT_EQ(table_.find(check("AAAA"), udp(1)), nullptr);
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(PeerTableTest, ClosedStreamIsForgotten) {
  Peer& a = add(1, "AAAA");
  check_in(a, tcp(5));
  check_in(a, udp(1));
  table_.forget_stream(5);
  EXPECT_EQ(table_.find(kMedia, tcp(5)), nullptr);
  EXPECT_FALSE(a.connection.is_valid(tcp(5)));
  EXPECT_EQ(table_.find(kMedia, udp(1)), &a);
}

TEST_F(PeerTableTest, PathsOfOnePeerAreBounded) {
  Peer& a = add(1, "AAAA");
  for (uint16_t port = 1; port <= 500; ++port) {
    check_in(a, udp(port));
    ASSERT_LE(a.paths.size(), PeerTable::kMaxPathsEach);
  }
  EXPECT_EQ(table_.find(kMedia, udp(500)), &a);
  EXPECT_EQ(table_.find(kMedia, udp(1)), nullptr);
}

}  // namespace
}  // namespace parley::engine
