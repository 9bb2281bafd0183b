#include "video_kernel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace parley::devices {
namespace {

constexpr int kWaitMs = 1000;  // a camera that gives nothing is asked again

class LinuxKernel final : public VideoKernel {
 public:
  int open(const std::string& path) override { return ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC); }
  void close(int descriptor) override { ::close(descriptor); }
  int ioctl(int descriptor, unsigned long request, void* argument) override {
    int result;
    do {
      result = ::ioctl(descriptor, request, argument);
    } while (result < 0 && errno == EINTR);
    return result;
  }
  void* map(int descriptor, size_t size, size_t offset) override {
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, static_cast<off_t>(offset));
    return memory == MAP_FAILED ? nullptr : memory;
  }
  void unmap(void* memory, size_t size) override { ::munmap(memory, size); }
  int wait(int descriptor, int wake) override {
    pollfd wanted[2] = {{descriptor, POLLIN, 0}, {wake, POLLIN, 0}};
    if (::poll(wanted, 2, kWaitMs) < 0) return errno == EINTR ? 0 : -1;
    if (wanted[1].revents) return 0;
    if (wanted[0].revents & (POLLERR | POLLHUP | POLLNVAL)) return -1;
    return wanted[0].revents & POLLIN ? 1 : 0;
  }
};

}  // namespace

VideoKernel& linux_kernel() {
  static LinuxKernel kernel;
  return kernel;
}

}  // namespace parley::devices
