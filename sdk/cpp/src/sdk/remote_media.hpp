#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "parley/types.hpp"
#include "playout/capture_clock.hpp"
#include "playout/seat_playout.hpp"
#include "sdk/client.hpp"
#include "sdk/remote_stream.hpp"
#include "sdk/shell/event_thread.hpp"

namespace parley::sdk {

/// What arrives: packets of seats become frames of participants' streams, which media threads decode. On the network
/// thread.
class RemoteMedia {
 public:
  /// A handler that is two seconds behind at 30 a second shows nothing live any more; drop up to a key frame.
  static constexpr int kMaxQueuedPictures = 60;
  /// Four seconds of 20 ms packets.
  static constexpr int kMaxQueuedSounds = 200;

  RemoteMedia(Client& client, RemoteStreams& streams, Delivery delivery, int threads);
  ~RemoteMedia();

  /// The connection is another one.
  void reset();
  /// People sit elsewhere now.
  void on_seats_moved();
  void receive(const transport::ReceivedPacket& packet, Timestamp now);
  void receive_report(const transport::SourceReport& report, Timestamp now);
  void on_deadline(Timestamp now);
  Timestamp next_deadline() const;
  /// Of a stream whose decoder needs a key frame. On any thread.
  void set_key_frame_request(std::function<void(const StreamId&)> request) { request_key_frame_ = std::move(request); }
  /// The lines whose senders are to be asked for a key frame, since the last call.
  std::vector<uint8_t> take_key_frame_wishes() { return std::exchange(wishes_, {}); }
  /// Asks for one, unless that was done just now.
  void want_key_frame(const StreamId& stream, Timestamp now);
  /// Ends the media threads.
  void stop() { threads_.clear(); }

 private:
  struct Seat {
    std::string participant;
    bool share = false;
    std::optional<uint8_t> audio_line, video_line;
    playout::SeatPlayout playout;
    Timestamp wish_not_before;
    bool skipping = false;  // pictures, up to the next key frame
    StreamId stream(rtp::MediaKind kind) const;
  };
  /// A decoder's wishes come with every picture that it cannot use.
  static constexpr TimeDelta kWishInterval = TimeDelta::millis(500);

  Seat* seat_of(uint8_t line);
  void drain(Seat& seat, Timestamp now);
  void wish(Seat& seat, Timestamp now);
  void hand_over(Seat& seat, frame::EncodedPicture picture, Timestamp now);
  void hand_over(Seat& seat, playout::SoundPiece piece);
  void post(const std::shared_ptr<RemoteStream>& stream, RemoteStream::Item item);
  void restart_streams(const Seat& seat);

  Client& client_;
  RemoteStreams& streams_;
  const playout::SeatPlayout::Options options_;
  playout::CaptureClock clock_;
  std::map<uint32_t, Seat> seats_;
  std::vector<uint8_t> wishes_;
  std::function<void(const StreamId&)> request_key_frame_;
  std::vector<std::unique_ptr<EventThread>> threads_;
};

}  // namespace parley::sdk
