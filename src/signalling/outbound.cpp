#include "signalling/outbound.hpp"

#include <utility>

namespace parley::signalling {

Frame serialize_unnumbered(const wire::ServerMessage& message) {
  return std::make_shared<const std::string>(message.SerializeAsString());
}

Frame Outbound::append(wire::ServerMessage message) {
  message.set_seq(++last_seq_);
  Frame frame = serialize_unnumbered(message);
  kept_.push_back(frame);
  kept_bytes_ += frame->size();
  while (kept_.size() > kMaxKept || kept_bytes_ > kMaxKeptBytes) {
    kept_bytes_ -= kept_.front()->size();
    kept_.pop_front();
  }
  return frame;
}

std::optional<std::vector<Frame>> Outbound::after(uint64_t last_seq) const {
  if (last_seq > last_seq_ || last_seq_ - last_seq > kept_.size()) return std::nullopt;
  const auto missed = static_cast<std::ptrdiff_t>(last_seq_ - last_seq);
  return std::vector<Frame>(kept_.end() - missed, kept_.end());
}

}  // namespace parley::signalling
