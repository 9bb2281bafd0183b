#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "rtp/payload/picture_size.hpp"

namespace parley::playout {

/// The parameter sets of an H.264 stream, so that each key frame can be given those it needs, also when the sender sent
/// them long before it.
class ParameterSets {
 public:
  /// Browsers use one of each; ids go to 31 and 255, but nobody has more than a few in use.
  static constexpr size_t kMaxSets = 8;
  /// A set with all scaling lists stays below this; a longer one is left out.
  static constexpr size_t kMaxSetSize = 1024;

  /// Takes the sets in an access unit (Annex B). A set replaces that with the same first bytes of contents: its id.
  void learn(Bytes access_unit);
  /// A key frame behind a set of both kinds that is not in it already; nothing if such sets have not come.
  std::optional<std::vector<uint8_t>> complete(std::vector<uint8_t> key_frame) const;
  /// Of the latest sequence parameter set.
  std::optional<rtp::PictureSize> size() const { return size_; }

 private:
  struct Set {
    uint32_t id = 0;
    std::vector<uint8_t> nal;
  };
  static void keep(std::vector<Set>& sets, uint32_t id, Bytes nal);

  std::vector<Set> sequence_;
  std::vector<Set> picture_;
  std::optional<rtp::PictureSize> size_;
};

}  // namespace parley::playout
