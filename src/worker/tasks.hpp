#pragma once

#include "egress/job.hpp"

namespace parley::worker {

/// Does one task and says how it went: Finished or Failed. Blocks.
egress::Fact carry_out(const egress::Task& task);

}  // namespace parley::worker
