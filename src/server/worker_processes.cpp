#include "server/worker_processes.hpp"

#include <deque>
#include <filesystem>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/log.hpp"
#include "egress/job_json.hpp"
#include "server/child_process.hpp"

namespace parley::server {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;

/// From the end of its stdin to its exit: closing files takes a moment, leaving the room a round trip.
constexpr auto kExitTime = std::chrono::seconds(10);
/// A library that logs without end must not fill our log.
constexpr size_t kMaxLogLine = 2048;
/// What is left of a child's output when it ends is read for at most this long.
constexpr auto kDrainTime = std::chrono::seconds(2);

std::string log_text(std::string line) {
  if (line.size() > kMaxLogLine) line.resize(kMaxLogLine);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return line;
}

}  // namespace

/// One child from its start to its end. Kept alive by its coroutines.
class WorkerProcesses::Process : public std::enable_shared_from_this<Process> {
 public:
  struct Callbacks {
    std::function<void(const std::string& line)> on_line;
    std::function<void(const ChildEnd&)> on_end;  ///< after the last line
  };

  Process(asio::io_context& io, ChildProcess child, std::string name, Callbacks callbacks)
      : child_(std::move(child)),
        name_(std::move(name)),
        callbacks_(std::move(callbacks)),
        input_(io, child_.input.release()),
        output_(io, child_.output.release()),
        log_(io, child_.log.release()),
        ended_(io, child_.ended.release()),
        timer_(io) {}

  void start() {
    auto self = shared_from_this();
    const auto executor = timer_.get_executor();
    asio::co_spawn(executor, [self] { return self->read_lines(); }, asio::detached);
    asio::co_spawn(executor, [self] { return self->read_log(); }, asio::detached);
    asio::co_spawn(executor, [self] { return self->wait_for_end(); }, asio::detached);
  }
  void write(std::string line) {
    if (closing_ || !input_.is_open()) return;
    queued_ += line.size() + 1;
    lines_.push_back(std::move(line) + "\n");
    if (queued_ > kMaxQueuedBytes) {
      log_error("{}: does not read what it is told; it is killed", name_);
      return kill();
    }
    flush();
  }
  /// After what was written.
  void close_input() {
    closing_ = true;
    flush();
    timer_.expires_after(kExitTime);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error || self->over_) return;
      log_warn("{}: did not exit; it is killed", self->name_);
      self->kill();
    });
  }
  void kill() {
    if (!over_) kill_child(child_);
  }

 private:
  void flush() {
    if (writing_) return;
    if (lines_.empty()) {
      error_code ignored;
      if (closing_) input_.close(ignored);
      return;
    }
    writing_ = true;
    asio::async_write(input_, asio::buffer(lines_.front()), [self = shared_from_this()](error_code error, size_t) {
      self->writing_ = false;
      if (error) return;  // it is ending, which is noticed elsewhere
      self->queued_ -= self->lines_.front().size();
      self->lines_.pop_front();
      self->flush();
    });
  }

  asio::awaitable<void> read_lines() {
    asio::streambuf buffer(egress::kMaxLine);
    for (;;) {
      error_code error;
      const size_t size =
          co_await asio::async_read_until(output_, buffer, '\n', asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        if (error == asio::error::not_found) {
          log_error("{}: said a line that is too long; it is killed", name_);
          kill();
        }
        output_open_ = false;
        finish_if_over();
        co_return;
      }
      std::string line(static_cast<const char*>(buffer.data().data()), size - 1);
      buffer.consume(size);
      callbacks_.on_line(line);
    }
  }

  asio::awaitable<void> read_log() {
    asio::streambuf buffer(64 * 1024);
    for (;;) {
      error_code error;
      size_t size =
          co_await asio::async_read_until(log_, buffer, '\n', asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::not_found) size = buffer.size();  // a line without end: by the piece
      if (error && error != asio::error::not_found) co_return;
      log_info("{}: {}", name_, log_text(std::string(static_cast<const char*>(buffer.data().data()), size)));
      buffer.consume(size);
    }
  }

  asio::awaitable<void> wait_for_end() {
    error_code error;
    co_await ended_.async_wait(asio::posix::stream_descriptor::wait_read,
                               asio::redirect_error(asio::use_awaitable, error));
    end_ = reap(child_);
    over_ = true;
    timer_.cancel();
    // A grandchild may hold the pipe open: what was said is read, but not for ever.
    drain_timer();
    finish_if_over();
  }

  void drain_timer() {
    timer_.expires_after(kDrainTime);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error) return;
      error_code ignored;
      self->output_.close(ignored);
      self->log_.close(ignored);
    });
  }

  void finish_if_over() {
    if (!over_ || output_open_ || !callbacks_.on_end) return;
    timer_.cancel();
    error_code ignored;
    input_.close(ignored);
    std::exchange(callbacks_.on_end, nullptr)(end_);
  }

  ChildProcess child_;
  std::string name_;
  Callbacks callbacks_;
  asio::posix::stream_descriptor input_, output_, log_, ended_;
  asio::steady_timer timer_;
  std::deque<std::string> lines_;
  size_t queued_ = 0;
  bool writing_ = false;
  bool closing_ = false;
  bool output_open_ = true;
  bool over_ = false;
  ChildEnd end_;
};

