#include "storage/clock.hpp"

#include <chrono>
#include <thread>

#include "net/clock.hpp"

namespace parley::storage {

UtcTime SystemClock::now() { return net::utc_now(); }
void SystemClock::sleep(TimeDelta duration) { std::this_thread::sleep_for(std::chrono::microseconds(duration.us())); }

}  // namespace parley::storage
