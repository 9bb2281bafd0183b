#include "net/udp_port.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "net/socket_address.hpp"

namespace parley::net {
namespace {

// A GRO read returns up to 64 KB; 32 slots are as good as 256 (limits.md: the batch size does not matter much).
constexpr size_t kReceiveSlots = 32;
constexpr size_t kSlotSize = 65536;
// The kernel takes 64 segments in one GSO message before 6.9 (UDP_MAX_SEGMENTS), and one message holds 65,507 bytes.
constexpr size_t kMaxSegments = 64;
constexpr size_t kMaxMessage = 65000;
constexpr size_t kSendMessages = 64;
// A key frame to each of 1000 receivers is about 30 MB in a burst; the kernel caps this at net.core.wmem_max.
constexpr int kSocketBuffer = 4 * 1024 * 1024;

using ControlBuffer = std::array<uint8_t, CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t)) + 32>;

IpAddress destination_of(const cmsghdr* control) {
  if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const in6_pktinfo*>(CMSG_DATA(control))->ipi6_addr, bytes.size());
    return IpAddress::v6(bytes);
  }
  return IpAddress::v4(ntohl(reinterpret_cast<const in_pktinfo*>(CMSG_DATA(control))->ipi_addr.s_addr));
}

bool is_pktinfo(const cmsghdr* c) {
  return (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) ||
         (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO);
}

template <typename T>
cmsghdr* append_control(msghdr& header, cmsghdr* at, int level, int type, const T& value) {
  at->cmsg_level = level;
  at->cmsg_type = type;
  at->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(at), &value, sizeof value);
  header.msg_controllen += CMSG_SPACE(sizeof value);
  return reinterpret_cast<cmsghdr*>(reinterpret_cast<uint8_t*>(at) + CMSG_SPACE(sizeof value));
}

}  // namespace

struct UdpPort::Receiver {
  std::unique_ptr<uint8_t[]> slots = std::make_unique<uint8_t[]>(kReceiveSlots * kSlotSize);
  std::array<mmsghdr, kReceiveSlots> messages{};
  std::array<iovec, kReceiveSlots> vectors{};
  std::array<sockaddr_storage, kReceiveSlots> addresses{};
  std::array<ControlBuffer, kReceiveSlots> controls{};
  std::vector<Datagram> datagrams;
  bool filled = false;

  Receiver() { datagrams.reserve(kReceiveSlots * kMaxSegments); }

  void prepare() {
    for (size_t i = 0; i < kReceiveSlots; ++i) {
      vectors[i] = {slots.get() + i * kSlotSize, kSlotSize};
      msghdr& h = messages[i].msg_hdr;
      h = {&addresses[i], sizeof addresses[i], &vectors[i], 1, controls[i].data(), controls[i].size(), 0};
    }
  }

  void split(size_t i) {
    msghdr& header = messages[i].msg_hdr;
    Path path{.remote = from_sockaddr(addresses[i])};
    size_t segment = messages[i].msg_len;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
      if (is_pktinfo(c)) path.local = destination_of(c);
      if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
        int size;
        std::memcpy(&size, CMSG_DATA(c), sizeof size);
        if (size > 0) segment = static_cast<size_t>(size);
      }
    }
    MutableBytes rest(slots.get() + i * kSlotSize, messages[i].msg_len);
    while (!rest.empty()) {
      const size_t n = std::min(segment, rest.size());
      datagrams.push_back({rest.first(n), path});
      rest = rest.subspan(n);
    }
  }
};

struct UdpPort::Sender {
  struct Message {
    size_t first_entry;
    size_t entry_count;
  };
  int family;
  std::array<Message, kSendMessages> messages{};
  std::array<mmsghdr, kSendMessages> headers{};
  std::array<iovec, kSendMessages> vectors{};
  std::array<sockaddr_storage, kSendMessages> addresses{};
  std::array<ControlBuffer, kSendMessages> controls{};
  size_t count = 0;

  void fill(const DatagramBatch& batch, size_t first, size_t entry_count, size_t bytes) {
    const DatagramBatch::Entry& entry = batch.entries()[first];
    const size_t i = count++;
    messages[i] = {first, entry_count};
    vectors[i] = {const_cast<uint8_t*>(batch.bytes(entry).data()), bytes};
    msghdr& h = headers[i].msg_hdr;
    h = {&addresses[i], to_sockaddr(entry.path.remote, family, addresses[i]), &vectors[i], 1, controls[i].data(), 0, 0};
    auto* control = reinterpret_cast<cmsghdr*>(controls[i].data());
    if (!entry.path.local.is_unspecified()) control = append_source(h, control, entry.path.local);
    if (entry_count > 1) append_control(h, control, SOL_UDP, UDP_SEGMENT, static_cast<uint16_t>(entry.size));
    if (h.msg_controllen == 0) h.msg_control = nullptr;
  }

