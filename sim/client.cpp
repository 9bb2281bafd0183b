#include "client.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "rtp/rtx.hpp"

namespace parley::sim {

namespace {

constexpr Path kServer{};  // batches of the client go nowhere else

dtls::Endpoint::Config dtls_config(const Client::Config& config) {
  return {.identity = config.identity,
          .role = config.description.dtls_active ? dtls::Role::Passive : dtls::Role::Active,
          .remote_fingerprints = {config.server_fingerprint}};
}

rtp::rtcp::NtpTime ntp(Timestamp now) { return rtp::rtcp::NtpTime::from_us(now.us() + 3'800'000'000'000'000); }

}  // namespace

Client::Client(Config config, uint64_t seed)
    : config_(std::move(config)), rng_(seed), dtls_(dtls_config(config_)), reporter_(rng_.u32()) {
  resize();
}

void Client::resize() {
  const size_t lines = config_.description.lines.size();
  sources_.resize(lines);
  streams_.resize(lines);
  sinks_.resize(lines);
  last_sr_.resize(lines);
  last_sr_at_.resize(lines);
}

Source& Client::publish(uint8_t line, const Source::Config& source) {
  sources_[line] = std::make_unique<Source>(source, rng_);
  streams_[line].clear();
  for (int layer = 0; layer < source.layers; ++layer) {
    streams_[line].push_back({Ssrc(rng_.u32()), Ssrc(rng_.u32()), rng_.u16()});
  }
  return *sources_[line];
}

Sink& Client::watch(uint8_t line, rtp::Codec codec) {
  sinks_[line] = std::make_unique<Sink>(codec);
  return *sinks_[line];
}

void Client::restart_ice(const transport::Description& description, const Path& address) {
  update(description);
  config_.address = address;
  valid_ = nominated_ = false;
  check_at_ = Timestamp();
}

std::vector<std::vector<uint8_t>> Client::take_datagrams() {
  if (silent_) out_.clear();
  return std::exchange(out_, {});
}

void Client::drain() {
  for (const auto& entry : batch_.entries()) {
    const Bytes bytes = batch_.bytes(entry);
    out_.emplace_back(bytes.begin(), bytes.end());
  }
  batch_.clear();
}

// --- ICE and DTLS ----------------------------------------------------------------------------------------------------

void Client::check(bool nominate, Timestamp now) {
  std::array<uint8_t, stun::Writer::kMaxSize> buffer;
  stun::TransactionId transaction;
  rng_.fill(transaction);
  stun::Writer writer(buffer, stun::Class::Request, stun::kBinding, transaction);
  writer.username(config_.description.local_ice.ufrag + ":" + config_.description.remote_ice.ufrag);
  writer.priority(0x6e7f1eff);
  writer.ice_controlling(42);
  if (nominate) writer.use_candidate();
  writer.integrity(stun::IntegrityKey(as_bytes(config_.description.local_ice.pwd)));
  const std::optional<size_t> size = writer.finish();
  out_.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
  // RFC 8445 section 14.3 while unanswered; then as browsers keep consent (RFC 7675).
  check_at_ = now + (nominated_ ? TimeDelta::millis(2500) : TimeDelta::millis(50));
}

void Client::receive_stun(Bytes datagram, Timestamp now) {
  const auto message = stun::MessageView::parse(datagram);
  if (!message || message->message_class != stun::Class::Success) return;
  if (!message->verify(stun::IntegrityKey(as_bytes(config_.description.local_ice.pwd)))) return;
  if (!valid_) {
    valid_ = true;
    check(true, now);
    dtls_.start(kServer, now, batch_);
    drain();
    return;
  }
  nominated_ = true;
}

void Client::follow_dtls(Timestamp now) {
  drain();
  if (dtls_.state() != dtls::State::Connected || srtp_sender_) return;
  srtp_sender_.emplace(dtls_.srtp_keys()->local);
  srtp_receiver_.emplace(dtls_.srtp_keys()->remote);
  stats_.connected_at = now;
}

void Client::receive(Bytes datagram, Timestamp now) {
  if (stun::is_stun(datagram)) return receive_stun(datagram, now);
  if (dtls::is_dtls(datagram)) {
    dtls_.receive(datagram, kServer, now, batch_);
    return follow_dtls(now);
  }
  if (!srtp_receiver_ || !rtp::is_rtp_or_rtcp(datagram)) return;
  std::vector<uint8_t> copy(datagram.begin(), datagram.end());
  if (rtp::is_rtcp(datagram)) return receive_rtcp(copy, now);
  receive_rtp(copy, now);
}

void Client::on_tick(Timestamp now) {
  if (now >= check_at_) check(valid_, now);
  if (valid_ && now >= dtls_.next_deadline()) {
    dtls_.on_deadline(kServer, now, batch_);
    follow_dtls(now);
  }
  if (!srtp_sender_) return;
  for (size_t line = 0; line < sources_.size(); ++line) {
    if (!sources_[line]) continue;
    produced_.clear();
    sources_[line]->produce(now, produced_);
    for (const SourcePacket& packet : produced_) send_media(static_cast<uint8_t>(line), packet, false, now);
  }
  for (auto& sink : sinks_) {
    if (sink) sink->on_tick(now);
  }
  send_repair_requests(now);
  send_reports(now);
}

// --- media -----------------------------------------------------------------------------------------------------------

void Client::send_media(uint8_t line, const SourcePacket& packet, bool retransmission, Timestamp now) {
  const transport::Line& description = config_.description.lines[line];
  SentStream& stream = streams_[line][packet.layer];
  const auto binding = std::find_if(description.codecs.begin(), description.codecs.end(),
                                    [&](const auto& b) { return b.codec == sources_[line]->config().codec; });
  if (binding == description.codecs.end() || (retransmission && !binding->rtx_payload_type)) return;
  const rtp::ExtensionMap& map = config_.description.extensions;
  rtp::HeaderWriter header({packet.marker, retransmission ? *binding->rtx_payload_type : binding->payload_type,
                            retransmission ? stream.rtx_sequence++ : packet.sequence_number, packet.timestamp,
                            retransmission ? stream.rtx_ssrc : stream.ssrc});
  header.add_u24(map.id(rtp::Extension::AbsSendTime), static_cast<uint32_t>((now.us() << 18) / 1'000'000) & 0xffffff);
  header.add_u16(map.id(rtp::Extension::TransportSequence), transport_sequence_++);
  if (!stream.acknowledged) {
    header.add(map.id(rtp::Extension::Mid), description.mid.value());
    if (!description.rids.empty()) {
      header.add(map.id(retransmission ? rtp::Extension::RepairedRid : rtp::Extension::Rid),
                 description.rids[packet.layer]);
    }
  }
  if (packet.audio_level) {
    header.add_u8(map.id(rtp::Extension::AudioLevel),
                  static_cast<uint8_t>(packet.audio_level->voice << 7 | packet.audio_level->level));
  }
  std::array<uint8_t, rtp::HeaderWriter::kMaxSize> head;
  const size_t head_size = header.finish(head);
  std::vector<uint8_t> payload;
  if (retransmission) {
    payload.resize(rtp::kRtxHeaderSize);
    store_be16(payload.data(), packet.sequence_number);
  }
  payload.insert(payload.end(), packet.payload.begin(), packet.payload.end());
  std::vector<uint8_t> datagram(head_size + payload.size() + srtp::kMaxOverhead);
  const auto size = srtp_sender_->protect_rtp(Bytes(head.data(), head_size), payload, datagram);
  if (!size) return;
  datagram.resize(*size);
  out_.push_back(std::move(datagram));
}

void Client::receive_rtp(MutableBytes datagram, Timestamp now) {
  const auto size = srtp_receiver_->unprotect_rtp(datagram);
  const auto view = size ? rtp::PacketView::parse(datagram.first(*size), config_.description.extensions)
                         : std::unexpected(rtp::ParseError::TooShort);
  if (!view) {
    ++stats_.bad_packets;
    return;
  }
  if (view->transport_sequence) arrivals_.on_packet(*view->transport_sequence, now);
  for (size_t i = 0; i < sinks_.size(); ++i) {
    const transport::Line& line = config_.description.lines[i];
    if (!sinks_[i] || !line.ssrcs) continue;
    if (view->ssrc == line.ssrcs->media) return sinks_[i]->receive(*view, false, now);
    if (view->ssrc != line.ssrcs->rtx) continue;
    const auto original = rtp::original_sequence_number(view->payload);
    if (!original) return;
    rtp::PacketView restored = *view;
    restored.sequence_number = *original;
    restored.ssrc = line.ssrcs->media;
    restored.payload = rtp::original_payload(view->payload);
    return sinks_[i]->receive(restored, true, now);
  }
  ++stats_.bad_packets;
}

// --- RTCP ------------------------------------------------------------------------------------------------------------

std::optional<std::pair<uint8_t, uint8_t>> Client::find_stream(Ssrc ssrc) const {
  for (size_t line = 0; line < streams_.size(); ++line) {
    for (size_t layer = 0; layer < streams_[line].size(); ++layer) {
      if (streams_[line][layer].ssrc == ssrc) return std::pair(static_cast<uint8_t>(line), static_cast<uint8_t>(layer));
    }
  }
  return std::nullopt;
}

void Client::handle(const rtp::rtcp::Nack& nack, Timestamp now) {
  const auto stream = find_stream(nack.media);
  if (!stream || !sources_[stream->first]) return;
  for (const uint16_t lost : nack.lost) {
    ++stats_.nacks_received;
    const SourcePacket* packet = sources_[stream->first]->find(stream->second, lost);
    if (packet == nullptr) continue;
    ++stats_.retransmitted;
    send_media(stream->first, *packet, true, now);
  }
}

void Client::handle_key_frame_request(Ssrc media) {
  const auto stream = find_stream(media);
  if (!stream || !sources_[stream->first]) return;
  ++stats_.plis_received;
  sources_[stream->first]->request_key_frame(stream->second);
}

void Client::receive_rtcp(MutableBytes datagram, Timestamp now) {
  const auto size = srtp_receiver_->unprotect_rtcp(datagram);
  if (!size) {
    ++stats_.bad_packets;
    return;
  }
  rtp::rtcp::Reader reader(datagram.first(*size));
  rtp::rtcp::Message message;
  while (reader.next(message)) {
    if (const auto* nack = std::get_if<rtp::rtcp::Nack>(&message)) handle(*nack, now);
    if (const auto* pli = std::get_if<rtp::rtcp::PictureLossIndication>(&message)) handle_key_frame_request(pli->media);
    if (const auto* feedback = std::get_if<rtp::rtcp::TransportFeedback>(&message)) {
      // Chromium ignores feedback that names none of its streams.
      if (find_stream(feedback->media)) stats_.feedback_received += feedback->arrivals.size();
    }
    if (const auto* report = std::get_if<rtp::rtcp::ReceiverReport>(&message)) {
      for (const auto& block : report->reports) {
        const auto stream = find_stream(block.source);
        if (!stream) continue;
        streams_[stream->first][stream->second].acknowledged = true;
        ++stats_.reports_received;
      }
    }
    const auto* report = std::get_if<rtp::rtcp::SenderReport>(&message);
    for (size_t i = 0; report != nullptr && i < config_.description.lines.size(); ++i) {
      const auto& ssrcs = config_.description.lines[i].ssrcs;
      if (!ssrcs || ssrcs->media != report->sender) continue;
      ++stats_.sender_reports;
      last_sr_[i] = report->ntp.compact();
      last_sr_at_[i] = now;
    }
  }
  stats_.bad_packets += reader.malformed();
}

void Client::send_rtcp(Bytes rtcp) {
  std::vector<uint8_t> datagram(rtcp.size() + srtp::kMaxOverhead);
  const auto size = srtp_sender_->protect_rtcp(rtcp, datagram);
  if (!size) return;
  datagram.resize(*size);
  out_.push_back(std::move(datagram));
}

void Client::send_repair_requests(Timestamp now) {
  for (size_t i = 0; i < sinks_.size(); ++i) {
    const auto& ssrcs = config_.description.lines[i].ssrcs;
    if (!sinks_[i] || !ssrcs) continue;
    std::array<uint8_t, 1200> buffer;
    ByteWriter writer(buffer);
    rtp::rtcp::Nack nack{.sender = reporter_, .media = ssrcs->media};
    if (ssrcs->rtx) sinks_[i]->nack().collect(now, TimeDelta::millis(80), nack.lost);
    if (!nack.lost.empty()) write(writer, nack);
    if (sinks_[i]->take_key_frame_wish(now)) {
      write(writer, rtp::rtcp::PictureLossIndication{.sender = reporter_, .media = ssrcs->media});
    }
    if (writer.size() > 0) send_rtcp(writer.written());
  }
}

void Client::send_reports(Timestamp now) {
  while (const auto feedback = arrivals_.take(now)) {
    rtp::rtcp::TransportFeedback message{.sender = reporter_,
                                         .base_sequence = feedback->base_sequence,
                                         .feedback_count = feedback->feedback_count,
                                         .reference_time_64ms = feedback->reference_time_64ms};
    for (const int32_t arrival : feedback->arrivals) message.arrivals.push_back(arrival);
    std::array<uint8_t, 1400> buffer;
    ByteWriter writer(buffer);
    write(writer, message);
    send_rtcp(writer.written());
  }
  if (now < report_at_) return;
  report_at_ = now + TimeDelta::seconds(1);
  std::array<uint8_t, 1400> buffer;
  ByteWriter writer(buffer);
  for (size_t line = 0; line < sources_.size(); ++line) {
    for (size_t layer = 0; sources_[line] && layer < streams_[line].size(); ++layer) {
      const auto index = static_cast<uint8_t>(layer);
      write(writer, rtp::rtcp::SenderReport{.sender = streams_[line][layer].ssrc,
                                            .ntp = ntp(now),
                                            .rtp_timestamp = sources_[line]->rtp_time(index, now),
                                            .packet_count = sources_[line]->packet_count(index)});
    }
  }
  rtp::rtcp::ReceiverReport report{.sender = reporter_};
  for (size_t i = 0; i < sinks_.size(); ++i) {
    const auto& ssrcs = config_.description.lines[i].ssrcs;
    if (!sinks_[i] || !ssrcs || sinks_[i]->stats().packets == 0) continue;
    rtp::rtcp::ReportBlock block{.source = ssrcs->media, .last_sr = last_sr_[i]};
    if (block.last_sr != 0) {
      block.delay_since_last_sr = static_cast<uint32_t>((now - last_sr_at_[i]).us() * 65'536 / 1'000'000);
    }
    report.reports.try_push_back(block);
  }
  write(writer, report);
  send_rtcp(writer.written());
}

}  // namespace parley::sim
