// links: playout frame rtp base
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "playout/picture_stream.hpp"

/// Hostile packets to a picture stream from several starting states: fresh, in the middle of a decodable stream of each
/// codec, and paced. Whatever comes, what goes out begins with a key frame and nothing waits beyond its deadline.
namespace {

using namespace parley;

class Machine {
 public:
  explicit Machine(uint8_t start) {
    if (start & 1) stream_.set_delay(TimeDelta::millis(80));
    if (start & 2) begin(static_cast<rtp::Codec>(1 + (start >> 2) % 4));
  }

  void step(ByteReader& input) {
    const uint8_t what = input.u8();
    const uint8_t how = input.u8();
    now_ += TimeDelta::millis(how & 31);
    if ((what & 0x1f) == 1) restart();
    if ((what & 0x1f) == 2) stream_.receive_report({uint64_t{how} << 32}, uint32_t{how} << 20);
    if ((what & 0x1f) == 3) now_ += TimeDelta::seconds(how);
    if ((what & 0x1f) == 4) clock_.receive_report({uint64_t{how} << 30}, now_);
    if ((what & 0x1f) == 5) sequence_ = static_cast<uint16_t>(sequence_ + how * 251);
    if ((what & 0x1f) > 5) receive(what, how, input);
    take();
  }

 private:
  void begin(rtp::Codec codec) {
    static constexpr std::array<uint8_t, 11> kVp8 = {0x10, 0x10, 2, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1};
    static constexpr std::array<uint8_t, 3> kVp9 = {0x0c, 0x82, 0x49};
    static constexpr std::array<uint8_t, 22> kH264 = {0x78, 0, 9, 0x67, 0x42, 0xc0, 0x1e, 0xd9, 1, 0x41, 0x41,
                                                      0xf9, 0, 4, 0x68, 0xce, 0x38, 0x80, 0,    2, 0x65, 0x88};
    static constexpr std::array<uint8_t, 7> kAv1 = {0x28, 2, 0x08, 0, 0x30, 0xaa, 0xbb};
    rtp::PacketView view;
    view.marker = true;
    view.sequence_number = sequence_++;
    view.payload = codec == rtp::Codec::Vp8   ? Bytes(kVp8)
                   : codec == rtp::Codec::Vp9 ? Bytes(kVp9)
                   : codec == rtp::Codec::Av1 ? Bytes(kAv1)
                                              : Bytes(kH264);
    codec_ = codec;
    stream_.receive(view, codec, now_);
  }

  void restart() {
    stream_.restart();
    began_ = false;
  }

  void receive(uint8_t what, uint8_t how, ByteReader& input) {
    rtp::PacketView view;
    view.marker = (how & 0x80) != 0;
    if (how & 0x40) timestamp_ += 3000;
    view.timestamp = timestamp_;
    view.sequence_number = static_cast<uint16_t>(sequence_ + (what >> 5) - 3);
    ++sequence_;
    if ((how & 0x3f) == 0x3f) codec_ = static_cast<rtp::Codec>(what % 5);
    view.payload = input.take(std::min<size_t>(input.u8(), input.remaining()));
    if (how & 0x20) view.dependency_descriptor = input.take(std::min<size_t>(input.u8(), input.remaining()));
    if (how == 7) view.video_orientation = view.payload;
    if (how == 8) view.color_space = view.payload;
    stream_.receive(view, codec_, now_);
  }

  void take() {
    while (const auto picture = stream_.next(clock_, now_)) {
      PARLEY_CHECK(picture->key || began_);
      PARLEY_CHECK(picture->data.size() > 0);
      began_ = true;
    }
    PARLEY_CHECK(stream_.next_deadline(clock_) > now_ || stream_.take_key_frame_wish(now_));
    PARLEY_CHECK(!stream_.take_key_frame_wish(now_) || !stream_.take_key_frame_wish(now_));
  }

  playout::PictureStream stream_;
  playout::CaptureClock clock_;
  Timestamp now_ = Timestamp::from_us(1'000'000'000);
  uint16_t sequence_ = 65'000;
  uint32_t timestamp_ = 0;
  rtp::Codec codec_ = rtp::Codec::Vp8;
  bool began_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader input({data, size});
  Machine machine(input.u8());
  while (input.remaining() > 0) machine.step(input);
  return 0;
}
