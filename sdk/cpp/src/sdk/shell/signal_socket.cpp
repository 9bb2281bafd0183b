#include "sdk/shell/signal_socket.hpp"

#include <deque>
#include <expected>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

namespace parley::sdk {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;
using Plain = beast::tcp_stream;
using Secure = beast::ssl_stream<beast::tcp_stream>;

/// The server's messages: an answer with every seat has some 100 KB, a room of hundreds of people some hundreds.
constexpr size_t kMaxFrame = 8 * 1024 * 1024;
/// The session's own patience with a socket that does not open is shorter; this one ends what it gave up.
constexpr auto kConnectLimit = std::chrono::seconds(10);

websocket::stream_base::timeout timeouts() {
  websocket::stream_base::timeout out;
  out.handshake_timeout = kConnectLimit;
  out.idle_timeout = websocket::stream_base::none();  // The protocol's own pings tell.
  out.keep_alive_pings = false;
  return out;
}

/// What the socket and its owner share: the socket outlives its owner until its goodbye is said.
struct Link {
  SignalSocket::Handlers handlers;
  bool alive = true;
};

template <class Stream>
class Socket final : public std::enable_shared_from_this<Socket<Stream>> {
 public:
  Socket(Stream stream, std::shared_ptr<Link> link) : stream_(std::move(stream)), link_(std::move(link)) {}

  auto executor() { return stream_.get_executor(); }

  asio::awaitable<void> run(ServerUrl url) {
    std::string why = co_await open(url);
    if (why.empty() && link_->alive) {
      open_ = true;
      link_->handlers.open();
      why = co_await read_frames();
    }
    open_ = false;
    if (link_->alive) link_->handlers.closed(why);
  }

  void send(std::string frame) {
    if (!open_) return;
    queue_.push_back(std::move(frame));
    pump();
  }

  void finish() {
    finishing_ = true;
    if (open_) return pump();
    beast::get_lowest_layer(stream_).close();
  }

 private:
  asio::awaitable<std::string> open(const ServerUrl& url) {
    error_code error;
    const auto token = [&] { return asio::redirect_error(asio::use_awaitable, error); };
    asio::ip::tcp::resolver resolver(stream_.get_executor());
    const auto endpoints = co_await resolver.async_resolve(url.host, std::to_string(url.port), token());
    if (error) co_return fmt::format("{} cannot be found: {}.", url.host, error.message());
    auto& tcp = beast::get_lowest_layer(stream_);
    tcp.expires_after(kConnectLimit);
    co_await tcp.async_connect(endpoints, token());
    if (error) co_return fmt::format("The server at {} cannot be reached: {}.", url.host_header(), error.message());
    tcp.socket().set_option(asio::ip::tcp::no_delay(true), error);
    if constexpr (std::is_same_v<Stream, Secure>) {
      if (!SSL_set_tlsext_host_name(stream_.next_layer().native_handle(), url.host.c_str())) co_return "No memory.";
      co_await stream_.next_layer().async_handshake(asio::ssl::stream_base::client, token());
      if (error) co_return fmt::format("No secure connection with {}: {}.", url.host_header(), error.message());
    }
    tcp.expires_never();
    stream_.set_option(timeouts());
    stream_.read_message_max(kMaxFrame);
    stream_.binary(true);
    co_await stream_.async_handshake(url.host_header(), url.target, token());
    if (error) co_return fmt::format("{} is no Parley server: {}.", url.host_header(), error.message());
    co_return "";
  }

  asio::awaitable<std::string> read_frames() {
    beast::flat_buffer buffer;
    for (;;) {
      error_code error;
      co_await stream_.async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
      if (error == websocket::error::closed) co_return "The server closed the connection.";
      if (error) co_return fmt::format("The connection was lost: {}.", error.message());
      if (!link_->alive) co_return "";
      const auto data = buffer.cdata();
      link_->handlers.frame(Bytes(static_cast<const uint8_t*>(data.data()), data.size()));
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
      const std::string frame = std::move(queue_.front());
      queue_.pop_front();
      co_await stream_.async_write(asio::buffer(frame), asio::redirect_error(asio::use_awaitable, error));
    }
    writing_ = false;
    if (!finishing_) co_return;
    open_ = false;
    if (!error) {
      beast::get_lowest_layer(stream_).expires_after(std::chrono::seconds(1));
      co_await stream_.async_close(websocket::close_code::normal, asio::redirect_error(asio::use_awaitable, error));
    }
    beast::get_lowest_layer(stream_).close();
  }

  websocket::stream<Stream> stream_;
  std::shared_ptr<Link> link_;
  std::deque<std::string> queue_;
  bool open_ = false;
  bool writing_ = false;
  bool finishing_ = false;
};

template <class Stream>
class Handle final : public SignalSocket {
 public:
  Handle(std::shared_ptr<Socket<Stream>> socket, std::shared_ptr<Link> link)
      : socket_(std::move(socket)), link_(std::move(link)) {}
  ~Handle() override {
    link_->alive = false;
    socket_->finish();
  }
  void send(std::string frame) override { socket_->send(std::move(frame)); }

 private:
  std::shared_ptr<Socket<Stream>> socket_;
  std::shared_ptr<Link> link_;
};

template <class Stream>
std::unique_ptr<SignalSocket> start(Stream stream, const ServerUrl& url, SignalSocket::Handlers handlers) {
  auto link = std::make_shared<Link>(std::move(handlers));
  auto socket = std::make_shared<Socket<Stream>>(std::move(stream), link);
  // Its first steps run later, when the owner has taken hold of it.
  asio::co_spawn(socket->executor(), [socket, url] { return socket->run(url); }, asio::detached);
  return std::make_unique<Handle<Stream>>(socket, link);
}

std::expected<asio::ssl::context, std::string> make_tls(const TlsTrust& trust) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  error_code error;
  if (trust.ca_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(trust.ca_file, error);
    if (error) return std::unexpected(fmt::format("{} holds no certificates in PEM format.", trust.ca_file));
  }
  context.set_verify_mode(trust.verify ? asio::ssl::verify_peer : asio::ssl::verify_none, error);
  return context;
}

}  // namespace

std::unique_ptr<SignalSocket> SignalSocket::connect(asio::io_context& io, const ServerUrl& url, const TlsTrust& trust,
                                                    Handlers handlers) {
  if (!url.secure) return start(Plain(io), url, std::move(handlers));
  auto context = make_tls(trust);
  if (!context) {
    asio::post(io, [closed = handlers.closed, why = context.error()] { closed(why); });
    return nullptr;
  }
  Secure stream{beast::tcp_stream(io), *context};
  if (trust.verify) stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
  return start(std::move(stream), url, std::move(handlers));
}

}  // namespace parley::sdk
