#include <algorithm>

#include "net/clock.hpp"
#include "sdk/meeting_impl.hpp"

namespace parley {
namespace {

double kbps(uint64_t before, uint64_t now, TimeDelta span) {
  return span.us() <= 0 || now < before ? 0 : static_cast<double>(now - before) * 8000 / static_cast<double>(span.us());
}

void add_remote(StreamStats& out, sdk::RemoteStream& stream) {
  const sdk::RemoteCounts& counts = stream.counts();
  out.frames = counts.frames;
  out.keyFrames = counts.key_frames;
  out.framesDropped = counts.dropped + counts.undecodable;
  out.keyFramesWanted = counts.key_frames_wanted;
  out.width = counts.width;
  out.height = counts.height;
  out.freezes = counts.freezes;
  out.frozenMs = counts.frozen_us / 1000;
  out.samples = counts.samples;
  out.samplesConcealed = counts.samples_concealed;
}

void add_local(StreamStats& out, const sdk::LocalMedia::SentCounts& counts) {
  out.frames = counts.frames;
  out.keyFrames = counts.key_frames;
  out.keyFramesWanted = counts.keys_wanted;
  out.width = counts.width;
  out.height = counts.height;
}

}  // namespace

Pending<MeetingStats> Meeting::Impl::stats() {
  Pending<MeetingStats> pending;
  gate_->post([this, pending](sdk::Loop& loop, Timestamp now) {
    answer(pending, Result<MeetingStats>(collect_stats(loop, now)));
  });
  return pending;
}

MeetingStats Meeting::Impl::collect_stats(sdk::Loop& loop, Timestamp now) {
  MeetingStats out;
  sdk::Client& client = loop.client();
  transport::Connection* connection = client.media() ? client.media()->connection() : nullptr;
  Rates rates{.at = now, .sent = loop.sockets().bytes_sent(), .received = loop.sockets().bytes_received()};
  const TimeDelta span = now - rates_.at;
  out.transport.bytesSent = rates.sent;
  out.transport.bytesReceived = rates.received;
  out.transport.kbpsSent = kbps(rates_.sent, rates.sent, span);
  out.transport.kbpsReceived = kbps(rates_.received, rates.received, span);
  if (connection) {
    if (const auto& path = connection->path()) {
      out.transport.protocol = path->protocol == Path::Protocol::Tcp ? "tcp" : "udp";
      out.transport.remoteAddress = path->remote.to_string();
      out.transport.localAddress = path->local.to_string();
    }
    out.transport.rttMs = static_cast<double>(connection->rtt().us()) / 1000;
    out.transport.availableKbps = static_cast<double>(connection->send_estimate(now).kbps());
    std::vector<transport::LineStats> lines;
    connection->append_stats(lines);
    std::map<std::pair<int, bool>, StreamStats> streams;
    for (const transport::LineStats& line : lines) {
      const auto remote = line.sending ? std::nullopt : client.stream_of(line.line);
      if (!line.sending && !remote) continue;
      if (line.sending && !client.publishes(static_cast<StreamKind>(line.line))) continue;
      StreamStats& stream = streams[{line.line, line.sending}];
      stream.local = line.sending;
      stream.participantId = remote ? remote->participant : client.room().self().id;
      stream.kind = remote ? remote->kind : static_cast<StreamKind>(line.line);
      stream.codec = rtp::encoding_name(line.codec);
      stream.packets += line.packets;
      stream.bytes += line.bytes;
      stream.packetsLost += line.packets_lost;
      stream.jitterMs = std::max(stream.jitterMs, line.jitter_ms);
    }
    for (auto& [key, stream] : streams) {
      const sdk::StreamId id{stream.participantId, stream.kind};
      if (stream.local) {
        add_local(stream, loop.local().counts(stream.kind));
      } else if (const auto remote = streams_.find(id)) {
        add_remote(stream, *remote);
      }
      if (const auto it = received_.find(id); it != received_.end()) {
        stream.spatialLayer = it->second.spatial;
        stream.temporalLayer = it->second.temporal;
      }
      rates.bytes_and_frames[key] = {stream.bytes, stream.frames};
      if (const auto before = rates_.bytes_and_frames.find(key); before != rates_.bytes_and_frames.end()) {
        stream.kbps = kbps(before->second.first, stream.bytes, span);
        const uint64_t frames = stream.frames - std::min(stream.frames, before->second.second);
        stream.frameRate = span.us() > 0 ? static_cast<double>(frames) * 1e6 / static_cast<double>(span.us()) : 0;
      }
      out.streams.push_back(std::move(stream));
    }
  }
  rates_ = std::move(rates);
  return out;
}

}  // namespace parley
