#pragma once

#include "egress/job.hpp"
#include "media/composition.hpp"

namespace parley::worker {

/// The server's words for a composition as the compositor's.
media::Composition composition_of(const egress::Config& config);

}  // namespace parley::worker
