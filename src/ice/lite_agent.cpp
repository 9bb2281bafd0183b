#include "ice/lite_agent.hpp"

#include <algorithm>

#include "ice/answers.hpp"

namespace parley::ice {
namespace {

using Verdict = CheckResult::Verdict;

}  // namespace

std::optional<std::string_view> addressed_ufrag(Bytes datagram) {
  const auto message = stun::MessageView::parse(datagram);
  if (!message || !is_binding_request(*message)) return std::nullopt;
  return ufrag_of(*message);
}

LiteAgent::LiteAgent(Credentials local) : current_(std::move(local), 1) {}

CheckResult LiteAgent::receive(Bytes datagram, const Path& from, Timestamp now, DatagramBatch& out) {
  const auto message = stun::MessageView::parse(datagram);
  if (!message) {
    ++stats_.malformed;
    return {.verdict = Verdict::Malformed};
  }
  if (!is_binding_request(*message)) {
    ++stats_.ignored;
    return {.verdict = Verdict::Ignored};
  }
  Generation* generation = generation_of(*message);
  if (!generation || !message->verify(generation->key)) {
    refuse_credentials(*message, from, out);
    ++stats_.bad_auth;
    return {.verdict = Verdict::BadAuth};
  }
  last_heard_ = now;
  // A lite agent is always controlled; a peer that claims to be so too has to change (RFC 8445
  // sections 6.1.1, 7.3.1.1).
  const bool unknown = !message->not_understood.empty();
  if (unknown || message->ice_controlled) {
    answer_error(*message, unknown ? kUnknownAttribute : kRoleConflict, &generation->key, from, out);
    ++stats_.refused;
    return {.verdict = Verdict::Refused};
  }
  answer_success(*message, generation->key, from, out);
  ++stats_.accepted;
  CheckResult result{.verdict = Verdict::Accepted};
  accept(*message, *generation, from, now, result);
  return result;
}

void LiteAgent::accept(const stun::MessageView& request, Generation& generation, const Path& from, Timestamp now,
                       CheckResult& result) {
  result.first_valid_check = !std::exchange(generation.checked, true);
  Candidate& candidate = candidate_for(from);
  candidate.last_check = now;
  candidate.priority = request.priority.value_or(0);  // consent checks of some agents leave it out
  candidate.nominating = request.use_candidate;
  if (candidate.nominating) result.selected_changed = nominate(candidate, generation);
}

bool LiteAgent::nominate(Candidate& candidate, const Generation& generation) {
  const uint64_t earlier_nomination = std::exchange(candidate.nomination, ++nominations_);
  candidate.nominated_in = generation.number;
  const bool changed = selected_ != candidate.path && supersedes(candidate, earlier_nomination);
  if (changed) selected_ = candidate.path;
  if (&generation == &current_) previous_.reset();  // the restart is complete (RFC 8445 section 9)
  return changed;
}

bool LiteAgent::supersedes(const Candidate& candidate, uint64_t earlier_nomination) const {
  if (!selected_) return true;
  const Candidate* selected = find(*selected_);
  PARLEY_CHECK(selected);  // neither evicted nor forgotten while selected
  if (candidate.nominated_in != selected->nominated_in) return candidate.nominated_in > selected->nominated_in;
  return candidate.priority > selected->priority || !selected->nominating || earlier_nomination > selected->nomination;
}

void LiteAgent::restart(Credentials local) {
  if (local == current_.credentials) return;
  const uint32_t number = current_.number + 1;
  if (current_.checked || !previous_) previous_ = std::move(current_);
  current_ = Generation(std::move(local), number);
}

bool LiteAgent::is_valid(const Path& path) const { return find(path) != nullptr; }

bool LiteAgent::forget(const Path& path) {
  const Candidate* gone = find(path);
  if (!gone) return false;
  candidates_[static_cast<size_t>(gone - candidates_.begin())] = candidates_.back();
  candidates_.pop_back();
  if (selected_ != path) return false;
  selected_.reset();
  const Candidate* best = nullptr;
  for (const Candidate& c : candidates_) {
    if (c.nomination == 0) continue;
    if (!best || std::pair(c.nominated_in, c.priority) > std::pair(best->nominated_in, best->priority)) best = &c;
  }
  if (best) selected_ = best->path;
  return true;
}

bool LiteAgent::answers_to(std::string_view ufrag) const {
  return ufrag == current_.credentials.ufrag || (previous_ && ufrag == previous_->credentials.ufrag);
}

LiteAgent::Generation* LiteAgent::generation_of(const stun::MessageView& request) {
  const auto ufrag = ufrag_of(request);
  if (!ufrag || !request.integrity_offset) return nullptr;
  if (*ufrag == current_.credentials.ufrag) return &current_;
  if (previous_ && *ufrag == previous_->credentials.ufrag) return &*previous_;
  return nullptr;
}

LiteAgent::Candidate& LiteAgent::candidate_for(const Path& path) {
  for (Candidate& c : candidates_) {
    if (c.path == path) return c;
  }
  if (!candidates_.full()) {
    candidates_.push_back({.path = path});
    return candidates_.back();
  }
  // The path that was checked longest ago is given up, but never the selected one.
  Candidate* oldest = nullptr;
  for (Candidate& c : candidates_) {
    if (selected_ != c.path && (!oldest || c.last_check < oldest->last_check)) oldest = &c;
  }
  ++stats_.evicted_paths;
  *oldest = {.path = path};
  return *oldest;
}

const LiteAgent::Candidate* LiteAgent::find(const Path& path) const {
  const auto at = std::find_if(candidates_.begin(), candidates_.end(), [&](const auto& c) { return c.path == path; });
  return at == candidates_.end() ? nullptr : at;
}

}  // namespace parley::ice
