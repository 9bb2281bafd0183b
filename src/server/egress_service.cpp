#include "server/egress_service.hpp"

#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/egress_resource.hpp"
#include "api/egress_webhook.hpp"
#include "api/errors.hpp"
#include "base/log.hpp"
#include "egress/names.hpp"
#include "egress/record_json.hpp"
#include "server/egress_wire.hpp"
#include "server/http/https_client.hpp"

namespace parley::server {
namespace {

/// A record that the store did not take is tried again; a disk is cleared by people.
constexpr auto kWriteAgain = std::chrono::seconds(2);

namespace asio = boost::asio;
using egress::Refusal;

std::unexpected<Refusal> refuse(int status, uint32_t code, std::string message) {
  return std::unexpected(Refusal{status, code, std::move(message)});
}

store::EgressRecord to_record(const egress::Egress& e) {
  return {.id = e.id,
          .kind = std::string(egress::name_of(e.kind)),
          .room = e.room,
          .session = e.session,
          .participant = e.target ? e.target->participant : ParticipantId(),
          .status = egress::status_word(e.status),
          .open = !egress::is_over(e.status) || e.storage == egress::Storage::Uploading ||
                  e.storage == egress::Storage::Removing,
          .created_at = e.created_at,
          .details_json = egress::to_record_json(e)};
}

/// The request as the call that REST would make, or why it is none.
api::Field<api::EgressCall> to_call(const egress_note::Requested& request, const api::EgressRules& rules) {
  api::EgressCall call{.room = request.room, .what = api::StopEgress()};
  const wire::ClientMessage& m = request.message;
  if (m.has_stop_egress()) {
    call.what = api::StopEgress{{from_wire(m.stop_egress().kind()), EgressId(m.stop_egress().egress_id())}};
    return call;
  }
  const auto body =
      api::parse_body(m.has_start_egress() ? m.start_egress().options_json() : m.update_egress().options_json());
  if (!body) return std::unexpected("options: " + body.error());
  if (m.has_start_egress()) {
    auto start = api::parse_start(from_wire(m.start_egress().kind()), *body, rules);
    if (!start) return std::unexpected(start.error());
    call.what = std::move(*start);
    return call;
  }
  const egress::Selector which{from_wire(m.update_egress().kind()), EgressId(m.update_egress().egress_id())};
  auto update = api::parse_update(which, *body, rules);
  if (!update) return std::unexpected(update.error());
  call.what = std::move(update->what);
  return call;
}

const std::vector<egress::Output>* outputs_of(const api::EgressCall& call) {
  if (const auto* start = std::get_if<api::StartEgress>(&call.what)) return &start->request.outputs;
  if (const auto* change = std::get_if<api::ChangeOutputs>(&call.what)) return &change->add;
  return nullptr;
}

api::Json captured(const api::EgressCall& call, const EgressDesk::Answer& answer, const api::LinkContext& context) {
  const api::Json file = api::file_resource(answer.egress, *answer.file, context);
  return {{"message", "The picture was taken."},
          {"roomId", call.room.id.value()},
          {"meta",
           {{"createdAt", api::iso_time(context.now)},
            {"width", answer.file->width},
            {"height", answer.file->height},
            {"format", answer.file->format}}},
          {"filePath", file["filePath"]},
          {"fileUrl", file["fileUrl"]},
          {"fileSize", answer.file->size},
          {"fileName", answer.file->path.substr(answer.file->path.rfind('/') + 1)}};
}

}  // namespace

EgressService::EgressService(Parts parts, Options options, WorkerHost& host, Rng rng)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      desk_(options_.desk, host, *this, std::move(rng)),
      timer_(parts_.io) {}

void EgressService::rearm() {
  timer_.set(desk_.next_deadline(), [this] { enter([](EgressDesk& desk, room::Moment at) { desk.on_deadline(at); }); });
}

// --- what comes in --------------------------------------------------------------------------------------------------

void EgressService::recover(const store::OpenEgress& open) {
  auto egress = egress::parse_record_json(open.record.details_json);
  auto secrets = egress::parse_secrets_json(open.secrets_json);
  if (!egress || !secrets) {
    log_error("the record of {} is damaged: {}", open.record.id.value(), egress ? secrets.error() : egress.error());
    return;
  }
  enter([&](EgressDesk& desk, room::Moment at) { desk.recover(std::move(*egress), std::move(*secrets), at); });
}

void EgressService::on_notes(EgressNotes notes) {
  for (EgressNote& note : notes) {
    if (auto* request = std::get_if<egress_note::Requested>(&note)) {
      asio::co_spawn(parts_.io, answer(std::move(*request)), asio::detached);
      continue;
    }
    enter([&](EgressDesk& desk, room::Moment at) { desk.on_note(note, at); });
  }
}

void EgressService::on_fact(ProcessId process, const egress::Fact& fact) {
  enter([&](EgressDesk& desk, room::Moment at) { desk.on_fact(process, fact, at); });
}
void EgressService::on_worker_exited(ProcessId process) {
  enter([&](EgressDesk& desk, room::Moment at) { desk.on_worker_exited(process, at); });
}
void EgressService::on_task_ended(ProcessId process, const std::expected<egress::Finished, egress::Failed>& end) {
  enter([&](EgressDesk& desk, room::Moment at) { desk.on_task_ended(process, end, at); });
}

// --- calls ----------------------------------------------------------------------------------------------------------

asio::awaitable<std::expected<void, Refusal>> EgressService::check(const api::EgressCall& call) {
  if (const auto* start = std::get_if<api::StartEgress>(&call.what); start && start->request.target) {
    const ParticipantId& participant = start->request.target->participant;
    bool there = false;
    parts_.control.call(
        [&](ControlPlane& plane, room::Moment) { there = plane.has_participant(call.room.id, participant); });
    if (!there) {
      co_return refuse(404, egress::code::of(start->request.kind).start,
                       "There is no participant '" + participant.value() + "' in the room now.");
    }
  }
  const std::vector<egress::Output>* outputs = outputs_of(call);
  if (!outputs || options_.rules.allow_private_destinations) co_return std::expected<void, Refusal>();
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  for (const egress::Output& output : *outputs) {
    const std::string host = api::destination_host(output.url);
    boost::system::error_code error;
    const auto found = co_await resolver.async_resolve(host, "1935", asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return refuse(400, egress::code::kBadOutputs, "outputs: " + host + " cannot be resolved");
    for (const auto& entry : found) {
      if (!is_private(entry.endpoint().address())) continue;
      co_return refuse(400, egress::code::kBadOutputs,
                       "outputs: " + host + " is in a private network, which this server refuses");
    }
  }
  co_return std::expected<void, Refusal>();
}

asio::awaitable<EgressDesk::Result> EgressService::call(api::EgressCall call) {
  const auto sound = co_await check(call);
  if (!sound) co_return std::unexpected(sound.error());
  auto initiate = [this, &call](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    enter([&](EgressDesk& desk, room::Moment at) {
      desk.call(call, at, [this, shared](EgressDesk::Result result) {
        asio::post(parts_.io,
                   [shared, result = std::move(result)]() mutable { std::move (*shared)(std::move(result)); });
      });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(EgressDesk::Result)>(std::move(initiate),
                                                                                                   asio::use_awaitable);
}

asio::awaitable<api::Response> EgressService::respond(api::EgressCall what, std::string base_url) {
  const EgressDesk::Result result = co_await call(what);
  if (!result) co_return api::error_response(result.error().status, result.error().message, result.error().code);
  const api::LinkContext context{parts_.links, std::move(base_url), net::utc_now()};
  api::Json body;
  if (std::holds_alternative<api::CaptureHls>(what.what)) {
    body = captured(what, *result, context);
  } else if (std::holds_alternative<api::DeleteEgress>(what.what)) {
    body = {{"message", "It was deleted."}, {"id", result->egress.id.value()}};
  } else {
    body = api::egress_resource(result->egress, context);
  }
  co_return api::Response{.body = body.dump(-1, ' ', false, api::Json::error_handler_t::replace)};
}

asio::awaitable<void> EgressService::answer(egress_note::Requested request) {
  wire::ServerMessage reply;
  reply.set_reply_to(request.message.id());
  auto what = to_call(request, options_.rules);
  if (!what) {
    const bool outputs = what.error().starts_with("outputs");
    reply.mutable_error()->set_code(outputs ? egress::code::kBadOutputs : egress::code::kBadParameter);
    reply.mutable_error()->set_message(what.error());
  } else {
    const EgressDesk::Result result = co_await call(std::move(*what));
    if (!result) {
      *reply.mutable_error() = to_wire(result.error());
    } else if (request.message.has_start_egress()) {
      *reply.mutable_egress_started()->mutable_state() = to_wire(result->egress, options_.public_url);
    } else {
      reply.mutable_ok();
    }
  }
  parts_.control.call([&](ControlPlane& plane, room::Moment) { plane.reply(request.client, std::move(reply)); });
}

void EgressService::start_automatically(const store::RoomRecord& room) {
  const std::pair<egress::Kind, const std::string&> wishes[] = {
      {egress::Kind::Recording, room.auto_start.recording_json}, {egress::Kind::Hls, room.auto_start.hls_json}};
  for (const auto& [kind, body] : wishes) {
    if (!body.empty()) asio::co_spawn(parts_.io, start_one(room, kind, body), asio::detached);
  }
}

asio::awaitable<void> EgressService::start_one(store::RoomRecord room, egress::Kind kind, std::string body) {
  const auto parsed = api::parse_body(body);
  auto start = parsed ? api::parse_start(kind, *parsed, options_.rules)
                      : api::Field<api::StartEgress>(std::unexpected(parsed.error()));
  std::string why = start ? "" : start.error();
  if (start) {
    api::EgressCall what{.room = room, .what = std::move(*start)};
    const EgressDesk::Result result = co_await call(std::move(what));
    if (result) co_return;
    why = result.error().message;
    // One that goes on after a restart of the server is what was wanted.
    if (result.error().status == 409) co_return;
  }
  log_warn("{}: no automatic {}: {}", room.id.value(), egress::spoken_name(kind), why);
}

// --- what goes out --------------------------------------------------------------------------------------------------

void EgressService::keep(const egress::Egress& egress, const std::vector<egress::Output>& secrets) {
  unwritten_[egress.id] = ++versions_;
  write(std::make_shared<const Kept>(Kept{to_record(egress), egress::to_secrets_json(secrets), versions_}));
}

void EgressService::write(std::shared_ptr<const Kept> kept) {
  const bool queued = parts_.store.post([this, kept](store::Store& store) {
    const auto done = store.egresses().put(kept->record, kept->secrets);
    if (!done) log_error("the record of {} was not written: {}", kept->record.id.value(), done.error().message);
    asio::post(parts_.io, [this, kept, done = done.has_value()] { on_written(kept, done); });
  });
  if (queued) return;
  log_error("the record of {} was not written: the store's queue is full", kept->record.id.value());
  on_written(std::move(kept), false);
}

/// A full disk takes no record, also not the one that says that the disk is full: it is written when somebody has made
/// room, unless there is a newer one by then.
void EgressService::on_written(std::shared_ptr<const Kept> kept, bool done) {
  if (!is_newest(*kept)) return;
  if (done) {
    unwritten_.erase(kept->record.id);
    return;
  }
  const auto timer = std::make_shared<asio::steady_timer>(parts_.io, kWriteAgain);
  timer->async_wait([this, timer, kept = std::move(kept)](boost::system::error_code error) {
    if (!error && is_newest(*kept)) write(kept);
  });
}

bool EgressService::is_newest(const Kept& kept) const {
  const auto newest = unwritten_.find(kept.record.id);
  return newest != unwritten_.end() && newest->second == kept.version;
}

void EgressService::keep_then(const egress::Egress& egress, std::function<void()> then) {
  const bool queued = parts_.store.post([this, record = to_record(egress), then](store::Store& store) {
    const auto done = store.egresses().put(record, "");
    if (done) return asio::post(parts_.io, then);
    log_error("the record of {} was not written: {}", record.id.value(), done.error().message);
  });
  if (!queued) log_error("the record of {} was not written: the store's queue is full", egress.id.value());
}

void EgressService::announce(const egress::Egress& egress) {
  if (!to_wire(egress.kind)) return;
  const wire::EgressState state = to_wire(egress, options_.public_url);
  parts_.control.call([&](ControlPlane& plane, room::Moment at) { plane.announce_egress(egress.room, state, at); });
}

void EgressService::publish(const egress::Egress& egress) {
  const bool queued = parts_.store.post([this, egress](store::Store& store) {
    const auto added = api::enqueue(store, egress, {parts_.links, options_.own_url, net::utc_now()});
    if (!added) log_error("a webhook was not put into the outbox: {}", added.error().message);
    if (added && *added > 0) asio::post(parts_.io, parts_.on_outbox_filled);
  });
  if (!queued) log_error("a webhook was not put into the outbox: the store's queue is full");
}

/// Later: the desk is in the middle of something, and hears of the session's end.
void EgressService::close_room(const RoomId& room) {
  asio::post(parts_.io, [this, room] {
    parts_.control.call([&](ControlPlane& plane, room::Moment at) { plane.end_session(room, std::nullopt, at); });
  });
}

}  // namespace parley::server
