#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "playout/picture_stream.hpp"
#include "playout/test_media.hpp"

/// For tests only.
namespace parley::playout {

/// A stream under test, and what it gave.
class Receiver {
 public:
  explicit Receiver(const PictureStream::Options& options = {}) : stream_(options) {}

  void receive(const TestPacket& packet, Timestamp now) {
    packet.with([&](const rtp::PacketView& view) { stream_.receive(view, packet.codec, now); });
    take(now);
  }
  void receive(const TestFrame& frame, Timestamp now) {
    for (const TestPacket& packet : frame.packets) receive(packet, now);
  }
  void take(Timestamp now) {
    while (auto picture = stream_.next(clock_, now)) pictures_.push_back(std::move(*picture));
  }
  /// Pictures since the last call, as the numbers of the frames that they are.
  std::vector<int> taken(const std::vector<TestFrame>& sent) {
    std::vector<int> numbers;
    for (const frame::EncodedPicture& picture : pictures_) {
      int number = -1;
      for (const TestFrame& frame : sent) {
        const bool same = std::ranges::equal(picture.data.view(), frame.data);
        if (same && picture.rtp_timestamp == frame.timestamp && picture.key == frame.key) number = frame.number;
      }
      numbers.push_back(number);
    }
    pictures_.clear();
    return numbers;
  }
  PictureStream& stream() { return stream_; }
  const CaptureClock& clock() const { return clock_; }
  std::vector<frame::EncodedPicture>& pictures() { return pictures_; }

 private:
  PictureStream stream_;
  CaptureClock clock_;
  std::vector<frame::EncodedPicture> pictures_;
};

}  // namespace parley::playout
