#include "media/ffmpeg/rtmp_output.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "base/rng.hpp"
#include "media/ffmpeg/backoff.hpp"
#include "media/ffmpeg/interleaver.hpp"
#include "media/ffmpeg/rtmp_session.hpp"
#include "media/ffmpeg/send_queue.hpp"

namespace parley::media {

namespace {

using Clock = std::chrono::steady_clock;

// Nobody takes events for long: the newest tell how it is.
constexpr size_t kMaxEvents = 64;

bool has(const std::vector<StreamFormat>& streams, rtp::MediaKind wanted) {
  return std::ranges::any_of(streams, [&](const StreamFormat& s) { return kind(s.codec) == wanted; });
}

}  // namespace

std::string_view name_of(RtmpState state) {
  switch (state) {
    case RtmpState::Connecting: return "connecting";
    case RtmpState::Live: return "live";
    case RtmpState::Retrying: return "retrying";
    case RtmpState::Failed: return "failed";
    case RtmpState::Ended: return "ended";
  }
  return "";
}

struct RtmpOutput::State {
  State(RtmpOutputOptions o, Destination d)
      : options(std::move(o)),
        destination(std::move(d)),
        has_video(has(options.streams, rtp::MediaKind::Video)),
        has_audio(has(options.streams, rtp::MediaKind::Audio)),
        queue(has_video) {}
  ~State();

  // The output's thread.
  void run();
  Result<> publish(Backoff& backoff);
  Result<> pump(RtmpSession& session);
  Result<> send(RtmpSession& session, Interleaver& interleaver);
  std::optional<EncodedPacket> wait_for_packet();
  void pause(TimeDelta time);
  void tell(RtmpState state, std::string message = {});
  void add_event(RtmpState state, std::string message = {});  ///< under the mutex

  const RtmpOutputOptions options;
  const Destination destination;
  const bool has_video;
  const bool has_audio;
  std::optional<TimeDelta> zero;  ///< of the first connection; the output's thread only
  Clock::time_point last_live;    ///< the output's thread only

  std::atomic<bool> stop = false;
  std::mutex mutex;  ///< guards what follows
  std::condition_variable changed;
  SendQueue queue;
  bool connected = false;  ///< packets are wanted
  bool live = false;       ///< and the server has shown that it keeps them
  bool key_wanted = false;
  std::vector<Event> events;
  Stats stats;

  std::thread thread;  ///< last: it uses all of the above
};

RtmpOutput::State::~State() {
  {
    const std::lock_guard lock(mutex);
    stop = true;
  }
  changed.notify_all();
  if (thread.joinable()) thread.join();
}

void RtmpOutput::State::tell(RtmpState state, std::string message) {
  const std::lock_guard lock(mutex);
  add_event(state, std::move(message));
}

void RtmpOutput::State::add_event(RtmpState state, std::string message) {
  if (!events.empty() && events.back().state == state && events.back().message == message) return;
  if (events.size() == kMaxEvents) events.erase(events.begin());
  events.push_back({state, std::move(message)});
}

void RtmpOutput::State::run() {
  Rng rng = Rng::system();
  Backoff backoff;
  last_live = Clock::now();
  tell(RtmpState::Connecting);
  while (!stop) {
    const Result<> ended = publish(backoff);
    if (stop || ended) break;
    const bool given_up = Clock::now() - last_live > std::chrono::microseconds(kGiveUp.us());
    if (ended.error().code == Error::Code::Unsupported || given_up) {
      tell(RtmpState::Failed, ended.error().message);
      return;
    }
    tell(RtmpState::Retrying, ended.error().message);
    pause(backoff.next(rng));
  }
  tell(RtmpState::Ended);
}

// One connection, from connecting to its end.
Result<> RtmpOutput::State::publish(Backoff& backoff) {
  auto session = RtmpSession::open({destination, options.streams, options.allow_private, options.ca_file, stop});
  if (!session) return std::unexpected(session.error());
  {
    const std::lock_guard lock(mutex);
    queue.restart();
    connected = key_wanted = true;
  }
  const auto since = Clock::now();
  const Result<> ended = pump(*session);
  if (session->proven()) last_live = Clock::now();
  if (Clock::now() - since > std::chrono::microseconds(kSettled.us())) backoff.reset();
  const std::lock_guard lock(mutex);
  connected = live = false;
  return ended;
}

Result<> RtmpOutput::State::pump(RtmpSession& session) {
  Interleaver interleaver(has_video, has_audio);
  while (auto packet = wait_for_packet()) {
    interleaver.push(*std::move(packet));
    if (auto sent = send(session, interleaver); !sent) return sent;
  }
  interleaver.finish();
  return send(session, interleaver);
}

Result<> RtmpOutput::State::send(RtmpSession& session, Interleaver& interleaver) {
  while (auto packet = interleaver.pop()) {
    if (!zero) zero = interleaver.zero();
    const TimeDelta gap = *interleaver.zero() - *zero;
    packet->pts += gap;
    packet->dts += gap;
    if (auto written = session.write(*packet); !written) return written;
    const std::lock_guard lock(mutex);
    ++stats.sent_packets;
    stats.sent_bytes += static_cast<int64_t>(packet->data.size());
    if (!session.proven() || live) continue;
    live = true;
    ++stats.connections;
    add_event(RtmpState::Live);
  }
  return {};
}

std::optional<EncodedPacket> RtmpOutput::State::wait_for_packet() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return stop || !queue.empty(); });
  return queue.pop();
}

void RtmpOutput::State::pause(TimeDelta time) {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, std::chrono::microseconds(time.us()), [&] { return stop.load(); });
}

RtmpOutput::RtmpOutput(std::unique_ptr<State> state) : state_(std::move(state)) {}
RtmpOutput::RtmpOutput(RtmpOutput&&) noexcept = default;
RtmpOutput& RtmpOutput::operator=(RtmpOutput&&) noexcept = default;
RtmpOutput::~RtmpOutput() = default;

Result<RtmpOutput> RtmpOutput::create(RtmpOutputOptions options) {
  auto destination = parse_destination(options.url, options.stream_key);
  if (!destination) return std::unexpected(destination.error());
  for (const StreamFormat& format : options.streams) {
    if (format.codec == Codec::H264 || format.codec == Codec::Aac) continue;
    return fail(Error::Code::Unsupported, fmt::format("RTMP does not carry {}", name_of(format.codec)));
  }
  auto state = std::make_unique<State>(std::move(options), *std::move(destination));
  state->thread = std::thread([raw = state.get()] { raw->run(); });
  return RtmpOutput(std::move(state));
}

void RtmpOutput::write(EncodedPacket packet) {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->connected) return;
    state_->queue.push(std::move(packet));
  }
  state_->changed.notify_one();
}

std::vector<RtmpOutput::Event> RtmpOutput::take_events() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->events, {});
}

bool RtmpOutput::wants_key() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->key_wanted, false);
}

RtmpOutput::Stats RtmpOutput::stats() const {
  const std::lock_guard lock(state_->mutex);
  Stats stats = state_->stats;
  stats.dropped_packets = state_->queue.dropped();
  stats.queued = state_->queue.span();
  return stats;
}

}  // namespace parley::media
