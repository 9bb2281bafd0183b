#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace parley::test {

/// Between clients and the media port of a server: passes UDP on, unless the path is cut, and reads along which ICE
/// credentials the clients' checks use.
class MediaRelay {
 public:
  /// Clients send to `front`:`port`, the server listens on 127.0.0.1:`port`.
  MediaRelay(const std::string& front, uint16_t port);
  ~MediaRelay();

  /// Nothing passes any more, and what passes later comes from other ports, as behind a NAT that forgot.
  void cut() { cut_ = true; }
  void mend() { cut_ = false; }
  /// Loses every `nth` of the next `among` media packets (not ICE, DTLS and RTCP), both ways together.
  void lose_every(int nth, int among) {
    nth_ = nth;
    at_risk_ = among;
  }
  int lost() const { return lost_; }
  /// How many USERNAMEs clients' checks have had: one a client, and one more for each ICE restart (RFC 8445 section 9).
  size_t usernames() const;

 private:
  void run();
  void from_clients();
  bool loses(const uint8_t* data, size_t size);
  void note_username(const uint8_t* data, size_t size);
  void drop_backs();

  const uint16_t port_;
  int front_ = -1;
  std::map<std::pair<uint32_t, uint16_t>, int> backs_;  // by the client's address
  std::atomic<bool> cut_ = false, stopping_ = false;
  std::atomic<int> nth_ = 1, at_risk_ = 0, lost_ = 0;
  mutable std::mutex mutex_;
  std::set<std::string> usernames_;
  std::thread thread_;
};

}  // namespace parley::test
