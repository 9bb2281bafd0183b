#include "sdk/meeting_impl.hpp"

#include <sys/utsname.h>

#include "sdk/convert.hpp"

namespace parley {
namespace {

constexpr size_t index_of(StreamKind kind) { return static_cast<size_t>(kind); }

std::string platform() {
  utsname name{};
  return ::uname(&name) == 0 ? std::string(name.sysname) + " " + name.machine : "";
}

/// The kernel's name of it is for sockets; what people see is a word.
bool is_object(const std::string& json) {
  const size_t first = json.find_first_not_of(" \t\r\n");
  return json.empty() || (first != std::string::npos && json[first] == '{');
}

Result<void> done(const wire::ServerMessage&) { return {}; }

}  // namespace

Meeting::Impl::Impl(MeetingConfig config, MeetingObserver* observer) : config_(std::move(config)), observer_(observer) {
  if (auto url = sdk::parse_server_url(config_.serverUrl)) {
    url_ = std::move(*url);
  } else {
    config_error_ = Error{kBadParameter, url.error()};
  }
  if (!is_object(config_.metaDataJson)) config_error_ = Error{kBadParameter, "metaDataJson is a JSON object."};
  snapshot_.id = config_.meetingId;
  const auto told = [this](std::vector<sdk::Told>& what, sdk::Loop& loop) { on_told(what, loop); };
  loop_ = std::make_unique<sdk::Loop>(loop_config(), streams_, told);
  snapshot_.self = loop_config().client.self;
  gate_->open(*loop_);
}

Meeting::Impl::~Impl() {
  gate_->close();
  loop_.reset();
}

sdk::Loop::Config Meeting::Impl::loop_config() const {
  sdk::Loop::Config out;
  out.url = url_;
  out.trust = {.ca_file = config_.caFile, .verify = config_.verifyServer};
  out.delivery = config_.delivery;
  out.decode_threads = config_.decodeThreads;
  out.client.token = config_.token;
  out.client.meeting_id = config_.meetingId;
  out.client.self.id = config_.participantId;
  out.client.self.displayName = config_.name;
  out.client.self.metaDataJson = config_.metaDataJson;
  out.client.self.mode = config_.mode;
  out.client.self.local = true;
  out.client.media.protocol = config_.preferredProtocol;
  out.client.media.main_seats = config_.initialSeats;
  out.client.auto_consume = config_.autoConsume;
  out.client.platform = platform();
  return out;
}

// ---- life
// ------------------------------------------------------------------------------------------------------------

Pending<void> Meeting::Impl::join() {
  if (config_error_) return failed<void>(*config_error_);
  Pending<void> pending;
  gate_->post([this, pending](sdk::Loop& loop, Timestamp now) {
    if (joining_ || loop.client().state() != MeetingState::Idle) {
      return answer(pending, Result<void>(Error{kAlreadyInState, "join() was called before."}));
    }
    joining_ = pending;
    loop.client().join(now);
  });
  return pending;
}

Pending<void> Meeting::Impl::leave() {
  Pending<void> pending;
  gate_->post([this, pending](sdk::Loop& loop, Timestamp now) {
    if (loop.client().over()) return answer(pending, Result<void>());
    leaving_.push_back(pending);
    loop.client().leave(now);
  });
  return pending;
}

Pending<void> Meeting::Impl::change_mode(Mode mode) {
  Pending<void> pending;
  gate_->post([this, pending, mode](sdk::Loop& loop, Timestamp now) {
    loop.client().change_mode(mode, expect<void>(pending, done), now);
  });
  return pending;
}

Pending<void> Meeting::Impl::ask_ok(wire::ClientMessage message) { return ask<void>(std::move(message), done); }

Pending<Egress> Meeting::Impl::start_egress(EgressKind kind, const std::string& options_json) {
  wire::ClientMessage message;
  message.mutable_start_egress()->set_kind(sdk::to_wire(kind));
  message.mutable_start_egress()->set_options_json(options_json);
  return ask<Egress>(std::move(message), [this](const wire::ServerMessage& reply) -> Result<Egress> {
    if (!reply.has_egress_started()) return Error{kCannotJoin, "The server answered with something else."};
    return addressed(sdk::from_wire(reply.egress_started().state()));
  });
}

Pending<void> Meeting::Impl::pause_all(std::vector<StreamKind> kinds, bool paused) {
  if (kinds.empty()) kinds.assign(sdk::kAllKinds.begin(), sdk::kAllKinds.end());
  Pending<void> pending;
  gate_->post([this, pending, kinds = std::move(kinds), paused](sdk::Loop& loop, Timestamp now) {
    loop.client().pause_all(kinds, paused, expect<void>(pending, done), now);
  });
  return pending;
}

// ---- topics
// ----------------------------------------------------------------------------------------------------------

Pending<std::vector<PubSubMessage>> Meeting::Impl::subscribe(const std::string& topic, MessageHandler handler,
                                                             uint32_t limit) {
  using Messages = std::vector<PubSubMessage>;
  if (topic.empty()) return failed<Messages>({kBadParameter, "A topic has a name."});
  // Before the request: a message may come right behind the answer.
  events_.post([this, topic, handler = std::move(handler)]() mutable { topics_[topic] = std::move(handler); });
  Pending<Messages> pending;
  gate_->post([this, pending, topic, limit](sdk::Loop& loop, Timestamp now) {
    const auto convert = [](const wire::ServerMessage& reply) -> Result<Messages> {
      Messages out;
      for (const auto& message : reply.subscribed().messages()) out.push_back(sdk::from_wire(message));
      return out;
    };
    loop.client().subscribe(topic, limit, expect<Messages>(pending, convert), now);
  });
  return pending;
}

Pending<void> Meeting::Impl::unsubscribe(const std::string& topic) {
  events_.post([this, topic] { topics_.erase(topic); });
  Pending<void> pending;
  gate_->post([this, pending, topic](sdk::Loop& loop, Timestamp now) {
    loop.client().unsubscribe(topic, expect<void>(pending, done), now);
  });
  return pending;
}

// ---- own media
// -------------------------------------------------------------------------------------------------------

template <class Source>
std::optional<Error> Meeting::Impl::take_place(std::array<std::shared_ptr<Source>, 4>& places, StreamKind kind,
                                               std::shared_ptr<Source> source) {
  const std::lock_guard lock(mutex_);
  if (snapshot_.state == MeetingState::Disconnected || snapshot_.state == MeetingState::Failed) {
    return Error{kNotJoined, "The meeting is over."};
  }
  if (snapshot_.self.mode != Mode::SendAndRecv) {
    return Error{kNotInThisMode, "Only SendAndRecv participants publish."};
  }
  auto& place = places[index_of(kind)];
  if (place && !place->ended()) return Error{kAlreadyInState, "This source is on already."};
  std::swap(place, source);
  return std::nullopt;
}

Result<std::shared_ptr<LocalVideo>> Meeting::Impl::publish_video(StreamKind kind, const VideoOptions& options) {
  const bool encodable = options.codec == VideoCodec::Vp8 || options.codec == VideoCodec::H264;
  if (!options.encoded && !encodable) {
    return Error{kCodecUnsupported, "Only VP8 and H.264 are encoded; other codecs come in encoded frames."};
  }
  if (options.layers.size() > sdk::kMaxLayers) return Error{kBadParameter, "There are at most 3 layers."};
  if (options.maxFrameRate < 1 || options.maxFrameRate > codec::kMaxFps || options.maxKbps < 0) {
    return Error{kBadParameter, "A frame rate is between 1 and 120, a bit rate not negative."};
  }
  auto source = std::make_shared<sdk::VideoSource>(kind, options, gate_);
  if (auto error = take_place(videos_, kind, source)) return *error;
  source->start();
  return std::shared_ptr<LocalVideo>(source);
}

Result<std::shared_ptr<LocalAudio>> Meeting::Impl::publish_audio(StreamKind kind, const AudioOptions& options) {
  if ((options.channels != 1 && options.channels != 2) || options.kbps < 0 || options.kbps > 510) {
    return Error{kBadParameter, "Sound has 1 or 2 channels and at most 510 kbit/s."};
  }
  auto source = std::make_shared<sdk::AudioSource>(kind, options, gate_);
  if (auto error = take_place(audios_, kind, source)) return *error;
  source->start();
  return std::shared_ptr<LocalAudio>(source);
}

// ---- remote media
// ----------------------------------------------------------------------------------------------------

void Meeting::Impl::handle_video(const sdk::StreamId& stream, VideoHandlers handlers) {
  if (isAudio(stream.kind)) return;
  const auto remote = streams_.get(stream);
  remote->handle_video(std::move(handlers));
  gate_->post([stream, handled = remote->handled()](sdk::Loop& loop, Timestamp now) {
    loop.client().set_handled(stream, handled, now);
  });
}

void Meeting::Impl::handle_audio(const sdk::StreamId& stream, AudioHandlers handlers) {
  if (!isAudio(stream.kind)) return;
  const auto remote = streams_.get(stream);
  remote->handle_audio(std::move(handlers));
  gate_->post([stream, handled = remote->handled()](sdk::Loop& loop, Timestamp now) {
    loop.client().set_handled(stream, handled, now);
  });
}

}  // namespace parley
