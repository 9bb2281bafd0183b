#include "server/store_records.hpp"

#include <utility>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "net/clock.hpp"

namespace parley::server {
namespace {

room::Moment now() { return {net::monotonic_now(), net::utc_now()}; }

/// All of a session's participants that are there, in steps of this many.
constexpr int64_t kPage = 100;

}  // namespace

void StoreRecords::find_room(std::string name, Found then) {
  auto shared = std::make_shared<Found>(std::move(then));
  const bool queued = store_.post([this, shared, name = std::move(name)](store::Store& store) {
    auto found = store.rooms().find(name);
    boost::asio::post(control_, [this, shared, found = std::move(found)]() mutable {
      (*shared)(std::move(found), now());
      hooks_.on_answered();
    });
  });
  if (queued) return;
  boost::asio::post(control_, [this, shared] {
    (*shared)(std::unexpected(store::Error{store::Error::Kind::Unavailable, "the store's queue is full"}), now());
    hooks_.on_answered();
  });
}

void StoreRecords::write(std::function<store::Result<void>(store::Store&)> job) {
  const bool queued = store_.post([job = std::move(job)](store::Store& store) {
    if (const auto done = job(store); !done) log_error("a record was not written: {}", done.error().message);
  });
  if (!queued) log_error("a record was not written: the store's queue is full");
}

void StoreRecords::publish(api::WebhookEvent event) {
  const bool queued = store_.post([this, event = std::move(event)](store::Store& store) {
    const auto added = api::enqueue(store, event, net::utc_now());
    if (!added) log_error("a webhook was not put into the outbox: {}", added.error().message);
    if (added && *added) boost::asio::post(control_, hooks_.on_outbox_filled);
  });
  if (!queued) log_error("a webhook was not put into the outbox: the store's queue is full");
}

store::Result<void> close_open_sessions(store::Store& store, UtcTime now) {
  for (;;) {
    const auto open = store.sessions().list({.ongoing = true}, {1, 1});
    if (!open) return std::unexpected(open.error());
    if (open->items.empty()) return {};
    const store::SessionRecord& session = open->items.front();
    api::WebhookEvent event{.room = session.room, .session = session.id, .start = session.start, .end = now};
    for (int64_t page = 1;; ++page) {
      const auto people = store.sessions().participants(session.id, true, {page, kPage});
      if (!people) return std::unexpected(people.error());
      event.type = api::WebhookEvent::Type::ParticipantLeft;
      for (const store::ParticipantRecord& p : people->items) {
        event.participant = p.participant;
        event.participant_name = p.name;
        if (const auto added = api::enqueue(store, event, now); !added) return std::unexpected(added.error());
      }
      if (static_cast<int64_t>(people->items.size()) < kPage) break;
    }
    event.type = api::WebhookEvent::Type::SessionEnded;
    if (const auto added = api::enqueue(store, event, now); !added) return std::unexpected(added.error());
    if (const auto ended = store.sessions().end(session.id, now); !ended) return ended;
  }
}

}  // namespace parley::server
