// parley-worker: records and broadcasts one room. Started by the server; speaks its protocol of JSON lines on stdin and
// stdout (egress/job.hpp), and logs to stderr.
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/log.hpp"
#include "egress/job_json.hpp"
#include "worker/lines.hpp"
#include "worker/tasks.hpp"
#include "worker/worker.hpp"

namespace {

using namespace parley;

constexpr const char* kUsage =
    "Usage: parley-worker [--allow-private-destinations]\n"
    "                              records and broadcasts a room, as told on standard input\n"
    "       parley-worker task     does one task (finalise, merge, capture, upload, erase) read from standard input\n"
    "       parley-worker --help\n"
    "\n"
    "The server (parley serve) starts it; each line is one JSON object.\n"
    "PARLEY_WORKER_LOG=debug|info|warn|error sets what is logged to standard error (info).\n";

constexpr int kNiceness = 5;

void configure_log() {
  const char* wanted = std::getenv("PARLEY_WORKER_LOG");
  const std::string_view name = wanted ? wanted : "info";
  set_log_level(name == "debug"   ? LogLevel::Debug
                : name == "warn"  ? LogLevel::Warn
                : name == "error" ? LogLevel::Error
                                  : LogLevel::Info);
}

int run_live(const worker::Worker::Options& options) {
  worker::LineWriter out(STDOUT_FILENO);
  worker::Worker worker(options, [&out](const egress::Fact& fact) { out.write(egress::to_line(fact)); });
  worker::LineReader in(
      STDIN_FILENO, egress::kMaxLine,
      [&worker](const std::string& line) {
        auto command = egress::parse_command(line);
        // The line may hold a stream key: only the reason is logged.
        if (!command) return log_error("a command that cannot be understood: {}", command.error());
        worker.post(std::move(*command));
      },
      [&worker] { worker.post_end(); });
  return worker.run();
}

int run_task() {
  // The next server starts the same task again: two at once would disturb each other. Any may be killed at any time.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  worker::LineWriter out(STDOUT_FILENO);
  std::string line;
  for (int c; (c = std::getchar()) != EOF && c != '\n';) {
    if (line.size() < egress::kMaxLine) line += static_cast<char>(c);
  }
  auto task = egress::parse_task(line);
  if (!task) {
    std::fprintf(stderr, "parley-worker: the task cannot be understood: %s\n", task.error().c_str());
    return 2;
  }
  const egress::Fact fact = worker::carry_out(*task);
  out.write(egress::to_line(fact));
  return std::holds_alternative<egress::Finished>(fact) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "--help" || mode == "-h") return std::fputs(kUsage, stdout), 0;
  const bool allow_private = mode == "--allow-private-destinations";
  if (argc > 2 || (!mode.empty() && mode != "task" && !allow_private)) return std::fputs(kUsage, stderr), 2;
  // A server that is gone is noticed by the end of stdin; an output's peer by the result of the write.
  std::signal(SIGPIPE, SIG_IGN);
  // The server ends workers by closing their stdin; a Ctrl-C in a terminal reaches it as well, and it decides.
  std::signal(SIGINT, SIG_IGN);
  configure_log();
  // Encoding can wait a moment, forwarding cannot: a meeting must not feel that it is recorded.
  [[maybe_unused]] const int niceness = nice(kNiceness);
  return mode == "task" ? run_task() : run_live({.allow_private = allow_private});
}
