#pragma once

#include <array>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "bench/sfu.hpp"
#include "net/file_descriptor.hpp"
#include "srtp/receiver.hpp"
#include "srtp/sender.hpp"

namespace parley::bench {

/// The obvious forwarding loop, which most servers have: read a packet, decrypt it, and for each subscriber copy it,
/// rewrite its header, encrypt the copy and send it. The same ciphers as the real one; nothing but media.
class NaiveSfu final : public Sfu {
 public:
  explicit NaiveSfu(const srtp::MasterKey& publisher);
  ~NaiveSfu() override;

  void add_subscriber(const SocketAddress& address, const srtp::MasterKey& key, uint32_t ssrc);
  void turn(Sleep& sleep) override;
  Counters counters() const override { return counters_; }
  uint16_t port() const;

 private:
  struct Subscriber;
  void forward(Bytes packet, size_t header_size);

  net::FileDescriptor socket_;
  int family_;
  srtp::Receiver publisher_;
  std::vector<Subscriber> subscribers_;
  std::array<uint8_t, 2048> in_;
  std::array<uint8_t, 2048> out_;
  Counters counters_;
};

}  // namespace parley::bench
