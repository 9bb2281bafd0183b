#pragma once

#include "codec/picture_pool.hpp"
#include "frame/picture.hpp"

namespace parley::codec {

/// Makes pictures of another size, averaging over what falls together. Reuses its buffers.
class Scaler {
 public:
  /// `picture` must not be empty, nor `size`. One that has the size already is returned as it is.
  frame::Picture scale(const frame::Picture& picture, frame::Size size);

 private:
  PicturePool pool_;
};

}  // namespace parley::codec
