#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/bytes.hpp"
#include "sdk/server_url.hpp"

namespace parley::sdk {

struct TlsTrust {
  std::string ca_file;  ///< PEM; empty: the system's authorities
  bool verify = true;
};

/// One WebSocket to a server, from connecting to its end. Lives on its io_context's thread; `closed` comes once, unless
/// it is closed from this side, after which nothing comes.
class SignalSocket {
 public:
  struct Handlers {
    std::function<void()> open;
    std::function<void(Bytes)> frame;
    std::function<void(const std::string& why)> closed;  ///< a sentence
  };
  static std::unique_ptr<SignalSocket> connect(boost::asio::io_context& io, const ServerUrl& url, const TlsTrust& trust,
                                               Handlers handlers);
  /// Says goodbye (or gives up connecting) without waiting.
  virtual ~SignalSocket() = default;
  virtual void send(std::string frame) = 0;
};

}  // namespace parley::sdk
