#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "room/codes.hpp"
#include "room/room.hpp"

/// For tests: plays a room's clients and its data plane. Each client keeps the picture of the room that its messages
/// paint, as an SDK does; the data plane keeps what effects told it. `check()` compares both with the room itself.
namespace parley::room {

inline constexpr auth::Permissions kHost{.allow_join = true};
inline constexpr auth::Permissions kModerator{.allow_join = true, .allow_mod = true};
inline constexpr auth::Permissions kGuest{.ask_join = true};

struct JoinOptions {
  auth::Permissions permissions = kHost;
  wire::Mode mode = wire::SEND_AND_RECV;
  std::vector<wire::Source> on;
  uint32_t main_seats = 4;
  uint32_t share_seats = 1;
  std::vector<wire::Source> sends{kAllSources.begin(), kAllSources.end()};
  std::string display_name = "name";
  std::string meta_data_json;
  bool hidden = false;
};

inline OfferedMedia offered(uint32_t main, uint32_t share,
                            std::vector<wire::Source> sends = {kAllSources.begin(), kAllSources.end()}) {
  OfferedMedia media{std::move(sends), {}};
  // Interleaved with the other kind, so that numbers are not positions.
  for (uint32_t i = 0; i < main; ++i) media.seats.push_back({10 + i, wire::SeatLine::MAIN});
  for (uint32_t i = 0; i < share; ++i) media.seats.push_back({100 + i, wire::SeatLine::SHARE});
  return media;
}

/// What one client knows.
struct Client {
  ClientId id;
  ParticipantId name;
  bool in = false;
  bool hidden = false;
  std::deque<wire::ServerMessage> inbox;
  std::optional<Dismiss> dismissed;
  std::optional<wire::Joined> joined;
  wire::RoomState room;
  std::map<uint32_t, std::string> seats;
  std::optional<wire::SeatsWanted> seats_wanted;

  /// The messages of one kind since the last `clear`.
  std::vector<wire::ServerMessage> got(wire::ServerMessage::BodyCase kind) const {
    std::vector<wire::ServerMessage> found;
    for (const wire::ServerMessage& message : inbox) {
      if (message.body_case() == kind) found.push_back(message);
    }
    return found;
  }
  const wire::ParticipantInfo* sees(const std::string& participant) const {
    for (const wire::ParticipantInfo& info : room.participants()) {
      if (info.participant_id() == participant) return &info;
    }
    return nullptr;
  }

  void receive(const wire::ServerMessage& message);

 private:
  wire::ParticipantInfo* find(const std::string& participant) {
    return const_cast<wire::ParticipantInfo*>(sees(participant));
  }
};

/// What the effects told the data plane.
struct DataPlane {
  using Key = std::pair<ParticipantId, wire::Source>;
  std::map<ParticipantId, std::set<uint32_t>> open;  // with the seats that were offered
  std::set<Key> enabled;
  std::map<ParticipantId, std::map<uint32_t, ParticipantId>> seats;
  std::map<std::pair<ParticipantId, Key>, SetReceive> receives;

  bool seated(const ParticipantId& receiver, const ParticipantId& member) const {
    const auto own = seats.find(receiver);
    if (own == seats.end()) return false;
    for (const auto& [seat, who] : own->second) {
      if (who == member) return true;
    }
    return false;
  }
};

class Scenario {
 public:
  explicit Scenario(RoomSettings settings = {}, uint64_t seed = 1) : room(with_name(std::move(settings)), Rng(seed)) {}

  /// A new client joins (or knocks, or is refused: see `refusal`).
  Client& join(const std::string& participant, JoinOptions options = {});
  /// Sends a request and returns the reply.
  wire::ServerMessage ask(Client& client, wire::ClientMessage message, std::optional<OfferedMedia> media = {});
  Client& client(ClientId id) { return *clients.at(id); }
  /// The client that is in the room under this id.
  Client* present(const ParticipantId& participant);
  void forget_inboxes();
  /// Carries out what the room asked for and checks that it may be asked.
  void apply(const Effects& effects);
  /// Compares the pictures of all clients, and the data plane, with the room.
  void check();

