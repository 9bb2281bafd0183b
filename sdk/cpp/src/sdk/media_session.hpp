#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "parley/error.hpp"
#include "parley/types.hpp"
#include "transport/connection.hpp"
#include "transport/offerer.hpp"
#include "wire/parley.pb.h"

namespace parley::sdk {

/// A half of a seat: where the microphone or camera (or screen) of whoever sits there arrives.
struct SeatHalf {
  uint32_t seat = 0;
  bool share = false;
  bool audio = false;
  StreamKind kind() const {
    if (share) return audio ? StreamKind::ShareAudio : StreamKind::Share;
    return audio ? StreamKind::Audio : StreamKind::Video;
  }
};

/// One connection with the server's media side, from the first offer to its end: lines, seats and their negotiation.
/// The client always offers: first with the Join, then (more seats, an ICE restart) by renegotiation, one at a time;
/// what is wanted meanwhile goes into the next. A core; media go through `connection()`.
class MediaSession {
 public:
  /// Enough for a small meeting: each pair costs about 2 KB of offer.
  static constexpr int kDefaultMainSeats = 4;
  static constexpr int kInitialShareSeats = 1;
  /// Growth comes in steps of at least this many, so that the next few people need none.
  static constexpr int kMinGrowth = 4;
  /// The server takes 64 seats in all (and 256 lines); rarely are more than a few screens shared.
  static constexpr int kMaxMainSeats = 56;
  static constexpr int kMaxShareSeats = 8;

  struct Config {
    std::shared_ptr<const dtls::Identity> identity;
    std::vector<ice::HostCandidate> hosts;  ///< none: TCP only
    Protocol protocol = Protocol::UdpOverTcp;
    int main_seats = kDefaultMainSeats;
    int share_seats = kInitialShareSeats;
  };
  MediaSession(const Config& config, Rng& rng);

  // ---- negotiation
  /// The offer that is due, if one is and none is under way: the first one at once.
  std::optional<wire::Offer> take_offer();
  /// The answer to the offer that was taken.
  std::expected<void, Error> accept(std::string_view answer_sdp, Timestamp now);
  /// It was refused or got lost: what it was to bring is due again.
  void offer_failed();
  /// At least so many seats, as soon as possible.
  void want_seats(int main, int share);
  void restart_ice();

  // ---- media
  /// Empty before the first answer.
  transport::Connection* connection() { return connection_.get(); }
  const transport::Connection* connection() const { return connection_.get(); }
  /// Of a line that receives.
  std::optional<SeatHalf> seat_of(uint8_t line) const;
  /// The line that sends this source.
  static constexpr uint8_t send_line(StreamKind kind) { return static_cast<uint8_t>(kind); }
  /// What was agreed for a line that sends; null before the answer, or when the server rejected it.
  const transport::CodecBinding* binding(StreamKind kind, rtp::Codec codec) const;
  /// How many layers the line has: 1 without simulcast.
  size_t layers(StreamKind kind) const;
  int seats(bool share) const { return share ? share_seats_ : main_seats_; }

 private:
  struct Seat {
    wire::SeatLine::Kind kind = wire::SeatLine::MAIN;
    uint8_t audio_line = 0;
    uint8_t video_line = 0;
  };
  void add_send_lines();
  void grow(wire::SeatLine::Kind kind, int by);
  void grow_wanted();
  void describe(wire::Offer& offer) const;
  void filter_candidates(transport::Description& description) const;

  Config config_;
  Rng& rng_;
  transport::Offerer offerer_;
  std::unique_ptr<transport::Connection> connection_;
  std::vector<Seat> seats_;  // seat numbers are indices + 1
  int main_seats_ = 0;
  int share_seats_ = 0;
  int wanted_main_;
  int wanted_share_;
  bool due_ = true;  // an offer has something to bring
  bool under_way_ = false;
};

}  // namespace parley::sdk
