#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "frame/encoded.hpp"
#include "playout/continuity.hpp"
#include "playout/parameter_sets.hpp"
#include "playout/sequence_run.hpp"
#include "rtp/codec.hpp"
#include "rtp/color_space.hpp"
#include "rtp/packet.hpp"
#include "rtp/payload/depacketizer.hpp"
#include "rtp/payload/dependency_descriptor.hpp"

namespace parley::playout {

/// Puts the packets of one video stream in order and together, and leaves out what cannot be decoded. Packets may come
/// in any order, twice, by retransmission, late or never; the codec may change from picture to picture.
///
/// A picture is what has one timestamp and one codec, up to a marker bit; that of the following packet ends it too, if
/// it had none.
class PictureAssembler {
 public:
  /// A key frame of 2.4 MB, or two seconds of 10 Mbit/s: what is further behind than that is not waited for.
  static constexpr size_t kMaxPackets = 2048;
  /// Packets over TCP can be larger than a datagram; this holds `kMaxPackets` of ordinary ones.
  static constexpr size_t kMaxBytes = 4 << 20;

  struct Options {
    /// For a missing packet, counted from when a later one came. The transport asks for lost ones for about a second.
    TimeDelta longest_wait = TimeDelta::seconds(1);
    /// The same while a whole key frame stands behind what is missing: then waiting saves some pictures at most, and
    /// costs a player a stall.
    TimeDelta wait_before_key_frame = TimeDelta::infinite();
  };
  struct Stats {
    uint64_t pictures = 0;
    uint64_t key_frames = 0;
    uint64_t undecodable = 0;   ///< whole, but without what they refer to
    uint64_t malformed = 0;     ///< whole, but against the payload format
    uint64_t gaps = 0;          ///< given up: packets that never came
    uint64_t late_packets = 0;  ///< of pictures that are gone, or from far outside of the run
    uint64_t duplicates = 0;
    uint64_t overflows = 0;  ///< a limit was hit
    uint64_t restarts = 0;   ///< the stream began anew elsewhere
  };

  explicit PictureAssembler(const Options& options) : options_(options) {}

  void receive(const rtp::PacketView& packet, rtp::Codec codec, Timestamp now);
  /// The next picture in decode order, `captured_at` not set; call until there is none.
  std::optional<frame::EncodedPicture> next(Timestamp now);
  /// When `next` may have something without another packet: then a wait ends.
  Timestamp next_deadline() const;
  /// Packets come, but nothing can be decoded until a key frame does, and none is on its way.
  bool key_frame_wanted() const;
  /// Pictures that were handed out have not been used: go on with a key frame.
  void require_key_frame() { continuity_.restart(); }
  /// Forgets everything.
  void restart();

  const Stats& stats() const { return stats_; }

 private:
  struct Packet {
    rtp::Codec codec;
    uint32_t timestamp;
    bool marker;
    bool starts_unit;  // and says so itself
    bool key;          // of a key frame, perhaps
    std::optional<frame::Rotation> rotation;
    std::optional<rtp::ColorSpace> color_space;
    Timestamp arrival;
    std::vector<uint8_t> payload;     // empty: padding, or a number that stands for nothing
    std::vector<uint8_t> descriptor;  // dependency descriptor
  };
  using Packets = std::map<int64_t, Packet>;

  static Packet store(const rtp::PacketView& view, rtp::Codec codec, Timestamp now);
  static bool same_unit(const Packet& a, const Packet& b) { return a.timestamp == b.timestamp && a.codec == b.codec; }
  bool in_position(Packets::const_iterator packet) const;
  std::optional<Packets::const_iterator> unit_end(Packets::const_iterator begin) const;
  bool premature(Packets::const_iterator end) const;
  std::optional<int64_t> first_missing() const;
  bool whole_key_frame_from(Packets::const_iterator packet) const;
  void drop_leftovers();
  void skip_to_key_frame();
  void skip_gap();
  void go_on_at(Packets::const_iterator unit);
  void erase_until(Packets::const_iterator end, bool boundary);
  Packets::iterator erase(Packets::const_iterator packet);
  std::optional<frame::EncodedPicture> take_unit(Packets::const_iterator end);
  bool usable(const Packet& first, Packets::const_iterator end, rtp::CodedPicture& coded);
  bool complete_parameter_sets(rtp::CodedPicture& coded);
  void learn_appearance(Packets::const_iterator end, bool key);
  frame::EncodedPicture finish(const Packet& first, rtp::CodedPicture coded);
  bool read_descriptors(Packets::const_iterator end, std::vector<rtp::DependencyDescriptor>& frames);

  Options options_;
  SequenceRun run_;
  Packets packets_;
  size_t bytes_ = 0;
  std::optional<int64_t> next_;  // everything before it is done with
  bool boundary_ = false;        // a unit begins at `next_`
  bool stream_seen_ = false;
  Continuity continuity_;
  ParameterSets parameter_sets_;
  rtp::DependencyDescriptorReader descriptors_;
  rtp::Codec codec_ = rtp::Codec::Vp8;  // of the last unit
  frame::Size size_;
  frame::Rotation rotation_ = frame::Rotation::None;
  std::optional<frame::ColourSpace> colour_;
  Stats stats_;
};

}  // namespace parley::playout