  Moment at() const { return {now, utc}; }
  void pass(TimeDelta time) {
    now += time;
    utc = utc + time;
  }
  /// Lets time pass and fires what is due.
  void run(TimeDelta time) {
    pass(time);
    const Effects effects = do_effects([&](Effects& out) { room.on_deadline(at(), out); });
    apply(effects);
  }
  void speak(const std::optional<std::string>& who) {
    const std::optional<ParticipantId> id = who ? std::optional(ParticipantId(*who)) : std::nullopt;
    apply(do_effects([&](Effects& out) { room.on_speaker(id, at(), out); }));
  }
  template <typename Call>
  Effects do_effects(Call call) {
    Effects effects;
    call(effects);
    log.insert(log.end(), effects.begin(), effects.end());
    return effects;
  }
  /// All effects of one kind since the last `forget_inboxes`.
  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const Effect& effect : log) {
      if (const T* item = std::get_if<T>(&effect)) found.push_back(*item);
    }
    return found;
  }

  Timestamp now = Timestamp::from_us(1'000'000'000);
  UtcTime utc = UtcTime::from_ms(1'700'000'000'000);
  Room room;
  std::map<ClientId, std::unique_ptr<Client>> clients;
  std::map<ClientId, OfferedMedia> offers;  // what `server/` would hold for OpenMedia
  std::optional<wire::Error> refusal;       // of the last join
  DataPlane plane;
  Effects log;

 private:
  static RoomSettings with_name(RoomSettings settings) {
    if (settings.room.empty()) settings.room = RoomId("abcd-efgh-ijkl");
    return settings;
  }
  void apply(const SendMessage& effect);
  void apply(const Dismiss& effect);
  void apply(const AssignSeat& effect);
  void apply(const SetReceive& effect);
  void apply(const EnableSource& effect);
  void apply(const OpenMedia& effect);
  void apply(const CloseMedia& effect);
  template <typename Record>
  void apply(const Record&) {}
  void check_client(const Client& client);
  void check_seats(const Client& client, const SessionSnapshot& session);

  uint64_t next_client_ = 1;
  uint32_t next_request_ = 1;
};

// ---- requests ----------------------------------------------------------------------------------------------------

inline wire::ClientMessage publish(wire::Source source, bool enabled, bool paused = false) {
  wire::ClientMessage message;
  message.mutable_publish()->set_source(source);
  message.mutable_publish()->set_enabled(enabled);
  message.mutable_publish()->set_paused(paused);
  return message;
}

inline wire::ClientMessage change_mode(wire::Mode mode) {
  wire::ClientMessage message;
  message.mutable_change_mode()->set_mode(mode);
  return message;
}

inline wire::ClientMessage pin(const std::string& participant, wire::PinTarget target, bool pinned) {
  wire::ClientMessage message;
  message.mutable_pin()->set_participant_id(participant);
  message.mutable_pin()->set_target(target);
  message.mutable_pin()->set_pinned(pinned);
  return message;
}

inline wire::ClientMessage remote_media(const std::string& participant, wire::Source source, bool enable) {
  wire::ClientMessage message;
  message.mutable_remote_media()->set_participant_id(participant);
  message.mutable_remote_media()->set_source(source);
  message.mutable_remote_media()->set_enable(enable);
  return message;
}

inline wire::ClientMessage renegotiate() {
  wire::ClientMessage message;
  message.mutable_renegotiate();
  return message;
}

// ---- implementation ----------------------------------------------------------------------------------------------

