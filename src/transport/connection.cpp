#include "transport/connection.hpp"

#include <algorithm>
#include <utility>

#include "base/prefetch.hpp"
#include "cc/loss_estimator.hpp"

namespace parley::transport {

namespace {

using FullAgentPtr = std::unique_ptr<ice::FullAgent>;

ice::Credentials credentials(const IceParameters& parameters) { return {parameters.ufrag, parameters.pwd}; }

std::variant<ice::LiteAgent, FullAgentPtr> make_agent(const Connection::Config& config, const Description& description,
                                                      Rng& rng) {
  if (config.half == Half::Server) return ice::LiteAgent(credentials(description.local_ice));
  return std::make_unique<ice::FullAgent>(ice::FullAgent::Config{.local = credentials(description.local_ice),
                                                                 .remote = credentials(description.remote_ice),
                                                                 .hosts = config.hosts,
                                                                 .remotes = description.remote_candidates,
                                                                 .rng = rng.fork()});
}

dtls::Endpoint::Config dtls_config(const Connection::Config& config, const Description& description) {
  dtls::Endpoint::Config result{.identity = config.identity,
                                .role = description.dtls_active ? dtls::Role::Active : dtls::Role::Passive};
  for (const Fingerprint& f : description.remote_fingerprints) {
    result.remote_fingerprints.push_back({f.algorithm, f.digest});
  }
  return result;
}

Drop drop_reason(srtp::Error error) {
  switch (error) {
    case srtp::Error::BadAuth: return Drop::BadAuth;
    case srtp::Error::Replayed: return Drop::Replayed;
    case srtp::Error::TooManyStreams: return Drop::UnknownStream;
    default: return Drop::Malformed;
  }
}

}  // namespace

Connection::Connection(const Config& config, Description description, Rng& rng)
    : config_(config),
      description_(std::move(description)),
      reporter_(rng.u32()),
      ice_(make_agent(config_, description_, rng)),
      dtls_(dtls_config(config_, description_)),
      outgoing_(rng),
      estimator_(std::make_unique<cc::LossEstimator>()) {
  configure();
}

Connection::~Connection() = default;

void Connection::configure() {
  incoming_.configure(description_.lines);
  outgoing_.configure(description_.lines);
}

void Connection::update(Description description) {
  const bool restart = description.local_ice != description_.local_ice;
  description_ = std::move(description);
  configure();
  if (!restart) return;
  const ice::Credentials local = credentials(description_.local_ice);
  if (ice::FullAgent* agent = full_agent()) {
    agent->restart(local, credentials(description_.remote_ice), description_.remote_candidates);
  } else {
    std::get<ice::LiteAgent>(ice_).restart(local);
  }
}

// --- ICE -------------------------------------------------------------------------------------------------------------

ice::FullAgent* Connection::full_agent() {
  FullAgentPtr* agent = std::get_if<FullAgentPtr>(&ice_);
  return agent == nullptr ? nullptr : agent->get();
}

const ice::FullAgent* Connection::full_agent() const {
  const FullAgentPtr* agent = std::get_if<FullAgentPtr>(&ice_);
  return agent == nullptr ? nullptr : agent->get();
}

bool Connection::is_valid(const Path& path) const {
  const ice::FullAgent* agent = full_agent();
  return agent ? agent->knows(path) : std::get<ice::LiteAgent>(ice_).is_valid(path);
}

void Connection::forget(const Path& path) {
  if (ice::FullAgent* agent = full_agent()) {
    agent->forget(path);
  } else {
    std::get<ice::LiteAgent>(ice_).forget(path);
  }
  update_path();
}

void Connection::set_hosts(std::vector<ice::HostCandidate> hosts) {
  ice::FullAgent* agent = full_agent();
  PARLEY_CHECK(agent);
  agent->set_hosts(std::move(hosts));
  update_path();
}

std::vector<ice::StreamRequest> Connection::take_stream_requests() {
  ice::FullAgent* agent = full_agent();
  PARLEY_CHECK(agent);
  return agent->take_stream_requests();
}

void Connection::on_stream_opened(const Path& path, Timestamp now) {
  ice::FullAgent* agent = full_agent();
  PARLEY_CHECK(agent);
  agent->on_stream_opened(path, now);
}

void Connection::update_path() {
  if (const ice::FullAgent* agent = full_agent()) {
    path_ = agent->selected();
    return;
  }
  const auto& agent = std::get<ice::LiteAgent>(ice_);
  path_ = agent.selected();
  if (!path_ && provisional_path_ && agent.is_valid(*provisional_path_)) path_ = provisional_path_;
}

// After whatever may have changed the path: DTLS begins as soon as there is one.
void Connection::follow_ice(Timestamp now, Output& out) {
  update_path();
  if (path_ && description_.dtls_active && dtls_.state() == dtls::State::New) dtls_.start(*path_, now, out.datagrams);
  const ice::FullAgent* agent = full_agent();
  if (agent == nullptr || agent->failure() == ice::FullAgent::Failure::None) return;
  const bool unreached = agent->failure() == ice::FullAgent::Failure::NoPath;
  set_state(ConnectionState::Failed, unreached ? "no path to the peer works" : "the peer does not answer any more",
            out);
}

// --- receiving -----------------------------------------------------------------------------------------------------

// RFC 7983 section 7, media first because there is most of it.
Connection::Received Connection::receive(MutableBytes datagram, const Path& from, Timestamp now, Output& out) {
  if (state_ == ConnectionState::Failed) return std::unexpected(Drop::UnknownPath);
  const bool media = rtp::is_rtp_or_rtcp(datagram);
  if (!media && stun::is_stun(datagram)) return receive_stun(datagram, from, now, out);
  if (from != path_ && !is_valid(from)) return std::unexpected(Drop::UnknownPath);
  if (!media)
    return dtls::is_dtls(datagram) ? receive_dtls(datagram, from, now, out) : std::unexpected(Drop::Malformed);
  if (!srtp_receiver_) return std::unexpected(Drop::Early);
  const Received received = rtp::is_rtcp(datagram) ? receive_rtcp(datagram, now, out) : receive_rtp(datagram, now);
  if (received) heard(now, out);
  return received;
}

Connection::Received Connection::receive_stun(Bytes datagram, const Path& from, Timestamp now, Output& out) {
  using ice::Verdict;
  Verdict verdict;
  if (ice::FullAgent* agent = full_agent()) {
    verdict = agent->receive(datagram, from, now, out.datagrams);
  } else {
    auto& lite = std::get<ice::LiteAgent>(ice_);
    verdict = lite.receive(datagram, from, now, out.datagrams).verdict;
    if (verdict == Verdict::Accepted && !lite.selected()) provisional_path_ = from;
  }
  if (verdict == Verdict::BadAuth) return std::unexpected(Drop::BadAuth);
  if (verdict == Verdict::Malformed) return std::unexpected(Drop::Malformed);
  if (verdict != Verdict::Accepted) return std::nullopt;
  follow_ice(now, out);
  heard(now, out);
  return std::nullopt;
}

Connection::Received Connection::receive_dtls(Bytes datagram, const Path& from, Timestamp now, Output& out) {
  dtls_.receive(datagram, from, now, out.datagrams);
  follow_dtls(now, out);
  return std::nullopt;
}

void Connection::follow_dtls(Timestamp now, Output& out) {
  switch (dtls_.state()) {
    case dtls::State::Connected:
      if (srtp_sender_) return;
      srtp_sender_.emplace(dtls_.srtp_keys()->local);
      srtp_receiver_.emplace(dtls_.srtp_keys()->remote);
      report_at_ = now + kFirstReport;
      silence_check_at_ = now + config_.silence_limit;
      return set_state(ConnectionState::Connected, {}, out);
    case dtls::State::Failed:
      return set_state(ConnectionState::Failed, std::string(dtls::to_string(dtls_.failure())), out);
    case dtls::State::Closed: return set_state(ConnectionState::Failed, "the peer closed the connection", out);
    case dtls::State::New:
    case dtls::State::Handshaking: return;
  }
}

Connection::Received Connection::receive_rtp(MutableBytes datagram, Timestamp now) {
  const auto size = srtp_receiver_->unprotect_rtp(datagram);
  if (!size) return std::unexpected(drop_reason(size.error()));
  const MutableBytes packet = datagram.first(*size);
  const auto view = rtp::PacketView::parse(packet, description_.extensions);
  if (!view) return std::unexpected(Drop::Malformed);
  if (view->transport_sequence) {
    arrivals_.on_packet(*view->transport_sequence, now);
    feedback_media_ = view->ssrc;
  }
  const auto received = incoming_.receive(packet, *view, description_.extensions, now);
  if (received) return *received;
  switch (received.error()) {
    case IncomingMedia::Drop::Probe: return std::nullopt;
    case IncomingMedia::Drop::Malformed: return std::unexpected(Drop::Malformed);
    case IncomingMedia::Drop::UnknownStream: break;
  }
  return std::unexpected(Drop::UnknownStream);
}

Connection::Received Connection::receive_rtcp(MutableBytes datagram, Timestamp now, Output& out) {
  const auto size = srtp_receiver_->unprotect_rtcp(datagram);
  if (!size) return std::unexpected(drop_reason(size.error()));
  rtp::rtcp::Reader reader(datagram.first(*size));
  rtp::rtcp::Message message;
  while (reader.next(message)) {
    std::visit([&](const auto& m) { handle(m, now, out); }, message);
  }
  if (reader.malformed()) return std::unexpected(Drop::Malformed);
  return std::nullopt;
}

void Connection::handle(const rtp::rtcp::SenderReport& report, Timestamp now, Output& out) {
  if (const auto source = incoming_.receive_sender_report(report, now)) out.facts.emplace_back(*source);
  take_report_blocks({report.reports.begin(), report.reports.end()}, now);
}

void Connection::handle(const rtp::rtcp::ReceiverReport& report, Timestamp now, Output&) {
  take_report_blocks({report.reports.begin(), report.reports.end()}, now);
}

void Connection::take_report_blocks(std::span<const rtp::rtcp::ReportBlock> blocks, Timestamp now) {
  double worst = 0;
  TimeDelta measured = TimeDelta::zero();
  for (const rtp::rtcp::ReportBlock& block : blocks) {
    if (const auto rtt = outgoing_.receive_report(block, now)) measured = *rtt;
    worst = std::max(worst, block.fraction_lost / 256.0);
  }
  // RFC 6298 section 2 smooths with 1/8; reports come once a second here, so a new path should show within a few.
  if (measured > TimeDelta::zero()) rtt_ = rtt_ > TimeDelta::zero() ? (rtt_ * 3 + measured) / 4 : measured;
  if (!blocks.empty()) estimator_->on_receiver_report(worst, measured, now);
}

// A stream that ends is one that stops: its layer is measured as inactive, and control is by signalling.
void Connection::handle(const rtp::rtcp::Bye&, Timestamp, Output&) {}

void Connection::handle(const rtp::rtcp::Nack& nack, Timestamp, Output& out) {
  if (const auto s = outgoing_.find(nack.media)) out.facts.emplace_back(LossReported{s->line, s->layer, nack.lost});
}

void Connection::handle(const rtp::rtcp::PictureLossIndication& pli, Timestamp, Output& out) {
  if (const auto s = outgoing_.find(pli.media)) out.facts.emplace_back(KeyFrameWanted{s->line, s->layer});
}

void Connection::handle(const rtp::rtcp::FullIntraRequest& fir, Timestamp, Output& out) {
  if (const auto s = outgoing_.find(fir.media)) out.facts.emplace_back(KeyFrameWanted{s->line, s->layer});
}

void Connection::handle(const rtp::rtcp::Remb& remb, Timestamp now, Output&) { estimator_->on_remb(remb.bitrate, now); }

void Connection::handle(const rtp::rtcp::TransportFeedback& feedback, Timestamp now, Output&) {
  static_assert(cc::TransportFeedback::kLost == rtp::rtcp::TransportFeedback::kLost);
  estimator_->on_transport_feedback({.base_sequence = feedback.base_sequence,
                                     .reference_us = int64_t{feedback.reference_time_64ms} * 64'000,
                                     .arrivals = {feedback.arrivals.begin(), feedback.arrivals.end()}},
                                    now);
}

// --- sending -------------------------------------------------------------------------------------------------------

OutgoingMedia::Transport Connection::outgoing_transport(DatagramBatch& out) {
  return {*srtp_sender_, description_.extensions, *path_, out, transport_sequence_};
}

bool Connection::send(const OutgoingPacket& packet, Timestamp now, DatagramBatch& out) {
  return can_send() && count_sent(outgoing_.send(packet, outgoing_transport(out), now), now);
}

void Connection::prefetch_send(uint8_t line, int steps_ahead) const {
  switch (steps_ahead) {
    case 3:
      prefetch(&description_.extensions, 16);  // the ids
      prefetch(&path_, sizeof path_);
      prefetch(&srtp_sender_, sizeof srtp_sender_);
      prefetch(&outgoing_, sizeof outgoing_);
      return prefetch(&estimator_, 64);
    case 2:
      if (srtp_sender_) srtp_sender_->prefetch(2);
      outgoing_.prefetch(line);
      return estimator_->prefetch(2);
    case 1:
      if (srtp_sender_) srtp_sender_->prefetch(1);
      return estimator_->prefetch(1);
    default: return;
  }
}

bool Connection::retransmit(const OutgoingPacket& packet, Timestamp now, DatagramBatch& out) {
  return can_send() && count_sent(outgoing_.retransmit(packet, outgoing_transport(out), now), now);
}

bool Connection::count_sent(const OutgoingMedia::Sent& sent, Timestamp now) {
  if (sent.size == 0) return false;
  if (sent.transport_sequence_used) {
    estimator_->on_packet_sent(transport_sequence_, DataSize::bytes(static_cast<int64_t>(sent.size)), now);
    ++transport_sequence_;
  }
  return true;
}

RtcpPacker Connection::packer(DatagramBatch& out) {
  return RtcpPacker({*srtp_sender_, *path_, out},
                    {reporter_, description_.local_ice.ufrag, description_.reduced_size_rtcp});
}

void Connection::request_key_frame(uint8_t line, uint8_t layer, Timestamp, DatagramBatch& out) {
  const std::optional<Ssrc> media = incoming_.ssrc(line, layer);
  if (!can_send() || !media) return;
  RtcpPacker rtcp = packer(out);
  rtcp.add(rtp::rtcp::PictureLossIndication{.sender = reporter_, .media = *media});
  rtcp.flush();
}

void Connection::close(Timestamp now, DatagramBatch& out) {
  if (path_) dtls_.close(*path_, now, out);
}

// --- time ----------------------------------------------------------------------------------------------------------

Timestamp Connection::next_deadline() const {
  if (state_ == ConnectionState::Failed) return Timestamp::never();
  const ice::FullAgent* agent = full_agent();
  Timestamp earliest = agent ? std::min(agent->next_deadline(), silence_check_at_) : silence_check_at_;
  if (!path_) return earliest;
  earliest = std::min(dtls_.next_deadline(), earliest);
  if (!srtp_sender_) return earliest;
  return std::min({earliest, report_at_, incoming_.next_nack_deadline(), arrivals_.next_deadline()});
}

void Connection::on_deadline(Timestamp now, Output& out) {
  if (state_ == ConnectionState::Failed) return;
  if (ice::FullAgent* agent = full_agent()) {
    if (last_heard_) agent->note_packet(*last_heard_);
    agent->on_deadline(now, out.datagrams);
    follow_ice(now, out);
  }
  check_silence(now, out);
  if (path_ && now >= dtls_.next_deadline()) {
    dtls_.on_deadline(*path_, now, out.datagrams);
    follow_dtls(now, out);
  }
  if (!can_send()) return;
  if (now >= incoming_.next_nack_deadline()) send_repair_requests(now, out);
  if (now < arrivals_.next_deadline() && now < report_at_) return;
  RtcpPacker rtcp = packer(out.datagrams);
  send_arrival_feedback(rtcp, now);
  if (now >= report_at_) send_reports(rtcp, now);
  rtcp.flush();
}

void Connection::send_repair_requests(Timestamp now, Output& out) {
  RtcpPacker rtcp = packer(out.datagrams);
  while (const auto nack = incoming_.next_nack(reporter_, rtt(), now)) rtcp.add(*nack);
  rtcp.flush();
  while (const auto broken = incoming_.take_broken()) {
    out.facts.emplace_back(LayerBroken{broken->line, broken->layer});
  }
}

void Connection::send_arrival_feedback(RtcpPacker& packer, Timestamp now) {
  while (const auto feedback = arrivals_.take(now)) {
    rtp::rtcp::TransportFeedback message{.sender = reporter_,
                                         .media = feedback_media_,
                                         .base_sequence = feedback->base_sequence,
                                         .feedback_count = feedback->feedback_count,
                                         .reference_time_64ms = feedback->reference_time_64ms};
    for (const int32_t arrival : feedback->arrivals) message.arrivals.push_back(arrival);
    packer.add(message);
  }
}

void Connection::send_reports(RtcpPacker& packer, Timestamp now) {
  report_at_ = now + kReportInterval;
  while (const auto report = outgoing_.next_report(now)) packer.add(*report);
  const auto blocks = incoming_.report(now);
  if (!blocks.empty()) packer.add(rtp::rtcp::ReceiverReport{.sender = reporter_, .reports = blocks});
}

// --- state ---------------------------------------------------------------------------------------------------------

void Connection::set_state(ConnectionState state, std::string reason, Output& out) {
  if (state == state_) return;
  state_ = state;
  out.facts.emplace_back(StateChanged{state, std::move(reason)});
}

void Connection::heard(Timestamp now, Output& out) {
  last_heard_ = now;
  if (state_ != ConnectionState::Disconnected) return;
  silence_check_at_ = now + config_.silence_limit;
  set_state(ConnectionState::Connected, "the peer is heard again", out);
}

// Looked at once in a while, not moved with every packet: a deadline that stays is free.
void Connection::check_silence(Timestamp now, Output& out) {
  if (now < silence_check_at_) return;
  const Timestamp due = last_heard_.value_or(now) + config_.silence_limit;
  silence_check_at_ = due > now ? due : Timestamp::never();
  if (due <= now) set_state(ConnectionState::Disconnected, "nothing heard from the peer", out);
}

void Connection::append_stats(std::vector<LineStats>& out) const {
  incoming_.append_stats(out);
  outgoing_.append_stats(out);
}

}  // namespace parley::transport
