#pragma once

#include <memory>

#include "codec/recycler.hpp"
#include "frame/picture.hpp"

namespace parley::codec {

/// Picture buffers that are used again and again. Their pixels are what the last user left.
class PicturePool {
 public:
  std::shared_ptr<frame::PictureBuffer> take(frame::Size size);
  /// A picture with the pixels of these planes, for libraries that use theirs again at the next picture.
  frame::Picture copy(frame::Size size, frame::Plane y, frame::Plane u, frame::Plane v);

 private:
  Recycler<frame::PictureBuffer> recycler_;
};

}  // namespace parley::codec