inline void Client::receive(const wire::ServerMessage& message) {
  using Body = wire::ServerMessage;
  inbox.push_back(message);
  const auto seat = [&](const auto& changed) {
    for (const wire::SeatAssignment& a : changed) seats[a.seat()] = a.participant_id();
  };
  switch (message.body_case()) {
    case Body::kJoined:
      ASSERT_FALSE(in);
      in = true;
      joined = message.joined();
      name = ParticipantId(message.joined().participant_id());
      room = message.joined().room();
      seat(message.joined().seats());
      break;
    case Body::kNegotiated:
      seats.clear();
      seat(message.negotiated().seats());
      break;
    case Body::kSeatsChanged: seat(message.seats_changed().seats()); break;
    case Body::kSeatsWanted: seats_wanted = message.seats_wanted(); break;
    case Body::kParticipantJoined: {
      const wire::ParticipantInfo& info = message.participant_joined().participant();
      ASSERT_EQ(sees(info.participant_id()), nullptr);
      *room.add_participants() = info;
      break;
    }
    case Body::kParticipantLeft: {
      auto& all = *room.mutable_participants();
      int i = 0;
      while (i < all.size() && all[i].participant_id() != message.participant_left().participant_id()) ++i;
      ASSERT_LT(i, all.size());
      all.erase(all.begin() + i);
      room.set_main_participant_id(message.participant_left().main_participant_id());
      break;
    }
    case Body::kParticipantUpdated: {
      const wire::ParticipantInfo& info = message.participant_updated().participant();
      ASSERT_NE(find(info.participant_id()), nullptr);
      ASSERT_NE(find(info.participant_id())->SerializeAsString(), info.SerializeAsString()) << "nothing changed";
      *find(info.participant_id()) = info;
      break;
    }
    case Body::kPinStateChanged:
      if (auto* info = find(message.pin_state_changed().participant_id())) {
        *info->mutable_pin() = message.pin_state_changed().state();
      }
      room.set_main_participant_id(message.pin_state_changed().main_participant_id());
      break;
    case Body::kQualityChanged:
      if (auto* info = find(message.quality_changed().participant_id())) {
        info->set_quality(message.quality_changed().quality());
      }
      break;
    case Body::kEgressChanged: {
      auto& all = *room.mutable_egresses();
      const wire::EgressState& changed = message.egress_changed();
      const auto same = [&](const auto& e) { return e.egress_id() == changed.egress_id(); };
      all.erase(std::remove_if(all.begin(), all.end(), same), all.end());
      if (!changed.status().ends_with("_STOPPED") && !changed.status().ends_with("_FAILED")) *all.Add() = changed;
      break;
    }
    case Body::kSpeakerChanged:
      room.set_active_speaker_id(message.speaker_changed().participant_id());
      room.set_main_participant_id(message.speaker_changed().main_participant_id());
      break;
    case Body::kPresenterChanged:
      room.set_active_presenter_id(message.presenter_changed().participant_id());
      room.set_main_participant_id(message.presenter_changed().main_participant_id());
      break;
    default: break;
  }
}

inline Client& Scenario::join(const std::string& participant, JoinOptions options) {
  const ClientId id(next_client_++);
  Client& added = *(clients[id] = std::make_unique<Client>());
  added.id = id;
  JoinRequest request;
  request.client = id;
  request.request_id = next_request_++;
  request.claims.permissions = options.permissions;
  request.claims.hidden = added.hidden = options.hidden;
  request.join.set_participant_id(participant);
  request.join.set_display_name(options.display_name);
  request.join.set_meta_data_json(options.meta_data_json);
  request.join.set_mode(options.mode);
  for (const wire::Source source : options.on) {
    request.join.add_publishes()->set_source(source);
    request.join.mutable_publishes()->rbegin()->set_enabled(true);
  }
  if (options.mode != wire::SIGNALLING_ONLY) {
    request.media = offers[id] = offered(options.main_seats, options.share_seats, options.sends);
  }
  refusal.reset();
  std::expected<ParticipantId, wire::Error> outcome;
  const Effects effects = do_effects([&](Effects& out) { outcome = room.join(std::move(request), at(), out); });
  if (outcome) {
    added.name = *outcome;
  } else {
    refusal = outcome.error();
    EXPECT_TRUE(effects.empty());
  }
  apply(effects);
  return added;
}

