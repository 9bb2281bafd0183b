#pragma once

#include <string>

#include "api/file_links.hpp"
#include "api/resources.hpp"
#include "egress/egress.hpp"

/// Recordings, livestreams and HLS as the JSON that clients see.
namespace parley::api {

/// What a resource's links are made with.
struct LinkContext {
  const FileLinks& links;
  std::string base_url;
  UtcTime now;
};

Json egress_resource(const egress::Egress& egress, const LinkContext& context);
/// One file: `{fileUrl, filePath, size, type, meta {resolution, format, duration}}`.
Json file_resource(const egress::Egress& egress, const egress::File& file, const LinkContext& context);

/// Where a player finds an HLS stream: rewindable, and its live edge.
std::string playback_url(const std::string& base_url, const EgressId& egress);
std::string live_url(const std::string& base_url, const EgressId& egress);

/// "video/mp4", …: of a file's ending.
std::string_view media_type(std::string_view path);

}  // namespace parley::api
