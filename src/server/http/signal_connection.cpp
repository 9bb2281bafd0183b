#include "server/http/signal_connection.hpp"

#include <deque>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "base/log.hpp"
#include "signalling/inbound.hpp"

namespace parley::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

/// A client that does not read this much is gone or too slow to be in a meeting; it comes back by Resume.
constexpr size_t kMaxQueuedBytes = 4 * 1024 * 1024;

websocket::stream_base::timeout timeouts() {
  websocket::stream_base::timeout out;
  out.handshake_timeout = std::chrono::seconds(10);
  // Half of it without a frame sends a ping; browsers answer pings without running any script.
  out.idle_timeout = std::chrono::seconds(15);
  out.keep_alive_pings = true;
  return out;
}

template <class Stream>
class SignalConnection final : public SignalSocket, public std::enable_shared_from_this<SignalConnection<Stream>> {
 public:
  explicit SignalConnection(Stream stream) : stream_(std::move(stream)) {}

  asio::awaitable<void> run(Application& application, SocketId id,
                            beast::http::request<beast::http::string_body> upgrade) {
    const auto self = this->shared_from_this();
    stream_.set_option(timeouts());
    stream_.read_message_max(signalling::Inbound::kMaxFrame);
    error_code error;
    co_await stream_.async_accept(upgrade, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    stream_.binary(true);
    open_ = true;
    application.on_socket_open(id, *this);
    co_await read_frames(application, id);
    open_ = false;
    application.on_socket_closed(id);
  }

  void send(signalling::Frame frame) override {
    if (!open_ || close_) return;
    queued_bytes_ += frame->size();
    queue_.push_back(std::move(frame));
    if (queued_bytes_ > kMaxQueuedBytes) return abandon();
    pump();
  }

  void close(const signalling::Close& close) override {
    if (!open_ || close_) return;
    close_ = close;
    pump();
  }

 private:
  asio::awaitable<void> read_frames(Application& application, SocketId id) {
    beast::flat_buffer buffer;
    for (;;) {
      error_code error;
      co_await stream_.async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        if (error != websocket::error::closed) log_debug("socket {}: {}", id.value(), error.message());
        co_return;
      }
      const auto data = buffer.cdata();
      if (!close_) {
        application.on_frame(id, Bytes(static_cast<const uint8_t*>(data.data()), data.size()), stream_.got_binary());
      }
      buffer.consume(buffer.size());
    }
  }

  /// Starts the writer unless it runs. It lives while there is something to write.
  void pump() {
    if (writing_) return;
    writing_ = true;
    asio::co_spawn(
        stream_.get_executor(), [self = this->shared_from_this()] { return self->write_queue(); }, asio::detached);
  }

  asio::awaitable<void> write_queue() {
    error_code error;
    while (!queue_.empty() && !error) {
      const signalling::Frame frame = queue_.front();
      co_await stream_.async_write(asio::buffer(*frame), asio::redirect_error(asio::use_awaitable, error));
      if (queue_.empty()) break;  // abandoned meanwhile
      queued_bytes_ -= frame->size();
      queue_.pop_front();
    }
    if (close_ && !error) {
      const websocket::close_reason reason(static_cast<websocket::close_code>(close_->code), close_->reason);
      co_await stream_.async_close(reason, asio::redirect_error(asio::use_awaitable, error));
    }
    writing_ = false;
  }

  /// Cuts the connection without a word: the read ends with an error.
  void abandon() {
    log_warn("a client does not read what it is sent: its socket is closed");
    queue_.clear();
    queued_bytes_ = 0;
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
  }

  websocket::stream<Stream> stream_;
  std::deque<signalling::Frame> queue_;
  size_t queued_bytes_ = 0;
  std::optional<signalling::Close> close_;
  bool open_ = false;
  bool writing_ = false;
};

}  // namespace

template <class Stream>
asio::awaitable<void> serve_signalling(Application& application, SocketId id, Stream stream,
                                       beast::http::request<beast::http::string_body> upgrade) {
  const auto connection = std::make_shared<SignalConnection<Stream>>(std::move(stream));
  co_await connection->run(application, id, std::move(upgrade));
}

template asio::awaitable<void> serve_signalling(Application&, SocketId, beast::tcp_stream,
                                                beast::http::request<beast::http::string_body>);
template asio::awaitable<void> serve_signalling(Application&, SocketId, beast::ssl_stream<beast::tcp_stream>,
                                                beast::http::request<beast::http::string_body>);

}  // namespace parley::server