struct WorkerProcesses::State {
  State(asio::io_context& context, Options o, Handlers h)
      : io(context), options(std::move(o)), handlers(std::move(h)) {}

  /// The child, or nothing and a line in the log.
  std::shared_ptr<Process> start(ProcessId process, std::vector<std::string> arguments, std::string name,
                                 Process::Callbacks callbacks) {
    auto child = start_child(arguments);
    if (!child) {
      log_error("{}", child.error());
      return nullptr;
    }
    auto made = std::make_shared<Process>(io, std::move(*child), std::move(name), std::move(callbacks));
    processes.emplace(process, made);
    made->start();
    return made;
  }

  asio::io_context& io;
  Options options;
  Handlers handlers;
  std::map<ProcessId, std::shared_ptr<Process>> processes;
  bool closed = false;
};

WorkerProcesses::WorkerProcesses(asio::io_context& io, Options options, Handlers handlers)
    : state_(std::make_shared<State>(io, std::move(options), std::move(handlers))),
      folders_(state_->options.files_root) {}

WorkerProcesses::~WorkerProcesses() {
  state_->closed = true;
  state_->handlers = {};
}

// --- workers --------------------------------------------------------------------------------------------------------

void WorkerProcesses::spawn(ProcessId process, const RoomId& room) {
  const std::weak_ptr<State> weak = state_;
  const std::string name = "worker of " + room.value();
  Process::Callbacks callbacks;
  callbacks.on_line = [weak, process, name](const std::string& line) {
    const auto state = weak.lock();
    if (!state || !state->handlers.on_fact) return;
    const auto fact = egress::parse_fact(line);
    if (!fact) return log_warn("{}: said what is no fact: {}", name, fact.error());
    state->handlers.on_fact(process, *fact);
  };
  const auto on_end = [weak, process, name](const ChildEnd& end) {
    const auto state = weak.lock();
    if (!state) return;
    if (!end.clean) log_warn("{}: ended: {}", name, end.text);
    state->processes.erase(process);
    if (state->handlers.on_worker_exited) state->handlers.on_worker_exited(process);
  };
  callbacks.on_end = on_end;
  std::vector<std::string> arguments{state_->options.binary};
  if (state_->options.allow_private_destinations) arguments.emplace_back("--allow-private-destinations");
  if (state_->start(process, std::move(arguments), name, std::move(callbacks))) return;
  // Told later: the caller is in the middle of something.
  asio::post(state_->io, [on_end] { on_end({false, "it was not started"}); });
}

void WorkerProcesses::send(ProcessId process, const egress::Command& command) {
  if (const auto* start = std::get_if<egress::Start>(&command)) {
    std::error_code error;
    fs::create_directories(start->job.folder, error);
    if (error) log_error("{} cannot be made: {}", start->job.folder, error.message());
  }
  const auto it = state_->processes.find(process);
  if (it != state_->processes.end()) it->second->write(egress::to_line(command));
}

void WorkerProcesses::retire(ProcessId process) {
  const auto it = state_->processes.find(process);
  if (it != state_->processes.end()) it->second->close_input();
}

void WorkerProcesses::kill(ProcessId process) {
  const auto it = state_->processes.find(process);
  if (it != state_->processes.end()) it->second->kill();
}

// --- tasks ----------------------------------------------------------------------------------------------------------

void WorkerProcesses::run_task(ProcessId process, const egress::Task& task) {
  const std::weak_ptr<State> weak = state_;
  auto end = std::make_shared<std::expected<egress::Finished, egress::Failed>>(
      std::unexpected(egress::Failed{{}, "internal", "The task ended without a word."}));
  Process::Callbacks callbacks;
  callbacks.on_line = [end](const std::string& line) {
    const auto fact = egress::parse_fact(line);
    if (!fact) return log_warn("a task said what is no fact: {}", fact.error());
    if (const auto* finished = std::get_if<egress::Finished>(&*fact)) *end = *finished;
    if (const auto* failed = std::get_if<egress::Failed>(&*fact)) *end = std::unexpected(*failed);
  };
  const auto on_end = [weak, process, end](const ChildEnd&) {
    const auto state = weak.lock();
    if (!state) return;
    state->processes.erase(process);
    if (state->handlers.on_task_ended) state->handlers.on_task_ended(process, *end);
  };
  callbacks.on_end = on_end;
  const auto child = state_->start(process, {state_->options.binary, "task"}, "task", std::move(callbacks));
  if (!child) {
    *end = std::unexpected(egress::Failed{{}, "internal", "The worker program cannot be started."});
    return asio::post(state_->io, [on_end] { on_end({false, ""}); });
  }
  // A long task is bounded by its own work, not by its stdin.
  child->write(egress::to_line(task));
}

// --- all ------------------------------------------------------------------------------------------------------------

size_t WorkerProcesses::running() const { return state_->processes.size(); }

void WorkerProcesses::close_all() {
  for (const auto& [id, process] : state_->processes) process->close_input();
}

}  // namespace parley::server
