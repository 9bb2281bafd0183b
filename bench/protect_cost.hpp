#pragma once

#include <cstddef>
#include <cstdint>

#include "srtp/profile.hpp"

namespace parley::bench {

/// CPU ns for one packet's encryption alone, `contexts` of them visited in turn in runs of `run`, from a shared payload
/// into a batch of `DatagramBatch`'s size.
double protect_cost_ns(srtp::Profile profile, size_t contexts, size_t run, size_t payload_size);

}  // namespace parley::bench