inline wire::ServerMessage Scenario::ask(Client& client, wire::ClientMessage message,
                                         std::optional<OfferedMedia> media) {
  const uint32_t id = next_request_++;
  message.set_id(id);
  if (media) offers[client.id] = *media;
  const Effects effects =
      do_effects([&](Effects& out) { room.handle(client.name, message, media ? &*media : nullptr, at(), out); });
  std::vector<wire::ServerMessage> replies;
  for (const Effect& effect : effects) {
    const auto* sent = std::get_if<SendMessage>(&effect);
    if (sent && sent->message.reply_to() == id) {
      EXPECT_EQ(sent->client, client.id);
      replies.push_back(sent->message);
    }
  }
  // A new offer's seats exist from its answer on.
  if (media && !replies.empty() && replies[0].has_negotiated() && plane.open.contains(client.name)) {
    std::set<uint32_t>& known = plane.open[client.name];
    known.clear();
    for (const OfferedSeat& seat : media->seats) known.insert(seat.seat);
    std::erase_if(plane.seats[client.name], [&](const auto& entry) { return !known.contains(entry.first); });
  }
  apply(effects);
  EXPECT_EQ(replies.size(), 1u) << message.DebugString();
  return replies.empty() ? wire::ServerMessage() : replies[0];
}

inline Client* Scenario::present(const ParticipantId& participant) {
  for (auto& [id, client] : clients) {
    if (client->in && client->name == participant) return client.get();
  }
  return nullptr;
}

inline void Scenario::forget_inboxes() {
  log.clear();
  for (auto& [id, client] : clients) client->inbox.clear();
}

inline void Scenario::apply(const Effects& effects) {
  for (const Effect& effect : effects) {
    std::visit([&](const auto& item) { apply(item); }, effect);
  }
}

inline void Scenario::apply(const SendMessage& effect) {
  Client& to = client(effect.client);
  EXPECT_FALSE(to.dismissed) << "sent after its dismissal: " << effect.message.DebugString();
  EXPECT_EQ(effect.to, to.in || !to.name.empty() ? to.name : effect.to);
  to.receive(effect.message);
}

inline void Scenario::apply(const Dismiss& effect) {
  Client& out = client(effect.client);
  EXPECT_FALSE(out.dismissed);
  EXPECT_FALSE(out.in && plane.open.contains(effect.participant)) << "dismissed with its media open";
  out.dismissed = effect;
  out.in = false;
}

inline void Scenario::apply(const AssignSeat& effect) {
  ASSERT_TRUE(plane.open.contains(effect.receiver));
  ASSERT_TRUE(plane.open[effect.receiver].contains(effect.seat)) << effect.seat;
  ASSERT_NE(effect.receiver, effect.participant);
  ParticipantId& seat = plane.seats[effect.receiver][effect.seat];
  std::erase_if(plane.receives, [&](const auto& entry) {
    return entry.first.first == effect.receiver && entry.first.second.first == seat &&
           (effect.seat >= 100) == (entry.first.second.second >= wire::SHARE);
  });
  seat = effect.participant;
}

inline void Scenario::apply(const SetReceive& effect) {
  ASSERT_TRUE(plane.seated(effect.receiver, effect.participant));
  plane.receives[{effect.receiver, {effect.participant, effect.source}}] = effect;
}

inline void Scenario::apply(const EnableSource& effect) {
  ASSERT_TRUE(plane.open.contains(effect.participant));
  const DataPlane::Key key{effect.participant, effect.source};
  ASSERT_NE(plane.enabled.contains(key), effect.enabled) << "nothing changed";
  if (effect.enabled) {
    plane.enabled.insert(key);
  } else {
    plane.enabled.erase(key);
  }
}

inline void Scenario::apply(const OpenMedia& effect) {
  ASSERT_FALSE(plane.open.contains(effect.participant));
  ASSERT_TRUE(offers.contains(effect.client));
  for (const OfferedSeat& seat : offers[effect.client].seats) plane.open[effect.participant].insert(seat.seat);
  plane.open.try_emplace(effect.participant);
}