  cmsghdr* append_source(msghdr& header, cmsghdr* at, const IpAddress& source) const {
    if (family == AF_INET6) {
      in6_pktinfo info{};
      std::memcpy(&info.ipi6_addr, source.bytes().data(), 16);
      return append_control(header, at, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, source.bytes().data() + 12, 4);
    return append_control(header, at, IPPROTO_IP, IP_PKTINFO, info);
  }
};

std::expected<UdpPort, std::string> UdpPort::open(const SocketAddress& address, Options options) {
  auto fd = open_bound_socket(SOCK_DGRAM, address);
  if (!fd) return std::unexpected(fd.error());
  return UdpPort(std::move(*fd), options);
}

UdpPort::UdpPort(FileDescriptor fd, Options options)
    : fd_(std::move(fd)),
      gso_(options.gso),
      receiver_(std::make_unique<Receiver>()),
      sender_(std::make_unique<Sender>()) {
  const int on = 1;
  sender_->family = socket_family(fd_.get());
  if (sender_->family == AF_INET6) {
    setsockopt(fd_.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  } else {
    setsockopt(fd_.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  }
  setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &kSocketBuffer, sizeof kSocketBuffer);
  if (options.gro) setsockopt(fd_.get(), SOL_UDP, UDP_GRO, &on, sizeof on);  // an old kernel without it still works
}

UdpPort::UdpPort(UdpPort&&) noexcept = default;
UdpPort& UdpPort::operator=(UdpPort&&) noexcept = default;
UdpPort::~UdpPort() = default;

SocketAddress UdpPort::address() const { return local_address(fd_.get()); }
bool UdpPort::more_to_receive() const { return receiver_->filled; }

std::span<Datagram> UdpPort::receive_batch() {
  Receiver& r = *receiver_;
  r.datagrams.clear();
  r.prepare();
  const int n = recvmmsg(fd_.get(), r.messages.data(), kReceiveSlots, MSG_DONTWAIT, nullptr);
  ++stats_.receive_calls;
  r.filled = n == static_cast<int>(kReceiveSlots);
  for (int i = 0; i < n; ++i) r.split(static_cast<size_t>(i));
  stats_.datagrams_received += r.datagrams.size();
  return r.datagrams;
}

void UdpPort::send_batch(const DatagramBatch& batch) {
  const auto entries = batch.entries();
  size_t i = 0;
  while (i < entries.size()) {
    if (entries[i].path.protocol != Path::Protocol::Udp) {
      ++i;
      continue;
    }
    // A run: one peer, back to back in the arena, equal sizes, of which the last may be shorter.
    size_t count = 1;
    size_t bytes = entries[i].size;
    while (gso_ && i + count < entries.size() && count < kMaxSegments && bytes + entries[i].size <= kMaxMessage) {
      const auto& next = entries[i + count];
      if (next.path != entries[i].path || next.size > entries[i].size || next.size == 0) break;
      if (next.offset != entries[i].offset + bytes) break;
      bytes += next.size;
      ++count;
      if (next.size < entries[i].size) break;
    }
    sender_->fill(batch, i, count, bytes);
    i += count;
    if (sender_->count == kSendMessages) flush_messages(batch);
  }
  flush_messages(batch);
}

void UdpPort::flush_messages(const DatagramBatch& batch) {
  Sender& s = *sender_;
  size_t done = 0;
  while (done < s.count) {
    const int sent = sendmmsg(fd_.get(), s.headers.data() + done, static_cast<unsigned>(s.count - done), MSG_DONTWAIT);
    ++stats_.send_calls;
    if (sent > 0) {
      for (int k = 0; k < sent; ++k) stats_.datagrams_sent += s.messages[done + k].entry_count;
      stats_.messages_sent += static_cast<size_t>(sent);
      done += static_cast<size_t>(sent);
      continue;
    }
    const size_t entry_count = s.messages[done].entry_count;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == ENOBUFS) {
      stats_.dropped_buffer_full += entry_count;
    } else if ((errno == EIO || errno == EINVAL) && entry_count > 1) {
      gso_ = false;  // no checksum offload, or a tunnel: this path to the wire cannot segment
      send_one_by_one(batch, done);
    } else {
      stats_.dropped_errors += entry_count;
    }
    ++done;
  }
  s.count = 0;
}

void UdpPort::send_one_by_one(const DatagramBatch& batch, size_t message) {
  const Sender::Message run = sender_->messages[message];
  msghdr header = sender_->headers[message].msg_hdr;
  // The segment size is the last control element: cut it off.
  header.msg_controllen -= CMSG_SPACE(sizeof(uint16_t));
  if (header.msg_controllen == 0) header.msg_control = nullptr;
  for (size_t i = run.first_entry; i < run.first_entry + run.entry_count; ++i) {
    const Bytes bytes = batch.bytes(batch.entries()[i]);
    iovec vector{const_cast<uint8_t*>(bytes.data()), bytes.size()};
    header.msg_iov = &vector;
    ++stats_.send_calls;
    if (sendmsg(fd_.get(), &header, MSG_DONTWAIT) >= 0) {
      ++stats_.datagrams_sent;
      ++stats_.messages_sent;
    } else {
      ++stats_.dropped_errors;
    }
  }
}

}  // namespace parley::net
