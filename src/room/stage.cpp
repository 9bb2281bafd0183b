#include "room/stage.hpp"

#include <algorithm>

namespace parley::room {

void Stage::set_speaker(std::optional<MemberNumber> speaker) {
  speaker_ = speaker;
  if (speaker) last_speaker_ = speaker;
}

void Stage::start_share(MemberNumber member) {
  stop_share(member);
  sharers_.push_back(member);
}

void Stage::stop_share(MemberNumber member) { std::erase(sharers_, member); }

bool Stage::pin(MemberNumber member, wire::PinTarget target, bool pinned) {
  const wire::PinState before = pin_of(member);
  wire::PinState after = before;
  if (target != wire::SHARE_ONLY) after.set_cam(pinned);
  if (target != wire::CAM) after.set_share(pinned);
  if (after.cam() == before.cam() && after.share() == before.share()) return false;
  if (!after.cam() && !after.share()) {
    pins_.erase(member);
  } else {
    Pin& entry = pins_[member];
    entry.state = after;
    if (pinned) entry.order = ++pin_count_;
  }
  return true;
}

void Stage::step_down(MemberNumber member) {
  if (speaker_ == member) speaker_.reset();
  if (last_speaker_ == member) last_speaker_.reset();
  stop_share(member);
}

void Stage::forget(MemberNumber member) {
  step_down(member);
  pins_.erase(member);
}

std::optional<MemberNumber> Stage::presenter() const {
  if (sharers_.empty()) return std::nullopt;
  return sharers_.back();
}

wire::PinState Stage::pin_of(MemberNumber member) const {
  const auto it = pins_.find(member);
  return it == pins_.end() ? wire::PinState() : it->second.state;
}

std::optional<MemberNumber> Stage::main() const {
  if (!sharers_.empty()) return sharers_.back();
  const auto latest = std::ranges::max_element(pins_, {}, [](const auto& entry) { return entry.second.order; });
  if (latest != pins_.end()) return latest->first;
  return last_speaker_;
}

}  // namespace parley::room
