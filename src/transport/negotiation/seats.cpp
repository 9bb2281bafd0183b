#include "transport/negotiation/seats.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "transport/negotiation/section.hpp"

namespace parley::transport::negotiation {
namespace {

class Seating {
 public:
  using Problem = std::optional<NegotiationError>;

  explicit Seating(const sdp::SessionDescription& offer) : offer_(offer), seats_(offer.media.size()) {
    for (size_t i = 0; i < offer.media.size(); ++i) {
      if (!offer.media[i].mid.empty()) index_of_.emplace(offer.media[i].mid, i);
    }
  }

  Problem place(const SeatLines& seat) {
    const std::string name = "Seat " + std::to_string(seat.seat);
    if (!numbers_.insert(seat.seat).second) return NegotiationError{std::nullopt, name + " stands twice."};
    for (const auto& [mid, kind] : {std::pair(&seat.audio_mid, "audio"), std::pair(&seat.video_mid, "video")}) {
      if (mid->empty()) continue;
      const auto found = index_of_.find(mid->value());
      if (found == index_of_.end()) {
        return NegotiationError{std::nullopt, name + " names mid \"" + mid->value() + "\", which no m-section has."};
      }
      if (const char* problem = place(seat.seat, found->second, kind)) {
        return NegotiationError{found->second, name + " names " + problem + " as its " + kind + "."};
      }
    }
    return std::nullopt;
  }
  std::vector<std::optional<uint32_t>> take() { return std::move(seats_); }

 private:
  const char* place(uint32_t seat, size_t index, std::string_view kind) {
    const sdp::MediaSection& section = offer_.media[index];
    if (section.kind != kind) return "an m-section of another kind";
    if (is_stopped(section)) return "a stopped m-section";
    if (direction_of(offer_, section) == sdp::Direction::SendOnly) return "an m-section that only sends";
    if (seats_[index]) return "an m-section of another seat";
    seats_[index] = seat;
    return nullptr;
  }

  const sdp::SessionDescription& offer_;
  std::vector<std::optional<uint32_t>> seats_;
  std::unordered_map<std::string_view, size_t> index_of_;
  std::unordered_set<uint32_t> numbers_;
};

}  // namespace

std::expected<std::vector<std::optional<uint32_t>>, NegotiationError> place_seats(const sdp::SessionDescription& offer,
                                                                                  std::span<const SeatLines> seats) {
  Seating seating(offer);
  for (const SeatLines& seat : seats) {
    if (auto problem = seating.place(seat)) return std::unexpected(*std::move(problem));
  }
  return seating.take();
}

}  // namespace parley::transport::negotiation
