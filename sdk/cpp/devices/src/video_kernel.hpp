#pragma once

#include <cstddef>
#include <string>

namespace parley::devices {

/// The system calls that a V4L2 camera needs; a seam for tests on machines without one.
class VideoKernel {
 public:
  virtual ~VideoKernel() = default;
  virtual int open(const std::string& path) = 0;  ///< -1 and errno
  virtual void close(int descriptor) = 0;
  virtual int ioctl(int descriptor, unsigned long request, void* argument) = 0;  ///< -1 and errno
  virtual void* map(int descriptor, size_t size, size_t offset) = 0;             ///< null and errno
  virtual void unmap(void* memory, size_t size) = 0;
  /// Waits until a frame is there: 1; until `wake` is readable or a little time is over: 0; a broken device: -1.
  virtual int wait(int descriptor, int wake) = 0;
};

VideoKernel& linux_kernel();

}  // namespace parley::devices
