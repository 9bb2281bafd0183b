#include "room/offered_media.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace parley::room {
namespace {

// Adds the mid, unless another line has it.
bool claim(std::set<std::string>& mids, const std::string& mid) { return mids.insert(mid).second; }

std::expected<void, std::string> parse_sends(const wire::Offer& offer, std::set<std::string>& mids,
                                             OfferedMedia& media) {
  for (const wire::SendLine& line : offer.sends()) {
    const std::string which = "send line '" + line.mid() + "'";
    if (!wire::Source_IsValid(line.source())) return std::unexpected(which + " has an unknown source");
    if (media.can_send(line.source())) return std::unexpected(which + " names a source that another line names");
    if (line.mid().empty() || !claim(mids, line.mid())) {
      return std::unexpected(which + " has no mid or that of another line");
    }
    media.sends.push_back(line.source());
  }
  return {};
}

std::expected<void, std::string> parse_seats(const wire::Offer& offer, std::set<std::string>& mids,
                                             OfferedMedia& media) {
  if (static_cast<size_t>(offer.seats_size()) > OfferedMedia::kMaxSeats) return std::unexpected("too many seats");
  for (const wire::SeatLine& line : offer.seats()) {
    const std::string which = "seat " + std::to_string(line.seat());
    if (!wire::SeatLine::Kind_IsValid(line.kind())) return std::unexpected(which + " has an unknown kind");
    if (std::ranges::find(media.seats, line.seat(), &OfferedSeat::seat) != media.seats.end()) {
      return std::unexpected(which + " is named twice");
    }
    if (line.audio_mid().empty() && line.video_mid().empty()) return std::unexpected(which + " has no mid");
    for (const std::string& mid : {line.audio_mid(), line.video_mid()}) {
      if (!mid.empty() && !claim(mids, mid)) return std::unexpected(which + " has the mid of another line");
    }
    media.seats.push_back({line.seat(), line.kind()});
  }
  return {};
}

}  // namespace

std::expected<OfferedMedia, std::string> OfferedMedia::parse(const wire::Offer& offer) {
  OfferedMedia media;
  std::set<std::string> mids;
  if (auto sends = parse_sends(offer, mids, media); !sends) return std::unexpected(sends.error());
  if (auto seats = parse_seats(offer, mids, media); !seats) return std::unexpected(seats.error());
  return media;
}

bool OfferedMedia::can_send(wire::Source source) const { return std::ranges::find(sends, source) != sends.end(); }

}  // namespace parley::room
