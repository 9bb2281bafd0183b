#pragma once

#include "media/ffmpeg/error.hpp"
#include "media/ffmpeg/packet.hpp"

namespace parley::media {

/// Whether a writer knows enough of the stream to begin a file.
bool is_complete(const StreamFormat& format);

/// Fills what is missing (size, parameter sets) from the stream's first key packet.
Result<StreamFormat> complete(StreamFormat format, const EncodedPacket& key);

}  // namespace parley::media
