#include "ice/full_agent.hpp"

#include <algorithm>
#include <utility>

#include "ice/answers.hpp"

namespace parley::ice {

FullAgent::FullAgent(Config config)
    : rng_(std::move(config.rng)),
      local_(std::move(config.local)),
      remote_(std::move(config.remote)),
      local_key_(as_bytes(local_.pwd)),
      remote_key_(as_bytes(remote_.pwd)),
      tie_breaker_(rng_.u64()) {
  checks_.set_hosts(std::move(config.hosts));
  for (const RemoteCandidate& remote : config.remotes) add_remote(remote);
}

// --- the peer's datagrams --------------------------------------------------------------------------------------------

FullAgent::Verdict FullAgent::receive(Bytes datagram, const Path& from, Timestamp now, DatagramBatch& out) {
  const auto message = stun::MessageView::parse(datagram);
  if (!message) {
    ++stats_.malformed;
    return Verdict::Malformed;
  }
  if (failure_ != Failure::None) {  // silent until the next session, or the peer would take it for consent
    ++stats_.ignored;
    return Verdict::Ignored;
  }
  if (is_binding_request(*message)) return receive_request(*message, from, now, out);
  const bool response = message->message_class == stun::Class::Success || message->message_class == stun::Class::Error;
  if (response && message->method == stun::kBinding) return receive_response(*message, from, now, out);
  ++stats_.ignored;
  return Verdict::Ignored;
}

FullAgent::Verdict FullAgent::receive_request(const stun::MessageView& request, const Path& from, Timestamp now,
                                              DatagramBatch& out) {
  if (ufrag_of(request) != local_.ufrag || !request.verify(local_key_)) {
    refuse_credentials(request, from, out);
    ++stats_.bad_auth;
    return Verdict::BadAuth;
  }
  last_heard_ = now;
  const bool unknown = !request.not_understood.empty();
  if (unknown || !resolve_role(request)) {
    answer_error(request, unknown ? kUnknownAttribute : kRoleConflict, &local_key_, from, out);
    ++stats_.refused;
    return Verdict::Refused;
  }
  answer_success(request, local_key_, from, out);
  ++stats_.requests;
  take_check(request, from, now);
  return Verdict::Accepted;
}

// RFC 8445 section 7.3.1.1. False: the peer has to change its role.
bool FullAgent::resolve_role(const stun::MessageView& request) {
  const auto& claimed = controlling_ ? request.ice_controlling : request.ice_controlled;
  if (!claimed) return true;
  const bool larger = tie_breaker_ >= *claimed;
  if (controlling_ == larger) return false;
  ++stats_.role_conflicts;
  set_role(larger);
  return true;
}

void FullAgent::set_role(bool controlling) {
  controlling_ = controlling;
  checks_.set_controlling(controlling);
  for (Pair& pair : checks_.pairs()) pair.nominating = pair.peer_nominated = false;
}

// RFC 8445 sections 7.3.1.3 to 7.3.1.5.
void FullAgent::take_check(const stun::MessageView& request, const Path& from, Timestamp now) {
  Pair* pair = checks_.find(from);
  if (pair == nullptr) pair = checks_.add_reflexive(from, request.priority.value_or(0));
  if (pair == nullptr) {
    ++stats_.candidates_full;
    return;
  }
  const bool nominated = request.use_candidate && !controlling_;
  if (pair->state == Pair::State::Succeeded) {
    if (nominated) conclude(*pair, now);
    return;
  }
  if (pair->state == Pair::State::Failed && pair->is_udp()) pair->state = Pair::State::Checking;
  pair->triggered = true;
  pair->peer_nominated = pair->peer_nominated || nominated;
}

FullAgent::Verdict FullAgent::receive_response(const stun::MessageView& response, const Path& from, Timestamp now,
                                               DatagramBatch& out) {
  Pair* pair = checks_.find(from);  // RFC 8445 section 7.2.5.2.1: it has to come by the path of the request
  Check* check = pair != nullptr ? pair->find_check(response.transaction) : nullptr;
  if (check == nullptr) {
    ++stats_.ignored;
    return Verdict::Ignored;
  }
  if (!response.verify(remote_key_)) {  // as if it had not come (RFC 8489 section 9.1.4)
    ++stats_.bad_auth;
    return Verdict::BadAuth;
  }
  ++stats_.responses;
  last_heard_ = now;
  const Check answered = std::exchange(*check, pair->outstanding.back());
  pair->outstanding.pop_back();
  if (response.message_class == stun::Class::Success) {
    take_success(*pair, answered, now, out);
  } else {
    take_error(*pair, answered, response);
  }
  return Verdict::Accepted;
}

void FullAgent::take_success(Pair& pair, const Check& check, Timestamp now, DatagramBatch& out) {
  pair.state = Pair::State::Succeeded;
  const bool concluded = nominated_ && selected_ == pair.path;
  if (concluded) consent_until_ = now + kConsentLifetime;
  if (concluded || !selected_) rtt_ = now - check.sent;
  if (concluded) return;
  const bool by_us = check.use_candidate && controlling_;
  if (by_us || (pair.peer_nominated && !controlling_)) return conclude(pair, now);
  choose(now, out);
}

void FullAgent::take_error(Pair& pair, const Check& check, const stun::MessageView& response) {
  if (response.error && response.error->code == kRoleConflict.code) {  // RFC 8445 section 7.2.5.1
    if (check.controlling == controlling_) {
      ++stats_.role_conflicts;
      set_role(!controlling_);
    }
    pair.triggered = true;
    return;
  }
  if (selected_ == pair.path && nominated_) return;  // whether consent ends is for its own clock to say
  pair.nominating = false;
  pair.state = Pair::State::Failed;
}

// --- choosing a path -------------------------------------------------------------------------------------------------

void FullAgent::begin(Timestamp now) {
  started_ = now;
  next_check_at_ = std::max(next_check_at_, now);
}

// The best pair that works carries what there is to send already; RFC 8445 section 8.1.1 leaves to us when to stop
// looking for a better one.
void FullAgent::choose(Timestamp now, DatagramBatch& out) {
  Pair* best = checks_.best_succeeded();
  if (nominated_ || best == nullptr) return;
  select(best->path);
  if (now >= nomination_at()) nominate(*best, now, out);
}

// A stream of an earlier session that carried on until now is not in the list any more.
void FullAgent::select(const Path& path) {
  if (selected_ && selected_ != path && checks_.find(*selected_) == nullptr) close_stream(*selected_);
  selected_ = path;
}

bool FullAgent::nominating() const {
  return std::any_of(checks_.pairs().begin(), checks_.pairs().end(), [](const Pair& p) { return p.nominating; });
}

void FullAgent::nominate(Pair& pair, Timestamp now, DatagramBatch& out) {
  pair.nominating = true;
  pair.checks = 0;
  send_check(pair, true, now, out);
}

// RFC 8445 section 8.1.2.
void FullAgent::conclude(Pair& pair, Timestamp now) {
  if (nominated_ && selected_ == pair.path) return;
  select(pair.path);
  nominated_ = true;
  for (Pair& p : checks_.pairs()) p.nominating = p.peer_nominated = false;
  close_streams();
  consent_until_ = now + kConsentLifetime;
  schedule_consent(now);
  // A peer that was content with the path before takes the second nomination of another one for earnest.
  if (std::exchange(reopened_, false)) consent_at_ = now + kPace;
}

void FullAgent::schedule_consent(Timestamp now) {
  const double share = 0.8 + 0.4 * rng_.unit();
  last_consent_check_ = now;
  consent_at_ = now + TimeDelta::micros(static_cast<int64_t>(static_cast<double>(kConsentInterval.us()) * share));
}

// The nominated path is gone: look for another one among what is known.
void FullAgent::reopen() {
  selected_.reset();
  nominated_ = false;
  reopened_ = true;
  started_.reset();
  consent_at_ = consent_until_ = Timestamp::never();
  for (Pair& pair : checks_.pairs()) {
    pair.nominating = false;
    pair.checks = 0;
    pair.due = Timestamp();
  }
}

void FullAgent::forget(const Path& path) {
  if (Pair* pair = checks_.find(path)) {
    pair->state = Pair::State::Failed;
    pair->nominating = pair->triggered = false;
    pair->outstanding.clear();
  }
  if (selected_ && is_same(*selected_, path)) reopen();
}

void FullAgent::restart(Credentials local, Credentials remote, const std::vector<RemoteCandidate>& remotes) {
  local_ = std::move(local);
  remote_ = std::move(remote);
  local_key_ = stun::IntegrityKey(as_bytes(local_.pwd));
  remote_key_ = stun::IntegrityKey(as_bytes(remote_.pwd));
  close_streams();
  checks_.restart({});
  for (const RemoteCandidate& candidate : remotes) add_remote(candidate);
  nominated_ = reopened_ = false;
  failure_ = Failure::None;
  started_.reset();
  consent_at_ = consent_until_ = Timestamp::never();
}

void FullAgent::add_remote(const RemoteCandidate& candidate) {
  if (!checks_.add_remote(candidate)) ++stats_.candidates_full;
}

void FullAgent::set_hosts(std::vector<HostCandidate> hosts) {
  checks_.set_hosts(std::move(hosts));
  if (selected_ && checks_.find(*selected_) == nullptr) reopen();
}

void FullAgent::fail(Failure failure) {
  failure_ = failure;
  if (selected_) close_stream(*std::exchange(selected_, std::nullopt));
  nominated_ = false;
  close_streams();
}

// --- time ------------------------------------------------------------------------------------------------------------

void FullAgent::on_deadline(Timestamp now, DatagramBatch& out) {
  if (failure_ != Failure::None) return;
  if (!started_) begin(now);
  if (now >= connect_deadline()) return fail(Failure::NoPath);
  if (nominated_) {
    keep_consent(now, out);
  } else {
    open_streams(now);
    choose(now, out);
  }
  if (failure_ == Failure::None) check_pairs(now, out);
}

Timestamp FullAgent::next_deadline() const {
  if (failure_ != Failure::None) return Timestamp::never();
  if (!started_) return Timestamp();
  const Timestamp next_check = std::max(checks_.next_deadline(nominated_), next_check_at_);
  if (nominated_) return std::min(next_check, consent_deadline());
  Timestamp earliest = std::min(next_check, connect_deadline());
  if (wants_streams()) earliest = std::min(earliest, has_udp_pair() ? *started_ + kTcpDelay : Timestamp());
  return std::min(earliest, nomination_at());
}

Timestamp FullAgent::connect_deadline() const { return nominated_ ? Timestamp::never() : *started_ + kConnectTimeout; }

// UDP at once; TCP when UDP has had its time.
Timestamp FullAgent::nomination_at() const {
  const Pair* best = checks_.best_succeeded();
  if (!controlling_ || !started_ || best == nullptr || nominating()) return Timestamp::never();
  return best->is_udp() || !has_udp_pair() ? *started_ : *started_ + kUdpPatience;
}

void FullAgent::check_pairs(Timestamp now, DatagramBatch& out) {
  if (now < next_check_at_) return;
  if (Pair* pair = checks_.next_due(now, nominated_)) send_check(*pair, pair->nominating, now, out);
}

void FullAgent::send_check(Pair& pair, bool use_candidate, Timestamp now, DatagramBatch& out) {
  Check check{.sent = now, .use_candidate = use_candidate, .controlling = controlling_};
  rng_.fill(check.id);
  stun::Writer writer(out.reserve(stun::Writer::kMaxSize), stun::Class::Request, stun::kBinding, check.id);
  writer.username(remote_.ufrag + ':' + local_.ufrag);
  writer.priority(pair.check_priority);
  if (controlling_) {
    writer.ice_controlling(tie_breaker_);
  } else {
    writer.ice_controlled(tie_breaker_);
  }
  if (use_candidate) writer.use_candidate();
  writer.integrity(remote_key_);
  send(writer, pair.path, out);
  pair.note_sent(check);
  next_check_at_ = now + kPace;
  ++stats_.checks_sent;
}

// Consent checks repeat the nomination, so that a lite peer that lost track of it knows again.
void FullAgent::keep_consent(Timestamp now, DatagramBatch& out) {
  if (now >= consent_until_) return fail(Failure::NoConsent);
  if (now < consent_deadline()) return;
  Pair* pair = checks_.find(*selected_);
  if (pair == nullptr) return reopen();
  send_check(*pair, controlling_, now, out);
  schedule_consent(now);
}

Timestamp FullAgent::consent_deadline() const {
  const Timestamp heard = last_heard_.value_or(last_consent_check_);
  const Timestamp silent_at = std::max(heard + kSilence, last_consent_check_ + kSilentInterval);
  return std::min({consent_at_, silent_at, consent_until_});
}

// --- TCP -------------------------------------------------------------------------------------------------------------

bool FullAgent::has_udp_pair() const {
  return std::any_of(checks_.pairs().begin(), checks_.pairs().end(),
                     [](const Pair& pair) { return pair.is_udp() && pair.state != Pair::State::Failed; });
}

bool FullAgent::wants_streams() const {
  const auto& pairs = checks_.pairs();
  const auto works = [](const Pair& pair) { return pair.is_udp() && pair.state == Pair::State::Succeeded; };
  const auto closed = [](const Pair& pair) { return pair.state == Pair::State::Closed; };
  return std::none_of(pairs.begin(), pairs.end(), works) && std::any_of(pairs.begin(), pairs.end(), closed);
}

void FullAgent::open_streams(Timestamp now) {
  if (!wants_streams() || (has_udp_pair() && now < *started_ + kTcpDelay)) return;
  for (Pair& pair : checks_.pairs()) {
    if (pair.state != Pair::State::Closed) continue;
    pair.state = Pair::State::Opening;
    pair.path.stream = checks_.take_stream();
    stream_requests_.push_back({StreamRequest::Kind::Open, pair.path});
  }
}

void FullAgent::on_stream_opened(const Path& path, Timestamp now) {
  Pair* pair = checks_.find(path);
  if (pair == nullptr || pair->state != Pair::State::Opening) return;
  pair->state = Pair::State::Checking;
  pair->due = now;
}

// All but the selected one.
void FullAgent::close_streams() {
  for (Pair& pair : checks_.pairs()) {
    const bool open = !pair.is_udp() && pair.state != Pair::State::Closed && pair.state != Pair::State::Failed;
    if (!open || selected_ == pair.path) continue;
    pair.state = Pair::State::Closed;
    pair.outstanding.clear();
    pair.triggered = false;
    close_stream(pair.path);
  }
}

void FullAgent::close_stream(const Path& path) {
  if (path.protocol == Path::Protocol::Tcp) stream_requests_.push_back({StreamRequest::Kind::Close, path});
}

std::vector<StreamRequest> FullAgent::take_stream_requests() { return std::exchange(stream_requests_, {}); }

}  // namespace parley::ice
