#include "server/media_lines.hpp"

#include <algorithm>

namespace parley::server {
namespace {

using transport::Direction;

/// The line of a mid if it has the direction; nothing if it was refused. The error says that there is no such mid.
std::expected<std::optional<uint8_t>, std::string> line_of(const transport::Description& d, const std::string& mid,
                                                           Direction direction, const std::string& entry) {
  if (mid.empty()) return std::nullopt;
  const auto it = std::ranges::find(d.lines, Mid(mid), &transport::Line::mid);
  if (it == d.lines.end()) return std::unexpected(entry + ": the offer has no m-section with mid '" + mid + "'");
  if (it->direction != direction) return std::nullopt;
  return static_cast<uint8_t>(it - d.lines.begin());
}

}  // namespace

std::expected<MediaLines, std::string> MediaLines::resolve(const wire::Offer& offer, const transport::Description& d) {
  MediaLines lines;
  for (const wire::SendLine& send : offer.sends()) {
    const auto line = line_of(d, send.mid(), Direction::Receive, "sends");
    if (!line) return std::unexpected(line.error());
    if (!*line || static_cast<size_t>(send.source()) >= kSourceCount) continue;
    const size_t layers = std::max<size_t>(1, d.lines[**line].rids.size());
    lines.sends[send.source()] = Send{**line, static_cast<uint8_t>(layers)};
  }
  for (const wire::SeatLine& seat : offer.seats()) {
    const auto audio = line_of(d, seat.audio_mid(), Direction::Send, "seats");
    if (!audio) return std::unexpected(audio.error());
    const auto video = line_of(d, seat.video_mid(), Direction::Send, "seats");
    if (!video) return std::unexpected(video.error());
    lines.seats.push_back({seat.seat(), seat.kind(), *audio, *video});
  }
  return lines;
}

std::optional<wire::Source> MediaLines::source_on(uint8_t line) const {
  for (size_t i = 0; i < kSourceCount; ++i) {
    if (sends[i] && sends[i]->line == line) return static_cast<wire::Source>(i);
  }
  return std::nullopt;
}

std::vector<transport::SeatLines> seat_lines(const wire::Offer& offer) {
  std::vector<transport::SeatLines> seats;
  for (const wire::SeatLine& seat : offer.seats()) {
    seats.push_back({seat.seat(), Mid(seat.audio_mid()), Mid(seat.video_mid())});
  }
  return seats;
}

}  // namespace parley::server
