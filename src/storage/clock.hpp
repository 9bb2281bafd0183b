#pragma once

#include "base/time.hpp"

namespace parley::storage {

/// The time of signatures, and the pauses between tries. The port to the system's clock, and to tests.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UtcTime now() = 0;
  virtual void sleep(TimeDelta duration) = 0;
};

class SystemClock final : public Clock {
 public:
  UtcTime now() override;
  void sleep(TimeDelta duration) override;
};

}  // namespace parley::storage
