#pragma once

#include <optional>
#include <string>

#include "base/id.hpp"
#include "room/effect.hpp"
#include "server/media_lines.hpp"
#include "server/ports.hpp"
#include "server/quality_meter.hpp"
#include "signalling/outbound.hpp"
#include "transport/negotiation.hpp"

namespace parley::server {

/// A client's peer connection as the control plane knows it.
struct ClientMedia {
  ConnectionId connection;
  ShardIndex shard;
  transport::Negotiator negotiator;
  transport::Description description;
  MediaLines lines;
  std::string answer;  ///< SDP of the latest answer
  bool open = false;   ///< the shard has it; until then only negotiated (a guest who knocks)
};

/// One signalling session, over as many sockets as it takes.
struct Client {
  room::ClientId id;
  RoomId room;
  ParticipantId participant;
  bool hidden = false;             ///< by its token: it only watches
  bool admitted = false;           ///< Joined was sent; before it knocks
  std::optional<SocketId> socket;  ///< none while it is lost
  signalling::Outbound outbound;
  std::optional<ClientMedia> media;  ///< none with SIGNALLING_ONLY
  QualityMeter quality;
};

}  // namespace parley::server