inline void Scenario::apply(const CloseMedia& effect) {
  ASSERT_EQ(plane.open.erase(effect.participant), 1u);
  std::erase_if(plane.enabled, [&](const auto& key) { return key.first == effect.participant; });
  plane.seats.erase(effect.participant);
  std::erase_if(plane.receives, [&](const auto& entry) { return entry.first.first == effect.participant; });
}

inline void Scenario::check() {
  const std::optional<SessionSnapshot> session = room.snapshot();
  std::set<DataPlane::Key> published;
  std::set<ParticipantId> with_media;
  const auto participants = session ? session->participants : std::vector<SessionSnapshot::Participant>();
  for (const auto& p : participants) {
    const ParticipantId id(p.info.participant_id());
    ASSERT_NE(present(id), nullptr);
    if (p.info.mode() != wire::SIGNALLING_ONLY) with_media.insert(id);
    if (p.info.mode() != wire::SEND_AND_RECV) {
      ASSERT_EQ(p.info.streams_size(), 0);
    }
    for (const wire::StreamInfo& stream : p.info.streams()) {
      if (!stream.paused()) published.insert({id, stream.source()});
    }
  }
  ASSERT_EQ(plane.enabled, published);
  std::set<ParticipantId> open;
  for (const auto& [id, seats] : plane.open) {
    if (const Client* owner = present(id); owner && !owner->hidden) open.insert(id);
  }
  ASSERT_EQ(open, with_media);
  for (const auto& [id, client] : clients) {
    if (!client->in) continue;
    ASSERT_NO_FATAL_FAILURE(check_client(*client));
    ASSERT_NO_FATAL_FAILURE(check_seats(*client, *session));
  }
}

inline void Scenario::check_client(const Client& client) {
  const wire::RoomState truth = room.state_for(client.name);
  ASSERT_EQ(client.room.SerializeAsString(), truth.SerializeAsString()) << client.name.value() << " believes\n"
                                                                        << client.room.DebugString() << "but it is\n"
                                                                        << truth.DebugString();
  std::map<uint32_t, std::string> seats;
  for (const wire::SeatAssignment& a : room.seats_of(client.name)) seats[a.seat()] = a.participant_id();
  if (plane.open.contains(client.name)) {
    ASSERT_EQ(client.seats, seats);
  }
  for (const auto& [seat, who] : plane.seats[client.name]) ASSERT_EQ(who.value(), seats[seat]);
}

inline void Scenario::check_seats(const Client& client, const SessionSnapshot& session) {
  size_t seats[2] = {0, 0}, wanted[2] = {0, 0};
  std::set<std::string> seated[2], sending[2];
  for (const wire::SeatAssignment& a : room.seats_of(client.name)) {
    const bool share = a.seat() >= 100;
    ++seats[share];
    if (a.participant_id().empty()) continue;
    ASSERT_NE(a.participant_id(), client.name.value()) << "sees itself";
    ASSERT_TRUE(seated[share].insert(a.participant_id()).second) << a.participant_id() << " is on two seats";
  }
  for (const auto& p : session.participants) {
    if (p.info.participant_id() == client.name.value()) continue;
    for (const wire::StreamInfo& stream : p.info.streams()) {
      sending[stream.source() >= wire::SHARE].insert(p.info.participant_id());
    }
  }
  for (const int kind : {0, 1}) {
    wanted[kind] = std::min(seats[kind], sending[kind].size());
    ASSERT_EQ(seated[kind].size(), wanted[kind]) << client.name.value() << ": a seat is free, and someone has none";
    for (const std::string& who : seated[kind]) {
      ASSERT_TRUE(sending[kind].contains(who)) << who << " sends nothing";
      for (const wire::Source source :
           kind == 0 ? std::vector{wire::AUDIO, wire::VIDEO} : std::vector{wire::SHARE, wire::SHARE_AUDIO}) {
        ASSERT_TRUE(plane.receives.contains({client.name, {ParticipantId(who), source}})) << "never told how";
      }
    }
  }
}

}  // namespace parley::room
